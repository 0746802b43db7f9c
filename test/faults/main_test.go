package faults_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/controlplane"
)

// operatorNamespace is where the operator has its leases.
const operatorNamespace = "ais-system"

// width is how many scenarios run at a time: they wait most of the time, so that there may be more of them than cores.
const width = "8"

var (
	long   = flag.Bool("long", false, "run the full form of every recipe instead of the short one")
	update = flag.Bool("update", false, "write the golden files anew")
	// A run that is meant to fail need not wait as long for what does not come.
	patience = flag.Duration("patience", 5*time.Minute, "how long a scenario waits for what must come")
	seed     = flag.Uint64("seed", 0, "the seed of the random recipes (default: one of its own for each run)")

	scheme = runtime.NewScheme()
	plane  *controlplane.ControlPlane
	k8s    client.Client
)

func TestMain(m *testing.M) {
	flag.Parse()
	ctrl.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard()) // A process that is killed cannot send its last event, and client-go would say so.
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		panic(err)
	}
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		panic(err)
	}
	if order := os.Getenv(childVariable); order != "" {
		os.Exit(runChild(order))
	}
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	if err := flag.Set("test.parallel", width); err != nil {
		panic(err)
	}
	if err := startPlane(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() {
		if err := plane.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}()
	code := m.Run()
	printSummary()
	return code
}

// startPlane starts the control plane of all scenarios and gives the operator the rights of an installation.
func startPlane() (err error) {
	if plane, err = controlplane.Start(); err != nil {
		return err
	}
	plane.Config.QPS = -1
	if k8s, err = client.New(plane.Config, client.Options{Scheme: scheme}); err != nil {
		return err
	}
	return plane.Grant(context.Background(), "config/default")
}
