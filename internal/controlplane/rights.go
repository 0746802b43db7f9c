package controlplane

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// Manifests does what kubectl kustomize does with a directory of this repository, such as config/default.
func Manifests(dir string) ([]*unstructured.Unstructured, error) {
	root, err := repositoryRoot()
	if err != nil {
		return nil, err
	}
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), filepath.Join(root, dir))
	if err != nil {
		return nil, fmt.Errorf("building %s: %w", dir, err)
	}
	var objects []*unstructured.Unstructured
	for _, resource := range resources.Resources() {
		text, err := resource.AsYAML()
		if err != nil {
			return nil, err
		}
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(text, &object.Object); err != nil {
			return nil, err
		}
		objects = append(objects, object)
	}
	return objects, nil
}

// kindsOfRights are what an installation consists of beside what runs.
var kindsOfRights = []string{"Namespace", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"}

// Grant applies the namespaces, accounts, roles and bindings of a directory, such as config/default: the rights of an installation, and nothing that runs.
func (c *ControlPlane) Grant(ctx context.Context, dir string) error {
	objects, err := Manifests(dir)
	if err != nil {
		return err
	}
	admin, err := client.New(c.Config, client.Options{})
	if err != nil {
		return err
	}
	for _, object := range objects {
		if !slices.Contains(kindsOfRights, object.GetKind()) {
			continue
		}
		err := admin.Apply(ctx, client.ApplyConfigurationFromUnstructured(object), client.FieldOwner("controlplane"), client.ForceOwnership)
		if err != nil {
			return fmt.Errorf("applying %s %s of %s: %w", object.GetKind(), object.GetName(), dir, err)
		}
	}
	return nil
}

// Aggregate fills the roles that collect others, such as view, edit and admin, as the controller manager does where one runs.
func (c *ControlPlane) Aggregate(ctx context.Context) error {
	admin, err := client.New(c.Config, client.Options{})
	if err != nil {
		return err
	}
	for changed := true; changed; {
		changed = false
		var all rbacv1.ClusterRoleList
		if err := admin.List(ctx, &all); err != nil {
			return err
		}
		for i := range all.Items {
			role := &all.Items[i]
			rules, err := collect(role, all.Items)
			if err != nil {
				return err
			}
			if role.AggregationRule == nil || equality.Semantic.DeepEqual(rules, role.Rules) {
				continue
			}
			changed, role.Rules = true, rules
			if err := admin.Update(ctx, role); err != nil {
				return err
			}
		}
	}
	return nil
}

// collect returns the rules of the roles that a role selects.
func collect(role *rbacv1.ClusterRole, all []rbacv1.ClusterRole) ([]rbacv1.PolicyRule, error) {
	if role.AggregationRule == nil {
		return nil, nil
	}
	var rules []rbacv1.PolicyRule
	for i := range role.AggregationRule.ClusterRoleSelectors {
		selector, err := metav1.LabelSelectorAsSelector(&role.AggregationRule.ClusterRoleSelectors[i])
		if err != nil {
			return nil, err
		}
		for j := range all {
			if all[j].Name != role.Name && selector.Matches(labels.Set(all[j].Labels)) {
				rules = append(rules, all[j].Rules...)
			}
		}
	}
	return rules, nil
}
