package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const twoDocuments = `# The first.
apiVersion: v1
kind: Secret
metadata: {name: a}
stringData: {accessKeyId: REPLACE-ME, password: REPLACE-ME}
---
# The second.
apiVersion: ais-operator.io/v1alpha1
kind: Connection
metadata: {name: b}
---
# Nothing but a comment.
`

func TestSamplesOfAFile(t *testing.T) {
	samples, err := parseSamples(twoDocuments)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range samples {
		name := s.object.GetKind() + " " + s.object.GetName()
		if s.isOurs() {
			name += " (ours)"
		}
		got = append(got, name)
	}
	if diff := cmp.Diff([]string{"Secret a", "Connection b (ours)"}, got); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
	if want := "# The second.\napiVersion: ais-operator.io/v1alpha1\nkind: Connection\nmetadata: {name: b}\n"; samples[1].manifest != want {
		t.Errorf("the manifest is %q, want %q", samples[1].manifest, want)
	}
}

func TestASampleWithAFieldTwiceIsRefused(t *testing.T) {
	if _, err := parseSamples("kind: Secret\nkind: Secret\n"); err == nil {
		t.Error("there is no error")
	}
}

func TestSecretsAreFilledIn(t *testing.T) {
	a := newAccount()
	secret := func(key string) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{"stringData": map[string]any{key: "REPLACE-ME"}}}
	}
	for key, value := range a {
		s := secret(key)
		if err := a.fillIn(s); err != nil {
			t.Fatal(err)
		}
		if got, _, _ := unstructured.NestedString(s.Object, "stringData", key); got != value || value == "" {
			t.Errorf("%s is %q, want the account's", key, got)
		}
	}
	if err := a.fillIn(secret("pin")); err == nil || !strings.Contains(err.Error(), "stringData.pin") {
		t.Errorf("for an unknown key the error is %v", err)
	}
	if a["secretAccessKey"] == newAccount()["secretAccessKey"] {
		t.Error("two accounts have the same secret")
	}
}

func TestBilledCallsInTheEnginesMetrics(t *testing.T) {
	const metrics = `# TYPE ais_engine_requests_total counter
ais_engine_requests_total{error_code="",operation="CreateToken",status="201"} 3
ais_engine_requests_total{error_code="",operation="ExchangeIDToken",status="201"} 2
ais_engine_requests_total{error_code="",operation="CreateTemporaryAccessKey",status="201"} 6
ais_engine_requests_total{error_code="",operation="ListProjects",status="200"} 4
ais_engine_requests_total{error_code="",operation="Defog",status="200"} 5
ais_engine_requests_total{error_code="",operation="ImageTaggingV2",status="200"} 12
ais_engine_requests_total{error_code="AIS.0014",operation="Defog",status="400"} 7
ais_engine_request_duration_seconds_count{operation="Defog"} 12
`
	got, err := countBilled(strings.NewReader(metrics))
	if err != nil || got != 17 {
		t.Errorf("counted %d, %v; want 17", got, err)
	}
}
