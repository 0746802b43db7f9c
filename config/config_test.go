// Package config_test holds the manifests of config/ against a real API server.
package config_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"

	"github.com/ais-operator/ais-operator/internal/controlplane"
)

// TestApply applies what users apply. The API server checks every field, and
// warns of pods that break the Pod Security standard of their namespace.
func TestApply(t *testing.T) {
	plane, err := controlplane.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := plane.Stop(); err != nil {
			t.Error(err)
		}
	})
	warnings := &recorder{}
	config := rest.CopyConfig(plane.Config)
	config.WarningHandlerWithContext = warnings
	c, err := client.New(config, client.Options{FieldValidation: "Strict"})
	if err != nil {
		t.Fatal(err)
	}

	// In this order: the engine is put into the operator's namespace.
	for _, dir := range []string{"crd", "default", "engine"} {
		t.Run(dir, func(t *testing.T) {
			for _, object := range build(t, dir) {
				err := c.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(object), client.FieldOwner("config-test"), client.ForceOwnership)
				if err != nil {
					t.Errorf("applying %s %s: %v", object.GetKind(), object.GetName(), err)
				}
			}
			if diff := cmp.Diff([]string(nil), warnings.take()); diff != "" {
				t.Errorf("the API server warns:\n%s", diff)
			}
		})
	}
}

func TestNothingLandsOutsideOfTheNamespace(t *testing.T) {
	clusterScoped := map[string]bool{
		"Namespace": true, "CustomResourceDefinition": true, "ClusterRole": true, "ClusterRoleBinding": true,
	}
	for _, dir := range []string{"default", "engine"} {
		for _, object := range build(t, dir) {
			want := "ais-system"
			if clusterScoped[object.GetKind()] {
				want = ""
			}
			if got := object.GetNamespace(); got != want {
				t.Errorf("%s: %s %s is in namespace %q, want %q", dir, object.GetKind(), object.GetName(), got, want)
			}
		}
	}
}

// build does what kubectl kustomize does.
func build(t *testing.T, dir string) []*unstructured.Unstructured {
	t.Helper()
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), filepath.Clean(dir))
	if err != nil {
		t.Fatalf("building config/%s: %v", dir, err)
	}
	var objects []*unstructured.Unstructured
	for _, resource := range resources.Resources() {
		text, err := resource.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(text, &object.Object); err != nil {
			t.Fatal(err)
		}
		objects = append(objects, object)
	}
	return objects
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
