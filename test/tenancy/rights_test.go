package tenancy_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// TestWhatTenantsMayAskTheAPIServer has red ask for what the role "edit" of its namespace does not give. config/rbac_test.go asks about the roles; this is
// about the requests.
func TestWhatTenantsMayAskTheAPIServer(t *testing.T) {
	w := begin(t)
	ia := analysis(red, "asked", v1alpha1.ConnectionReference{Name: "nowhere"}, w.page("q"))
	blues := analysis(blue, "asked", v1alpha1.ConnectionReference{Name: "nowhere"}, w.page("q"))
	w.create(t, ia, blues, w.keys(blue, "asked"))
	for _, obj := range []object{ia, blues} { // The operator writes no more to them.
		w.await(t, obj, v1alpha1.ReasonConnectionNotReady,
			`Connection "nowhere" does not exist in namespace "`+obj.GetNamespace()+`"; create it or change spec.connectionRef`)
	}
	c := w.tenants[red]
	free := func(obj *v1alpha1.ImageAnalysis) *v1alpha1.ImageAnalysis {
		obj = obj.DeepCopy()
		obj.Status.BilledTotal, obj.Status.Calls = 0, nil
		obj.Status.Summary = "forged"
		return obj
	}
	forged := free(ia)
	for name, err := range map[string]error{
		"write its own ledger":             c.Status().Update(w.ctx, free(ia)),
		"patch its own ledger":             c.Status().Patch(w.ctx, forged, client.MergeFrom(ia)),
		"write the gate of a connection":   c.Status().Update(w.ctx, &v1alpha1.Connection{ObjectMeta: ia.ObjectMeta}),
		"read another's objects":           c.Get(w.ctx, client.ObjectKeyFromObject(blues), &v1alpha1.ImageAnalysis{}),
		"list everybody's objects":         c.List(w.ctx, &v1alpha1.ImageAnalysisList{}),
		"change another's objects":         c.Update(w.ctx, blues.DeepCopy()),
		"read another's Secret":            c.Get(w.ctx, client.ObjectKey{Namespace: blue, Name: "asked"}, &corev1.Secret{}),
		"read the operator's Secrets":      c.List(w.ctx, &corev1.SecretList{}, client.InNamespace(operatorNamespace)),
		"make an object for another":       c.Create(w.ctx, analysis(blue, "forged", lent("works"), w.page("q"))),
		"make a ClusterConnection":         c.Create(w.ctx, &v1alpha1.ClusterConnection{ObjectMeta: metaOf("", "forged"), Spec: v1alpha1.ClusterConnectionSpec{ConnectionSpec: w.connectionSpec("asked")}}),
		"see ClusterConnections":           c.List(w.ctx, &v1alpha1.ClusterConnectionList{}),
		"give its namespace another label": c.Patch(w.ctx, &corev1.Namespace{ObjectMeta: metaOf("", red)}, client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"labels":{"team":"red"}}}`))),
	} {
		if !apierrors.IsForbidden(err) {
			t.Errorf("red may %s: %v", name, err)
		}
	}
	// A status that comes along with a spec is dropped.
	born := free(analysis(red, "born-finished", v1alpha1.ConnectionReference{Name: "nowhere"}, w.page("q")))
	w.create(t, born)
	if born.Status.Summary != "" {
		t.Error("red has given a new object a status")
	}
	if err := c.Update(w.ctx, forged); err != nil {
		t.Fatal(err)
	}
	var now v1alpha1.ImageAnalysis
	if err := c.Get(w.ctx, client.ObjectKeyFromObject(ia), &now); err != nil || now.Status.Summary != "" {
		t.Errorf("the status says %q, %v", now.Status.Summary, err)
	}
}
