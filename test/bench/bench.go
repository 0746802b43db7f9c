package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/controlplane"
)

const (
	operatorNamespace = "ais-system"
	// operatorUser is who the manager is in an installation.
	operatorUser = "system:serviceaccount:" + operatorNamespace + ":ais-manager"
)

// bench is all that runs during the measurements.
type bench struct {
	options
	started time.Time
	temp    string // directory that is removed
	root    string // of the repository

	plane      *controlplane.ControlPlane
	k8s        client.WithWatch
	raw        rest.Interface // for the API server's metrics
	kubeconfig string         // file of the operator's user
	binary     string         // of the manager
	remote     *remote
	manager    *manager // the one that runs, if one does
	probes     int      // objects that were created to see that a manager works

	figures []figure
	undo    []func() error // in the order of what they undo
}

// newBench starts everything but the manager. The caller tears down even what an error left half started.
func newBench(ctx context.Context, o options) (b *bench, err error) {
	b = &bench{options: o, started: time.Now()}
	if err := os.MkdirAll(b.out, 0o755); err != nil { //nolint:gosec // For whoever runs this to read.
		return b, err
	}
	for _, old := range []string{managerLog, resultsFile} { // so that nobody reads an earlier run's for this one's
		if err := os.RemoveAll(filepath.Join(b.out, old)); err != nil {
			return b, err
		}
	}
	if b.temp, err = os.MkdirTemp("", "ais-bench-"); err != nil {
		return b, err
	}
	b.onTearDown(func() error { return os.RemoveAll(b.temp) })
	if b.root, err = repositoryRoot(ctx); err != nil {
		return b, err
	}
	b.say("building the manager, and starting kube-apiserver, etcd and the remote")
	g, starting := errgroup.WithContext(ctx)
	g.Go(func() error { return b.buildManager(starting) })
	g.Go(func() (err error) { b.plane, err = controlplane.Start(); return err })
	g.Go(func() (err error) { b.remote, err = startRemote(ctx, o.latency); return err })
	err = g.Wait()
	if b.plane != nil {
		b.onTearDown(b.plane.Stop)
	}
	if b.remote != nil {
		b.onTearDown(b.remote.stop)
	}
	if err != nil {
		return b, err
	}
	return b, b.install(ctx)
}

// install makes what an installation brings beside the CRDs: the operator's namespace, and the manager's rights.
func (b *bench) install(ctx context.Context) error {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			return err
		}
	}
	admin := rest.CopyConfig(b.plane.Config)
	admin.QPS = -1
	var err error
	if b.k8s, err = client.NewWithWatch(admin, client.Options{Scheme: scheme, FieldValidation: metav1.FieldValidationStrict}); err != nil {
		return err
	}
	if b.raw, err = newRawClient(admin); err != nil {
		return err
	}
	if err := b.k8s.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: operatorNamespace}}); err != nil {
		return err
	}
	if err := b.grant(ctx, "role.yaml", &rbacv1.ClusterRole{}); err != nil {
		return err
	}
	if err := b.grant(ctx, "role_binding.yaml", &rbacv1.ClusterRoleBinding{}); err != nil {
		return err
	}
	user, err := b.plane.AddUser(operatorUser, "system:serviceaccounts", "system:serviceaccounts:"+operatorNamespace)
	if err != nil {
		return err
	}
	b.kubeconfig = filepath.Join(b.temp, "kubeconfig")
	return clientcmd.WriteToFile(kubeconfigOf(user), b.kubeconfig)
}

// grant creates one of the manager's manifests.
func (b *bench) grant(ctx context.Context, file string, obj client.Object) error {
	text, err := os.ReadFile(filepath.Join(b.root, "config", "rbac", file)) //nolint:gosec // A file of this repository.
	if err != nil {
		return err
	}
	if err := yaml.UnmarshalStrict(text, obj); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return b.k8s.Create(ctx, obj)
}

func kubeconfigOf(c *rest.Config) clientcmdapi.Config {
	const name = "bench"
	return clientcmdapi.Config{
		Clusters: map[string]*clientcmdapi.Cluster{name: {Server: c.Host, CertificateAuthorityData: c.CAData}},
		AuthInfos: map[string]*clientcmdapi.AuthInfo{name: {
			ClientCertificateData: c.CertData, ClientKeyData: c.KeyData,
		}},
		Contexts:       map[string]*clientcmdapi.Context{name: {Cluster: name, AuthInfo: name}},
		CurrentContext: name,
	}
}

func (b *bench) onTearDown(undo func() error) { b.undo = append(b.undo, undo) }

// tearDown ends everything, the last first.
func (b *bench) tearDown() {
	var errs []error
	if b.manager != nil {
		errs = append(errs, b.manager.stop())
	}
	for _, undo := range slices.Backward(b.undo) {
		errs = append(errs, undo())
	}
	if err := errors.Join(errs...); err != nil {
		b.say("tearing down: %v", err)
	}
}

// say tells whoever waits what is going on, on the standard error: the table alone is on the standard output.
func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%5.1fs  %s\n", time.Since(b.started).Seconds(), fmt.Sprintf(format, args...))
}
