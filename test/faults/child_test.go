package faults_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/ais-operator/ais-operator/internal/controller"
)

// childVariable carries the order of a process that is run to be killed with kill -9: this test binary once more, which then is the operator alone.
const childVariable = "AIS_FAULTS_CHILD"

// order is what such a process is told.
type order struct {
	// Kubeconfig is a file.
	Kubeconfig string
	Namespaces []string
	Agent      string
	// Ahead is how far its clock is.
	Ahead time.Duration
}

// spawn runs an operator in a process of its own. Its writes to the API server are not seen as effects.
func (w *world) spawn(t *testing.T) *operator {
	t.Helper()
	child, started := exec.Command(os.Args[0]), make(chan struct{})
	var o *operator
	o = w.newOperator(func() {
		<-started
		_ = child.Process.Kill() // It may have ended.
		<-o.done
	})
	kubeconfig := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(kubeconfig, plane.Kubeconfig(), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(order{kubeconfig, w.namespaces, o.agent, time.Until(w.clock.now())})
	if err != nil {
		t.Fatal(err)
	}
	child.Env = append(os.Environ(), childVariable+"="+string(text))
	child.Stderr = os.Stderr
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	close(started)
	go func() {
		defer close(o.done)
		o.err = child.Wait()
	}()
	t.Cleanup(func() { o.kill(t) })
	return o
}

// runChild is the life of such a process; nothing but a signal ends it.
func runChild(text string) int {
	if err := obey(text); err != nil {
		fmt.Fprintln(os.Stderr, "the operator ended by itself:", err)
	}
	return 1
}

func obey(text string) error {
	var what order
	if err := json.Unmarshal([]byte(text), &what); err != nil {
		return err
	}
	kubeconfig, err := os.ReadFile(what.Kubeconfig)
	if err != nil {
		return err
	}
	account, err := clientcmd.RESTConfigFromKubeConfig(kubeconfig)
	if err != nil {
		return err
	}
	return serve(asOperator(account), what)
}

func serve(account *rest.Config, what order) error {
	p := process{now: func() time.Time { return time.Now().Add(what.Ahead) }, metrics: prometheus.NewRegistry()}
	mgr, err := ctrl.NewManager(account, managerOptions(what.Namespaces, p))
	if err != nil {
		return err
	}
	ctx := context.Background()
	if err := controller.Setup(ctx, mgr, options(what.Agent, p)); err != nil {
		return err
	}
	return mgr.Start(ctx)
}
