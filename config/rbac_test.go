package config_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// right is one verb on one resource.
type right struct{ group, resource, verb string }

// rightsOf lists what rules allow, sorted.
func rightsOf(rules []rbacv1.PolicyRule) []right {
	var all []right
	for _, rule := range rules {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					all = append(all, right{group, resource, verb})
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b right) int {
		return slices.Compare([]string{a.group, a.resource, a.verb}, []string{b.group, b.resource, b.verb})
	})
	return all
}

// isNamespaced tells whether the resource is in a namespace.
func (r right) isNamespaced(t *testing.T) bool {
	t.Helper()
	resource, _, _ := strings.Cut(r.resource, "/")
	kind, err := k8s.RESTMapper().KindFor(schema.GroupVersionResource{Group: r.group, Resource: resource})
	if err != nil {
		t.Fatal(err)
	}
	mapping, err := k8s.RESTMapper().RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		t.Fatal(err)
	}
	return mapping.Scope.Name() == "namespace"
}

// rulesOf returns the rules of a role.
func rulesOf(t *testing.T, dir, kind, name string) []rbacv1.PolicyRule {
	t.Helper()
	if kind == "ClusterRole" {
		for _, role := range find(t, dir, func() *rbacv1.ClusterRole { return &rbacv1.ClusterRole{} }) {
			if role.Name == name {
				return role.Rules
			}
		}
	}
	for _, role := range find(t, dir, func() *rbacv1.Role { return &rbacv1.Role{} }) {
		if kind == "Role" && role.Name == name {
			return role.Rules
		}
	}
	t.Fatalf("%s holds no %s %s", dir, kind, name)
	return nil
}

// TestTheNamespacedRolesAreThePartsOfTheClusterRole holds the roles that are written by hand to the one that is generated from the controllers.
func TestTheNamespacedRolesAreThePartsOfTheClusterRole(t *testing.T) {
	const dir = "config/namespaced/example"
	var inNamespaces, inNone, secrets, events []right
	for _, r := range rightsOf(rulesOf(t, "config/default", "ClusterRole", "ais-manager")) {
		if !r.isNamespaced(t) {
			inNone = append(inNone, r)
			continue
		}
		inNamespaces = append(inNamespaces, r)
		switch r.resource {
		case "secrets":
			secrets = append(secrets, r)
		case "events":
			events = append(events, r)
		}
	}
	for _, part := range []struct {
		kind, name string
		want       []right
	}{
		{"ClusterRole", "ais-manager", inNone},
		{"Role", "ais-manager", inNamespaces},
		{"Role", "ais-manager-secrets", secrets},
		{"Role", "ais-manager-events", events},
	} {
		got := rightsOf(rulesOf(t, dir, part.kind, part.name))
		if diff := cmp.Diff(part.want, got, cmp.AllowUnexported(right{})); diff != "" || len(got) == 0 {
			t.Errorf("%s %s (-generated +written):\n%s", part.kind, part.name, diff)
		}
	}
}

// TestTheAggregatedRolesCoverEveryKind checks that no kind is forgotten, and that nobody gets more than the objects themselves: the status is the
// ledger of what was paid for, and what is in no namespace is not a tenant's.
func TestTheAggregatedRolesCoverEveryKind(t *testing.T) {
	var reads, writes []rbacv1.PolicyRule
	for _, crd := range find(t, "config/crd", func() *apiextensionsv1.CustomResourceDefinition { return &apiextensionsv1.CustomResourceDefinition{} }) {
		if crd.Spec.Scope != apiextensionsv1.NamespaceScoped {
			continue
		}
		rule := rbacv1.PolicyRule{APIGroups: []string{v1alpha1.GroupVersion.Group}, Resources: []string{crd.Spec.Names.Plural}}
		rule.Verbs = []string{"get", "list", "watch"}
		reads = append(reads, rule)
		rule.Verbs = []string{"create", "update", "patch", "delete", "deletecollection"}
		writes = append(writes, rule)
	}
	for name, want := range map[string][]rbacv1.PolicyRule{"ais-view": reads, "ais-edit": writes} {
		got := rulesOf(t, "config/default", "ClusterRole", name)
		if diff := cmp.Diff(rightsOf(want), rightsOf(got), cmp.AllowUnexported(right{})); diff != "" || len(want) < 3 {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestWhoMayDoWhat asks the API server, as users with Kubernetes' own roles in one namespace and as the manager.
func TestWhoMayDoWhat(t *testing.T) {
	const ours = "ais-operator.io"
	const manager = "system:serviceaccount:ais-system:ais-manager"
	for user, role := range map[string]string{"viewer": "view", "editor": "edit", "owner": "admin"} {
		bind(t, role, "shop", user)
	}
	tests := []struct {
		name                 string
		user                 string
		verb, group          string
		resource, sub, where string
		want                 bool
	}{
		{"a viewer sees what there is", "viewer", "list", ours, "imageanalyses", "", "shop", true},
		{"a viewer sees connections, which hold no secrets", "viewer", "get", ours, "connections", "", "shop", true},
		{"a viewer sees no Secret", "viewer", "get", "", "secrets", "", "shop", false},
		{"a viewer asks for no work", "viewer", "create", ours, "imageanalyses", "", "shop", false},
		{"a viewer sees nothing of another namespace", "viewer", "list", ours, "imageanalyses", "", "demo", false},
		{"a viewer sees no ClusterConnection", "viewer", "get", ours, "clusterconnections", "", "", false},
		{"an editor asks for work", "editor", "create", ours, "enhancementjobs", "", "shop", true},
		{"an editor makes connections", "editor", "patch", ours, "connections", "", "shop", true},
		{"an editor writes no ledger", "editor", "update", ours, "imageanalyses", "status", "shop", false},
		{"an editor patches no ledger", "editor", "patch", ours, "enhancementjobs", "status", "shop", false},
		{"an editor opens no gate of a connection", "editor", "update", ours, "connections", "status", "shop", false},
		{"an editor asks for nothing in another namespace", "editor", "create", ours, "imageanalyses", "", "demo", false},
		{"an editor makes no ClusterConnection", "editor", "create", ours, "clusterconnections", "", "", false},
		{"the administrator of a namespace makes none either", "owner", "create", ours, "clusterconnections", "", "", false},
		{"nor does that administrator write a ledger", "owner", "update", ours, "imageanalyses", "status", "shop", false},
		{"the manager of the cluster reads every Secret", manager, "get", "", "secrets", "", "shop", true},
		{"the manager writes no Secret", manager, "update", "", "secrets", "", "shop", false},
		{"the manager writes no spec", manager, "update", ours, "imageanalyses", "", "shop", false},
		{"the manager deletes nothing", manager, "delete", ours, "imageanalyses", "", "shop", false},
		{"the manager gives no rights", manager, "create", "rbac.authorization.k8s.io", "rolebindings", "", "shop", false},
		{"the manager runs nothing", manager, "create", "", "pods", "", "ais-system", false},
		{"the manager impersonates nobody", manager, "impersonate", "", "users", "", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
				User: tt.user, Groups: []string{"system:authenticated"},
				ResourceAttributes: &authorizationv1.ResourceAttributes{
					Verb: tt.verb, Group: tt.group, Resource: tt.resource, Subresource: tt.sub, Namespace: tt.where,
				},
			}}
			if err := k8s.Create(t.Context(), review); err != nil {
				t.Fatal(err)
			}
			if review.Status.Allowed != tt.want {
				t.Errorf("allowed %v, want %v: %s", review.Status.Allowed, tt.want, review.Status.Reason)
			}
		})
	}
}

// bind gives a user one of Kubernetes' own roles in a namespace.
func bind(t *testing.T, role, namespace, user string) {
	t.Helper()
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: user},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: user}},
	}
	if err := k8s.Create(t.Context(), binding); client.IgnoreAlreadyExists(err) != nil {
		t.Fatal(err)
	}
}
