// Package controlplane runs a real kube-apiserver and etcd on this machine, with
// this project's CRDs installed, for tests, the demo and benchmarks.
package controlplane

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// assetsVariable names the directory of the binaries, as it does for envtest.
const assetsVariable = "KUBEBUILDER_ASSETS"

// ControlPlane is a running kube-apiserver and its etcd.
type ControlPlane struct {
	// Config is a cluster administrator's.
	Config *rest.Config

	env *envtest.Environment
}

// Start starts a control plane, which takes about 4 seconds, and installs the
// CRDs of config/crd/bases. The functions in configure may change the
// environment before it starts. Whoever started a control plane has to Stop it:
// its processes outlive the caller.
//
// The binaries come from KUBEBUILDER_ASSETS, else from where `make test` leaves
// them below bin/.
func Start(configure ...func(*envtest.Environment)) (*ControlPlane, error) {
	root, err := repositoryRoot()
	if err != nil {
		return nil, err
	}
	assets, err := binaries(root)
	if err != nil {
		return nil, err
	}
	env := &envtest.Environment{
		BinaryAssetsDirectory: assets,
		CRDDirectoryPaths:     []string{filepath.Join(root, "config", "crd", "bases")},
		ErrorIfCRDPathMissing: true,
	}
	for _, change := range configure {
		change(env)
	}
	config, err := env.Start()
	if err != nil {
		// Etcd may be running already, or both while the CRDs were refused.
		return nil, errors.Join(fmt.Errorf("starting the control plane: %w", err), env.Stop())
	}
	return &ControlPlane{Config: config, env: env}, nil
}

// Kubeconfig is a kubeconfig file of the cluster administrator.
func (c *ControlPlane) Kubeconfig() []byte { return c.env.KubeConfig }

// AddUser returns the configuration of a user who may do what RBAC grants to
// that name and those groups.
func (c *ControlPlane) AddUser(name string, groups ...string) (*rest.Config, error) {
	user, err := c.env.AddUser(envtest.User{Name: name, Groups: groups}, rest.CopyConfig(c.Config))
	if err != nil {
		return nil, fmt.Errorf("adding user %s: %w", name, err)
	}
	return user.Config(), nil
}

// Stop ends both processes and removes what they stored.
func (c *ControlPlane) Stop() error { return c.env.Stop() }

// binaries returns the directory of kube-apiserver and etcd.
func binaries(root string) (string, error) {
	candidates := []string{os.Getenv(assetsVariable)}
	if candidates[0] == "" {
		var err error
		if candidates, err = filepath.Glob(filepath.Join(root, "bin", "controlplane", "*")); err != nil {
			return "", err
		}
	}
	for _, dir := range slices.Backward(candidates) { // the last is the newest version
		if isFile(filepath.Join(dir, "kube-apiserver")) && isFile(filepath.Join(dir, "etcd")) {
			return dir, nil
		}
	}
	return "", fmt.Errorf("no kube-apiserver and etcd in %q: run make test, or set %s", candidates, assetsVariable)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// repositoryRoot finds the directory with go.mod at or above the working
// directory, which is a package's own for tests.
func repositoryRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if isFile(filepath.Join(dir, "go.mod")) {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no go.mod at or above the working directory: run this inside the repository")
		}
		dir = parent
	}
}
