package v1alpha1_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/controlplane"
)

// The API server of all tests of this package, and a client that accepts no field that the schema does not know.
var (
	config *rest.Config
	k8s    client.Client
)

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	plane, err := controlplane.Start()
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, plane.Stop()) }()
	scheme := runtime.NewScheme()
	if err := errors.Join(corev1.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return 1, err
	}
	config = plane.Config
	c, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return 1, err
	}
	k8s = client.WithFieldValidation(c, metav1.FieldValidationStrict)
	return m.Run(), nil
}

// manifest reads an object as a user writes it.
func manifest(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	obj := &unstructured.Unstructured{Object: parse(t, text)}
	obj.SetAPIVersion(v1alpha1.GroupVersion.String())
	return obj
}

// set maps the paths of fields to what they are set to; nil removes a field.
type set map[string]any

func (s set) apply(t *testing.T, obj *unstructured.Unstructured) {
	t.Helper()
	for path, value := range s {
		fields := strings.Split(path, ".")
		if value == nil {
			unstructured.RemoveNestedField(obj.Object, fields...)
			continue
		}
		if err := unstructured.SetNestedField(obj.Object, value, fields...); err != nil {
			t.Fatal(err)
		}
	}
}

// rule is a change of a valid object that the schema takes, or refuses with a message about one field.
type rule struct {
	name           string
	change         set
	field, message string // both empty: it is taken
}

// checkRules applies each change to base alone and asks the API server, which stores nothing.
func checkRules(t *testing.T, base string, rules []rule) {
	t.Helper()
	for _, r := range append([]rule{{name: "the base is taken"}}, rules...) {
		t.Run(r.name, func(t *testing.T) {
			obj := manifest(t, base)
			r.change.apply(t, obj)
			if obj.GetKind() != "ClusterConnection" {
				obj.SetNamespace(metav1.NamespaceDefault)
			}
			checkAnswer(t, r, k8s.Create(t.Context(), obj, client.DryRunAll))
		})
	}
}

// checkAnswer holds the API server's answer against a rule.
func checkAnswer(t *testing.T, r rule, err error) {
	t.Helper()
	if r.message == "" {
		if err != nil {
			t.Errorf("refused: %v", err)
		}
		return
	}
	if !apierrors.IsInvalid(err) {
		t.Fatalf("got %v, want the object to be invalid", err)
	}
	status := apierrors.APIStatus(nil)
	if !errors.As(err, &status) {
		t.Fatal(err)
	}
	found := false
	for _, cause := range status.Status().Details.Causes {
		switch {
		case cause.Field == r.field && strings.Contains(cause.Message, r.message):
			found = true
		case strings.Contains(cause.Message, "some validation rules were not checked"):
		case strings.HasPrefix(r.field, cause.Field): // Another rule about the same value.
		default:
			t.Errorf("also refused because of %s: %s", cause.Field, cause.Message)
		}
	}
	if !found {
		t.Errorf("refused because of %v; want %s: …%s…", err, r.field, r.message)
	}
}

// long is a string of n characters.
func long(n int) string { return strings.Repeat("a", n) }

// many is a list of n values.
func many(n int, value func(i int) any) []any {
	list := make([]any, n)
	for i := range list {
		list[i] = value(i)
	}
	return list
}
