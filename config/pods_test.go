package config_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// deployments returns all that runs.
func deployments(t *testing.T) map[string]*appsv1.Deployment {
	t.Helper()
	all := map[string]*appsv1.Deployment{}
	for _, dir := range directories {
		for _, d := range find(t, dir, func() *appsv1.Deployment { return &appsv1.Deployment{} }) {
			all[dir+" "+d.Name] = d
		}
	}
	want := []string{"config/default ais-manager", "config/engine ais-engine", "config/namespaced/example ais-manager"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(all))); diff != "" {
		t.Fatalf("deployments (-want +got):\n%s", diff)
	}
	return all
}

// TestTheRestrictedStandardIsHeld makes each Deployment worse in one way, and has the API server, which knows the standard, notice. That it does not
// warn of them as they are is TestApply's.
func TestTheRestrictedStandardIsHeld(t *testing.T) {
	worse := map[string]func(*corev1.PodSpec){
		"runs as root":           func(p *corev1.PodSpec) { p.SecurityContext.RunAsNonRoot = nil },
		"has no seccomp profile": func(p *corev1.PodSpec) { p.SecurityContext.SeccompProfile = nil },
		"is privileged": func(p *corev1.PodSpec) {
			p.Containers[0].SecurityContext.Privileged, p.Containers[0].SecurityContext.AllowPrivilegeEscalation = new(true), nil
		},
		"may gain privileges":           func(p *corev1.PodSpec) { p.Containers[0].SecurityContext.AllowPrivilegeEscalation = nil },
		"keeps capabilities":            func(p *corev1.PodSpec) { p.Containers[0].SecurityContext.Capabilities = nil },
		"is on the network of its node": func(p *corev1.PodSpec) { p.HostNetwork = true },
		"sees the files of its node": func(p *corev1.PodSpec) {
			p.Volumes = append(p.Volumes, corev1.Volume{Name: "node", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/"}}})
		},
	}
	for where, deployment := range deployments(t) {
		for what, change := range worse {
			t.Run(where+" "+what, func(t *testing.T) {
				d := deployment.DeepCopy()
				d.Name = "worse"
				change(&d.Spec.Template.Spec)
				warnings.take()
				if err := k8s.Create(t.Context(), d, client.DryRunAll); err != nil {
					t.Fatal(err)
				}
				if got := strings.Join(warnings.take(), "\n"); !strings.Contains(got, `would violate PodSecurity "restricted:latest"`) {
					t.Errorf("the API server warns of %q", got)
				}
			})
		}
	}
	for _, ns := range find(t, "config/default", func() *corev1.Namespace { return &corev1.Namespace{} }) {
		for _, mode := range []string{"enforce", "audit", "warn"} {
			if level := ns.Labels["pod-security.kubernetes.io/"+mode]; level != "restricted" {
				t.Errorf("namespace %s: %s is %q", ns.Name, mode, level)
			}
		}
	}
}

// TestPodsAreHardenedFurther checks what the standard does not ask for.
func TestPodsAreHardenedFurther(t *testing.T) {
	for where, deployment := range deployments(t) {
		t.Run(where, func(t *testing.T) {
			pod := deployment.Spec.Template.Spec
			switch token := pod.AutomountServiceAccountToken; {
			case token == nil:
				t.Error("it does not say whether it wants a token")
			case *token != (pod.ServiceAccountName != ""):
				t.Error("only what speaks to the API server has a token, and an account of its own")
			}
			if pod.EnableServiceLinks == nil || *pod.EnableServiceLinks {
				t.Error("it is told the addresses of all services of its namespace")
			}
			for i := range pod.Containers {
				checkContainer(t, &pod.Containers[i])
			}
		})
	}
}

func checkContainer(t *testing.T, c *corev1.Container) {
	t.Helper()
	if root := c.SecurityContext.ReadOnlyRootFilesystem; root == nil || !*root {
		t.Errorf("container %s can write to its root file system", c.Name)
	}
	if c.Resources.Limits.Memory().IsZero() || c.Resources.Requests.Memory().IsZero() {
		t.Errorf("container %s has no limit or request of memory", c.Name)
	}
	for _, mount := range c.VolumeMounts {
		if !mount.ReadOnly {
			t.Errorf("container %s can write to %s", c.Name, mount.MountPath)
		}
	}
}

// TestNetworkPolicies checks that whatever runs takes traffic at its one port alone, and from those who are named alone.
func TestNetworkPolicies(t *testing.T) {
	for where, deployment := range deployments(t) {
		t.Run(where, func(t *testing.T) {
			dir, _, _ := strings.Cut(where, " ")
			var of []*networkingv1.NetworkPolicy
			for _, policy := range find(t, dir, func() *networkingv1.NetworkPolicy { return &networkingv1.NetworkPolicy{} }) {
				selector, err := metav1.LabelSelectorAsSelector(&policy.Spec.PodSelector)
				if err != nil {
					t.Fatal(err)
				}
				if selector.Matches(labels.Set(deployment.Spec.Template.Labels)) {
					of = append(of, policy)
				}
			}
			if len(of) != 1 {
				t.Fatalf("%d policies select its pods, want one", len(of))
			}
			checkIngress(t, of[0], deployment.Spec.Template.Spec.Containers[0].Ports)
		})
	}
}

func checkIngress(t *testing.T, policy *networkingv1.NetworkPolicy, ports []corev1.ContainerPort) {
	t.Helper()
	if diff := cmp.Diff([]networkingv1.PolicyType{networkingv1.PolicyTypeIngress}, policy.Spec.PolicyTypes); diff != "" {
		t.Errorf("types (-want +got):\n%s", diff)
	}
	if len(policy.Spec.Ingress) != 1 {
		t.Fatalf("%d rules, want one", len(policy.Spec.Ingress))
	}
	rule := policy.Spec.Ingress[0]
	if len(rule.From) == 0 || len(rule.Ports) != 1 {
		t.Fatalf("%d sources and %d ports: a rule without sources or ports allows all of them", len(rule.From), len(rule.Ports))
	}
	for _, from := range rule.From {
		if from.IPBlock != nil || labelsOf(from.NamespaceSelector)+labelsOf(from.PodSelector) == 0 {
			t.Errorf("%v is not named by labels", from)
		}
	}
	i := slices.IndexFunc(ports, func(p corev1.ContainerPort) bool { return p.Name == rule.Ports[0].Port.String() })
	if i < 0 || ports[i].ContainerPort != 8443 {
		t.Errorf("port %s is not the container's 8443", rule.Ports[0].Port)
	}
}

func labelsOf(s *metav1.LabelSelector) int {
	if s == nil {
		return 0
	}
	return len(s.MatchLabels)
}
