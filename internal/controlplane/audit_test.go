package controlplane_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/internal/controlplane"
)

// checkAudit has a user ask for a Secret in vain, and somebody who may impersonate that user.
func checkAudit(t *testing.T, plane *controlplane.ControlPlane, audit *controlplane.Audit) {
	t.Helper()
	config, err := plane.AddUser("auditor")
	if err != nil {
		t.Fatal(err)
	}
	root := rest.CopyConfig(plane.Config)
	root.Impersonate.UserName, root.Impersonate.Groups = "auditor", []string{"system:masters"}
	for _, c := range []*rest.Config{config, root} {
		if err := newClient(t, c).Get(t.Context(), client.ObjectKey{Namespace: "shop", Name: "keys"}, &corev1.Secret{}); err == nil {
			t.Fatal("there is such a Secret")
		}
	}
	got, err := audit.Requests(t.Context(), "auditor")
	if err != nil {
		t.Fatal(err)
	}
	forbidden := controlplane.Request{
		User: "auditor", Verb: "get", Path: "/api/v1/namespaces/shop/secrets/keys",
		Resource: "secrets", Namespace: "shop", Name: "keys", Allowed: false, Status: 403,
	}
	absent := forbidden
	absent.Allowed, absent.Status = true, 404
	got = slices.DeleteFunc(got, func(r controlplane.Request) bool { return r.Resource == "" }) // discovery
	diff := cmp.Diff([]controlplane.Request{forbidden, absent}, got,
		cmpopts.IgnoreFields(controlplane.Request{}, "ID"), cmpopts.IgnoreUnexported(controlplane.Request{}))
	if diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}
