// Package config_test holds the manifests of config/ against a real API server.
package config_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/controlplane"
)

// fieldOwner is who applies.
const fieldOwner = client.FieldOwner("config-test")

// The API server of all tests of this package, a client that accepts no field that the schema does not know, and what the API server warns of.
var (
	plane    *controlplane.ControlPlane
	k8s      client.Client
	scheme   = runtime.NewScheme()
	warnings = &recorder{}
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
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), apiextensionsv1.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return 1, err
	}
	if plane, err = controlplane.Start(); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, plane.Stop()) }()
	config := rest.CopyConfig(plane.Config)
	config.WarningHandlerWithContext = warnings
	if k8s, err = client.New(config, client.Options{Scheme: scheme, FieldValidation: metav1.FieldValidationStrict}); err != nil {
		return 1, err
	}
	ctx := context.Background()
	for _, name := range []string{"demo", "shop"} {
		if err := k8s.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}); err != nil {
			return 1, err
		}
	}
	if err := plane.Grant(ctx, "config/default"); err != nil {
		return 1, err
	}
	if err := plane.Aggregate(ctx); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// directories are those that users apply, in this order: the engine is put into the operator's namespace.
var directories = []string{"config/crd", "config/default", "config/engine", "config/policies", "config/namespaced/example"}

// TestApply applies what users apply. The API server checks every field, and
// warns of pods that break the Pod Security standard of their namespace.
func TestApply(t *testing.T) {
	for _, dir := range directories {
		t.Run(dir, func(t *testing.T) {
			warnings.take()
			for _, object := range build(t, dir) {
				err := k8s.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(object), fieldOwner, client.ForceOwnership)
				if err != nil {
					t.Errorf("applying %s %s: %v", object.GetKind(), object.GetName(), err)
				}
			}
			if diff := cmp.Diff([]string(nil), warnings.take()); diff != "" {
				t.Errorf("the API server warns:\n%s", diff)
			}
		})
	}
	// What follows is about the rights of config/default.
	if err := plane.Grant(t.Context(), "config/default"); err != nil {
		t.Fatal(err)
	}
}

func TestNothingLandsOutsideOfTheNamespace(t *testing.T) {
	elsewhere := map[string]string{
		"Role ais-manager": "demo", "RoleBinding ais-manager": "demo",
		"Role ais-manager-events": "default", "RoleBinding ais-manager-events": "default",
	}
	for _, dir := range directories {
		for _, object := range build(t, dir) {
			want := "ais-system"
			if !isNamespaced(t, object) {
				want = ""
			}
			if other := elsewhere[object.GetKind()+" "+object.GetName()]; other != "" {
				want = other
			}
			if got := object.GetNamespace(); got != want {
				t.Errorf("%s: %s %s is in namespace %q, want %q", dir, object.GetKind(), object.GetName(), got, want)
			}
		}
	}
}

func isNamespaced(t *testing.T, object client.Object) bool {
	t.Helper()
	namespaced, err := k8s.IsObjectNamespaced(object)
	if err != nil {
		t.Fatal(err)
	}
	return namespaced
}

// build does what kubectl kustomize does.
func build(t *testing.T, dir string) []*unstructured.Unstructured {
	t.Helper()
	objects, err := controlplane.Manifests(dir)
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

// find returns the objects of a kind and type in a directory.
func find[T client.Object](t *testing.T, dir string, newObject func() T) []T {
	t.Helper()
	gvk, err := k8s.GroupVersionKindFor(newObject())
	if err != nil {
		t.Fatal(err)
	}
	var found []T
	for _, object := range build(t, dir) {
		if object.GroupVersionKind() != gvk {
			continue
		}
		typed := newObject()
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, typed); err != nil {
			t.Fatal(err)
		}
		found = append(found, typed)
	}
	return found
}

// recorder keeps the warnings of the API server.
type recorder struct {
	mu       sync.Mutex
	warnings []string
}

// HandleWarningHeaderWithContext implements rest.WarningHandlerWithContext.
func (r *recorder) HandleWarningHeaderWithContext(_ context.Context, _ int, _, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.warnings = append(r.warnings, text)
}

// take returns the warnings since the last call.
func (r *recorder) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.warnings
	r.warnings = nil
	return taken
}
