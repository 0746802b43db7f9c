package imageanalysis

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"sigs.k8s.io/yaml"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
)

// statusSchema is what the API server holds a status against.
func statusSchema(tb testing.TB) validation.SchemaValidator {
	tb.Helper()
	text, err := os.ReadFile("../../../config/crd/bases/ais-operator.io_imageanalyses.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	var crd apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(text, &crd); err != nil {
		tb.Fatal(err)
	}
	status := crd.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["status"]
	var schema apiextensions.JSONSchemaProps
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(&status, &schema, nil); err != nil {
		tb.Fatal(err)
	}
	validator, _, err := validation.NewSchemaValidator(&schema)
	if err != nil {
		tb.Fatal(err)
	}
	return validator
}

// service is a service that answers everything alike.
type service []byte

func (s service) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, ContentLength: int64(len(s)), Body: io.NopCloser(bytes.NewReader(s)), Request: req}, nil
}

// FuzzAnswerFitsIntoStatus holds that an answer that is understood, and so is paid for, makes a status that the API
// server takes: one that it does not take is written again for ever.
func FuzzAnswerFitsIntoStatus(f *testing.F) {
	long := strings.Repeat("\u8003\u62c9", 200)
	for _, seed := range []string{
		`{"result":{"tags":[{"tag":"koala","i18n_tag":{"zh":"考拉","en":"koala"},"type":"object","confidence":"98.50","instances":[{"bounding_box":{"width":1,"height":"2.5","top_left_x":0,"top_left_y":"1e2"},"confidence":99}]}]}}`,
		`{"result":{"tags":[{"tag":"` + long + `","i18n_tag":{"en":"` + long + `"},"type":"` + long + `","confidence":1e400}]}}`,
		`{"result":{"tags":[` + strings.Repeat(`{"tag":"a"},`, 200) + `{"tag":""}]}}`,
		`{"result":{"tags":[{"tag":"a","instances":[` + strings.Repeat(`{"confidence":-1},`, 30) + `{}]}]}}`,
		`{"result":{"tags":[{"tag":"\u0000\ud800","confidence":"NaN"}]}}`, `{"result":{"tags":null}}`,
		`{"result":{"suggestion":"false","category":"` + long + `","score":"0.9998","detail":[` + strings.Repeat(`{"label":"`+long+`","confidence":"7"},`, 20) + `{}]}}`,
		`{"result":{"suggestion":"uncertainty","score":"x","detail":[{"label":"a","confidence":"1e-9"}]}}`,
	} {
		f.Add([]byte(seed))
	}
	validator := statusSchema(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		client, err := ais.NewClient(ais.Config{
			Region: "test", ProjectID: "p1", Credentials: ais.AccessKey{ID: "AK", Secret: "SK"}, Transport: service(body),
		})
		if err != nil {
			t.Fatal(err)
		}
		ia := &v1alpha1.ImageAnalysis{}
		image := ais.Image{Data: []byte("picture")}
		if result, err := client.TagImages(t.Context(), ais.Call{}, ais.TagImagesRequest{Image: image}); err == nil {
			ia.Status.Tagging = taggingResult(result)
		}
		if result, err := client.DetectRecapture(t.Context(), ais.Call{}, ais.DetectRecaptureRequest{Image: image}); err == nil {
			ia.Status.Recapture = recaptureResult(result)
		}
		ia.Status.Summary = summarise(ia)
		text, err := json.Marshal(ia.Status)
		if err != nil {
			t.Fatal(err)
		}
		var status any
		if err := json.Unmarshal(text, &status); err != nil {
			t.Fatal(err)
		}
		if result := validator.Validate(status); !result.IsValid() {
			t.Errorf("%s is no status: %v", text, result.AsError())
		}
		const largest = 512 << 10 // a third of what etcd takes
		if len(text) > largest {
			t.Errorf("the status has %d bytes", len(text))
		}
	})
}
