package controlplane_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/ais-operator/ais-operator/internal/controlplane"
)

func TestControlPlane(t *testing.T) {
	audit, err := controlplane.NewAudit(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	plane, err := controlplane.Start(audit.Configure)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := plane.Stop(); err != nil {
			t.Error(err)
		}
	})

	t.Run("serves the kinds of this project", func(t *testing.T) {
		var crds apiextensionsv1.CustomResourceDefinitionList
		if err := newClient(t, plane.Config).List(t.Context(), &crds); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, crd := range crds.Items {
			got = append(got, crd.Name)
		}
		want := []string{
			"clusterconnections.ais-operator.io", "connections.ais-operator.io",
			"enhancementjobs.ais-operator.io", "imageanalyses.ais-operator.io",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("CRDs (-want +got):\n%s", diff)
		}
	})

	t.Run("hands out a kubeconfig that works", func(t *testing.T) {
		config, err := clientcmd.RESTConfigFromKubeConfig(plane.Kubeconfig())
		if err != nil {
			t.Fatal(err)
		}
		if err := newClient(t, config).List(t.Context(), &corev1.SecretList{}); err != nil {
			t.Error(err)
		}
	})

	t.Run("gives a user no more than RBAC does", func(t *testing.T) {
		config, err := plane.AddUser("jane", "shop")
		if err != nil {
			t.Fatal(err)
		}
		err = newClient(t, config).List(t.Context(), &corev1.SecretList{})
		if !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), `"jane"`) {
			t.Errorf("got %v, want jane to be forbidden to list secrets", err)
		}
	})

	t.Run("writes down who asked for what, and whether that was allowed", func(t *testing.T) { checkAudit(t, plane, audit) })
	t.Run("grants the rights of an installation, and nothing that runs", func(t *testing.T) { checkGrant(t, plane) })
	t.Run("fills the roles that collect others", func(t *testing.T) { checkAggregate(t, plane) })
}

func TestStartFails(t *testing.T) {
	t.Run("where the binaries are missing, and says what to do", func(t *testing.T) {
		t.Setenv("KUBEBUILDER_ASSETS", t.TempDir())
		wantError(t, "run make test, or set KUBEBUILDER_ASSETS")
	})
	t.Run("outside of the repository", func(t *testing.T) {
		t.Chdir(t.TempDir())
		wantError(t, "no go.mod")
	})
	t.Run("where a CRD is broken, and leaves nothing running", func(t *testing.T) {
		broken := t.TempDir()
		crd := `{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: broken},
			spec: {group: ais-operator.io, names: {kind: Broken, plural: brokens}, scope: Namespaced, versions: []}}`
		if err := os.WriteFile(filepath.Join(broken, "crd.yaml"), []byte(crd), 0o600); err != nil {
			t.Fatal(err)
		}
		var env *envtest.Environment
		wantError(t, "starting the control plane", func(e *envtest.Environment) {
			e.CRDDirectoryPaths = []string{broken}
			env = e
		})
		if _, err := os.Stat(env.ControlPlane.Etcd.DataDir); !os.IsNotExist(err) {
			t.Errorf("etcd's data is still there: %v", err)
		}
	})
}

func wantError(t *testing.T, want string, configure ...func(*envtest.Environment)) {
	t.Helper()
	plane, err := controlplane.Start(configure...)
	if err == nil {
		t.Fatalf("started, want an error with %q (stopping: %v)", want, plane.Stop())
	}
	if !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want an error with %q", err, want)
	}
}

func newClient(t *testing.T, config *rest.Config) client.Client {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, apiextensionsv1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	c, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
