// Package samples_test holds config/samples against a real API server.
package samples_test

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/controlplane"
)

const directory = "../../config/samples"

// document is one object of a file.
type document struct {
	name string // of the subtest
	text []byte
}

// documents reads all samples in the order in which kubectl apply -f config/samples does.
func documents(t *testing.T) []document {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(directory, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("found no samples in %s: %v", directory, err)
	}
	var all []document
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		reader := utilyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(string(text))))
		for {
			d, err := reader.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			all = append(all, document{filepath.Base(file), d})
		}
	}
	return all
}

func newScheme(t *testing.T) *runtime.Scheme {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	return scheme
}

func TestSamplesDecodeIntoTheirTypes(t *testing.T) {
	scheme := newScheme(t)
	seen := map[schema.GroupVersionKind]bool{}
	for _, d := range documents(t) {
		t.Run(d.name, func(t *testing.T) {
			var kind metav1.TypeMeta
			if err := yaml.Unmarshal(d.text, &kind); err != nil {
				t.Fatal(err)
			}
			seen[kind.GroupVersionKind()] = true
			object, err := scheme.New(kind.GroupVersionKind())
			if err != nil {
				t.Fatal(err)
			}
			if err := yaml.UnmarshalStrict(d.text, object); err != nil {
				t.Error(err)
			}
			if !strings.HasPrefix(string(d.text), "# ") {
				t.Error("no comment on top says what the sample is for")
			}
		})
	}
	for kind := range scheme.AllKnownTypes() {
		if _, isObject := kindOf(scheme, kind).(client.Object); isObject && kind.Group == v1alpha1.GroupVersion.Group && !seen[kind] {
			t.Errorf("%s has no sample", kind.Kind)
		}
	}
}

func kindOf(scheme *runtime.Scheme, kind schema.GroupVersionKind) runtime.Object {
	object, err := scheme.New(kind)
	if err != nil {
		return nil
	}
	return object
}

func TestSamplesApply(t *testing.T) {
	plane, err := controlplane.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := plane.Stop(); err != nil {
			t.Error(err)
		}
	})
	c, err := client.New(plane.Config, client.Options{Scheme: newScheme(t), FieldValidation: metav1.FieldValidationStrict})
	if err != nil {
		t.Fatal(err)
	}
	// The operator's installation brings its namespace.
	if err := c.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "ais-system"}}); err != nil {
		t.Fatal(err)
	}
	created := applyAll(t, c)
	// The first change of any kind also stores the default of status, which the API server drops from a new object. Where the operator runs, that
	// is its own first write.
	settled := applyAll(t, c)
	again := applyAll(t, c)
	if diff := cmp.Diff(settled, again); diff != "" {
		t.Errorf("applying the same samples again changes them (-before +after):\n%s", diff)
	}
	for name, v := range created {
		if v.Generation != again[name].Generation {
			t.Errorf("%s: applying the same sample again changes the spec: generation %d, then %d", name, v.Generation, again[name].Generation)
		}
	}
}

// version is what applying the same again must not change.
type version struct {
	Resource   string
	Generation int64
}

// applyAll applies every sample and returns the versions.
func applyAll(t *testing.T, c client.Client) map[string]version {
	t.Helper()
	versions := map[string]version{}
	for _, d := range documents(t) {
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(d.text, &object.Object); err != nil {
			t.Fatalf("%s: %v", d.name, err)
		}
		name := strings.Join([]string{d.name, object.GetKind(), object.GetNamespace(), object.GetName()}, " ")
		err := c.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(object), client.FieldOwner("samples-test"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		versions[name] = version{object.GetResourceVersion(), object.GetGeneration()}
	}
	return versions
}
