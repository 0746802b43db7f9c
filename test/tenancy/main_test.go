// Package tenancy_test has two tenants try to get at what is not theirs: through the API server, the operator, the service and the object storage.
//
// Each crossing has to be refused with a sentence, and must not have cost or shown anything: the service has a record of its calls, the object storage and
// the web server of their requests, and the API server an audit log.
package tenancy_test

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/go-logr/logr/funcr"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// The tenants.
const (
	red  = "red"
	blue = "blue"
)

var (
	scheme = runtime.NewScheme()
	logged = &complaints{}
	// shared is the world of all tests but those that need an operator of their own: an operator that looks after the whole cluster.
	shared *world
)

func TestMain(m *testing.M) {
	ctrl.SetLogger(funcr.New(logged.heed, funcr.Options{}))
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		panic(err)
	}
	code, err := runTests(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func runTests(m *testing.M) (code int, err error) {
	shared, err = newWorld(installation{manifests: "config/default", tenants: []string{red, blue}})
	if err != nil {
		return 1, errors.Join(err, shared.close())
	}
	defer func() { err = errors.Join(err, shared.close()) }()
	return m.Run(), shared.checkAccounts()
}
