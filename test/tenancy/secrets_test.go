package tenancy_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// TestSecretsOfOthers has blue name Secrets that are not its own, and looks into the audit log for what the operator has read.
func TestSecretsOfOthers(t *testing.T) {
	w := begin(t)
	w.create(t, w.keys(red, "unshared"), w.keys(operatorNamespace, "unshared"))
	t.Run("a Secret has no namespace but the connection's", func(t *testing.T) { nameANamespace(t, w) })
	for _, name := range []string{"red/unshared", "../red/unshared", "..", "un%73hared"} {
		t.Run("the name of a Secret is no path: "+name, func(t *testing.T) {
			err := w.tenants[blue].Create(w.ctx, w.connection(blue, "crossing-by-path", name))
			if !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), "secretRef.name") {
				t.Errorf("got %v, want the name to be invalid", err)
			}
		})
	}
	t.Run("a ClusterConnection reads the operator's namespace", func(t *testing.T) {
		w.create(t, &corev1.Secret{ObjectMeta: metaOf(red, "lent-key"), StringData: map[string]string{"accessKeyId": "RED", "secretAccessKey": "wrong"}})
		w.lend(t, "lent-key", func(s *v1alpha1.ClusterConnectionSpec) { s.AllowedNamespaces = to(red) })
	})
	t.Run("nobody's Secret was read for another", func(t *testing.T) {
		requests, err := w.audit.Requests(soon(t), manager)
		if err != nil {
			t.Fatal(err)
		}
		read := map[string]bool{}
		for _, r := range requests {
			if r.Resource == "secrets" && r.Verb == "get" {
				read[r.Namespace+"/"+r.Name] = true
			}
		}
		for secret, want := range map[string]bool{
			"blue/unshared": true, "red/unshared": false, "ais-system/unshared": false, // It looked for blue's own.
			"ais-system/lent-key": true, "red/lent-key": false, "blue/lent-key": false,
		} {
			if read[secret] != want {
				t.Errorf("the operator asked for Secret %s: %v, want %v", secret, read[secret], want)
			}
		}
	})
}

// nameANamespace has blue write a namespace beside the name of a Secret, which the schema does not know.
func nameANamespace(t *testing.T, w *world) {
	t.Helper()
	crossing := func() *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": v1alpha1.GroupVersion.String(), "kind": "Connection",
			"metadata": map[string]any{"namespace": blue, "name": "crossing"},
			"spec": map[string]any{
				"region":      "test",
				"credentials": map[string]any{"accessKey": map[string]any{"secretRef": map[string]any{"name": "unshared", "namespace": red}}},
			},
		}}
	}
	err := w.tenants[blue].Create(w.ctx, crossing())
	if !apierrors.IsBadRequest(err) || !strings.Contains(err.Error(), `unknown field "spec.credentials.accessKey.secretRef.namespace"`) {
		t.Errorf("got %v, want the field to be unknown", err)
	}
	// A client that is not strict has the field dropped.
	lenient := client.WithFieldValidation(w.tenants[blue], metav1.FieldValidationIgnore)
	if err := lenient.Create(w.ctx, crossing()); err != nil {
		t.Fatal(err)
	}
	w.await(t, &v1alpha1.Connection{ObjectMeta: metaOf(blue, "crossing")}, v1alpha1.ReasonInvalidCredentials,
		`Secret "unshared" does not exist in namespace "blue"; create it with the keys that spec.credentials needs`)
}
