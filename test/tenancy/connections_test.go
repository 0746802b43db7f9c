package tenancy_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// TestEachTenantWorks shows that what is refused elsewhere in this package is refused for the reason that is given: this is how it works.
func TestEachTenantWorks(t *testing.T) {
	w := begin(t)
	w.lend(t, "works", func(s *v1alpha1.ClusterConnectionSpec) {
		s.AllowedNamespaces = to(red, blue)
		s.AllowedObjects = []v1alpha1.AllowedObjects{
			{Bucket: photos, Prefix: "{namespace}/", Access: v1alpha1.ObjectAccessRead},
			{Bucket: results, Prefix: "{namespace}/", Access: v1alpha1.ObjectAccessReadWrite},
		}
	})
	for seed, tenant := range []string{red, blue} {
		t.Run(tenant, func(t *testing.T) {
			w.put(t, photos, tenant+"/works.png", seed, nil)
			w.create(t, w.keys(tenant, "keys"), w.connection(tenant, "default", "keys"))
			w.awaitReady(t, &v1alpha1.Connection{ObjectMeta: metaOf(tenant, "default")})
			picture := inBucket(photos, tenant+"/works.png")
			for _, obj := range []object{
				analysis(tenant, "own", v1alpha1.ConnectionReference{}, picture),
				analysis(tenant, "lent", lent("works"), picture),
				job(tenant, "lent", lent("works"), picture, results, ""),
			} {
				w.create(t, obj)
				w.awaitReady(t, obj)
			}
		})
	}
}

// TestConnectionsOfOthers has blue use connections that are not for it.
func TestConnectionsOfOthers(t *testing.T) {
	w := begin(t)
	w.create(t, w.keys(red, "private"), w.connection(red, "private", "private"))
	w.awaitReady(t, &v1alpha1.Connection{ObjectMeta: metaOf(red, "private")})
	w.lend(t, "for-red", func(s *v1alpha1.ClusterConnectionSpec) { s.AllowedNamespaces = to(red) })
	w.lend(t, "for-nobody", func(*v1alpha1.ClusterConnectionSpec) {})
	w.lend(t, "for-a-label", func(s *v1alpha1.ClusterConnectionSpec) {
		s.AllowedNamespaces = &v1alpha1.AllowedNamespaces{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: red}}}
	})
	for name, ref := range map[string]v1alpha1.ConnectionReference{
		"own-private": through(v1alpha1.ConnectionKindNamespaced, "private"), "for-red": lent("for-red"), "for-a-label": lent("for-a-label"),
	} {
		ia := analysis(red, "may-"+name, ref, w.page("a"))
		ia.Spec.RunPolicy.Reuse = v1alpha1.ReuseNever
		w.create(t, ia)
		w.awaitReady(t, ia)
	}
	for name, tt := range map[string]struct {
		ref     v1alpha1.ConnectionReference
		message string
	}{
		"another-namespaces": {
			through(v1alpha1.ConnectionKindNamespaced, "private"),
			`Connection "private" does not exist in namespace "blue"; create it or change spec.connectionRef`,
		},
		"with-the-namespace": {
			through(v1alpha1.ConnectionKindNamespaced, "red/private"),
			`Connection "red/private" does not exist in namespace "blue"; create it or change spec.connectionRef`,
		},
		"by-a-path": {
			through(v1alpha1.ConnectionKindNamespaced, "../red/private"),
			`Connection "../red/private" does not exist in namespace "blue"; create it or change spec.connectionRef`,
		},
		"for-red": {lent("for-red"), `ClusterConnection "for-red" does not allow namespace "blue"; ask its owner to add it to spec.allowedNamespaces`},
		"for-nobody": {
			lent("for-nobody"), `ClusterConnection "for-nobody" does not allow namespace "blue"; ask its owner to add it to spec.allowedNamespaces`,
		},
		"for-a-label": {
			lent("for-a-label"), `ClusterConnection "for-a-label" does not allow namespace "blue"; ask its owner to add it to spec.allowedNamespaces`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w.refused(t, analysis(blue, name, tt.ref, w.page("a")), v1alpha1.ReasonConnectionNotReady, tt.message)
			w.refused(t, job(blue, name, tt.ref, w.page("a"), results, ""), v1alpha1.ReasonConnectionNotReady, tt.message)
		})
	}
}
