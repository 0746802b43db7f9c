package controlplane_test

import (
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/internal/controlplane"
)

func checkGrant(t *testing.T, plane *controlplane.ControlPlane) {
	t.Helper()
	if err := plane.Grant(t.Context(), "config/default"); err != nil {
		t.Fatal(err)
	}
	manager, err := plane.AddUser("system:serviceaccount:ais-system:ais-manager")
	if err != nil {
		t.Fatal(err)
	}
	if err := newClient(t, manager).List(t.Context(), &corev1.SecretList{}); err != nil {
		t.Error(err)
	}
	for _, kind := range []client.ObjectList{&appsv1.DeploymentList{}, &corev1.ServiceList{}} {
		if err := newClient(t, plane.Config).List(t.Context(), kind, client.InNamespace("ais-system")); err != nil || meta.LenList(kind) > 0 {
			t.Errorf("%d objects of %T are there, %v", meta.LenList(kind), kind, err)
		}
	}
}

// checkAggregate looks for rules of this project's roles, of Kubernetes' own, and of a role that collects others itself.
func checkAggregate(t *testing.T, plane *controlplane.ControlPlane) {
	t.Helper()
	for range 2 { // The second time there is nothing to be done.
		if err := plane.Aggregate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var edit rbacv1.ClusterRole
	if err := newClient(t, plane.Config).Get(t.Context(), client.ObjectKey{Name: "edit"}, &edit); err != nil {
		t.Fatal(err)
	}
	for resource, verb := range map[string]string{"imageanalyses": "create", "connections": "list", "secrets": "get", "limitranges": "watch"} {
		if !slices.ContainsFunc(edit.Rules, func(r rbacv1.PolicyRule) bool {
			return slices.Contains(r.Resources, resource) && slices.Contains(r.Verbs, verb)
		}) {
			t.Errorf("edit does not allow to %s %s", verb, resource)
		}
	}
}
