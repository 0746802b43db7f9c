package controller_test

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/controller"
	"github.com/ais-operator/ais-operator/internal/controlplane"
	"github.com/ais-operator/ais-operator/internal/netguard"
)

// operatorNamespace is where the Secrets of ClusterConnections are.
const operatorNamespace = "ais-system"

var (
	k8s    client.Client
	scheme = runtime.NewScheme()
	plane  *controlplane.ControlPlane
	pod    *agent
	writes statusWrites
)

func TestControllers(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(30 * time.Second)
	SetDefaultEventuallyPollingInterval(20 * time.Millisecond)
	RunSpecs(t, "Controllers")
}

var _ = BeforeSuite(func() {
	ctrl.SetLogger(zap.New(zap.WriteTo(GinkgoWriter), zap.UseDevMode(true)))
	Expect(clientgoscheme.AddToScheme(scheme)).To(Succeed())
	Expect(v1alpha1.AddToScheme(scheme)).To(Succeed())
	var err error
	plane, err = controlplane.Start()
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { Expect(plane.Stop()).To(Succeed()) })
	k8s, err = client.New(plane.Config, client.Options{Scheme: scheme})
	Expect(err).NotTo(HaveOccurred())
	Expect(plane.Grant(context.Background(), "config/default")).To(Succeed())
	pod = newAgent()
	DeferCleanup(pod.server.Close)
	stop := startManager()
	DeferCleanup(stop)
})

// startManager runs the operator as cmd/manager does, with the rights of an installation and no others, and returns what stops it.
func startManager() (stop func()) {
	GinkgoHelper()
	account := rest.CopyConfig(plane.Config)
	account.Impersonate.UserName = "system:serviceaccount:" + operatorNamespace + ":ais-manager"
	account.QPS = -1
	mgr, err := ctrl.NewManager(account, ctrl.Options{
		Scheme:     scheme,
		Metrics:    metricsserver.Options{BindAddress: "0"},
		Controller: config.Controller{SkipNameValidation: new(true)},
		Cache:      cache.Options{DefaultTransform: cache.TransformStripManagedFields()},
		Client:     client.Options{Cache: &client.CacheOptions{EnableReadYourWritesConsistency: new(true)}},
		NewClient:  writes.newClient,
	})
	Expect(err).NotTo(HaveOccurred())
	ctx, cancel := context.WithCancel(context.Background())
	Expect(controller.Setup(ctx, mgr, controller.Options{
		Namespace:      operatorNamespace,
		Guard:          netguard.Policy{AllowCIDRs: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
		MaxOutputBytes: 16 << 20, Workers: 4, PictureMemory: 64 << 20, UserAgent: "ais-operator/test", Now: time.Now, PodIdentity: pod.identity(),
		Metrics: prometheus.NewRegistry(),
	})).To(Succeed())
	done := make(chan error, 1)
	go func() { done <- mgr.Start(ctx) }()
	return func() {
		cancel()
		var err error
		Eventually(done).Should(Receive(&err))
		Expect(err).NotTo(HaveOccurred())
	}
}

// statusWrites counts the status writes of the operator by object.
type statusWrites struct {
	mu sync.Mutex
	by map[string]int
	// refuse, if set, says which writes fail.
	refuse func(client.Object) error
}

// newClient is the manager's client with every status write counted.
func (w *statusWrites) newClient(cfg *rest.Config, o client.Options) (client.Client, error) {
	inner, err := client.NewWithWatch(cfg, o)
	if err != nil {
		return nil, err
	}
	return interceptor.NewClient(inner, interceptor.Funcs{
		SubResourceUpdate: func(ctx context.Context, c client.Client, sub string, obj client.Object, o ...client.SubResourceUpdateOption) error {
			if err := w.add(obj); err != nil {
				return err
			}
			return c.SubResource(sub).Update(ctx, obj, o...)
		},
	}), nil
}

// interfere has writes fail; nil ends that.
func (w *statusWrites) interfere(refuse func(client.Object) error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refuse = refuse
}

func (w *statusWrites) add(obj client.Object) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.by == nil {
		w.by = map[string]int{}
	}
	w.by[keyOf(obj)]++
	if w.refuse != nil {
		return w.refuse(obj)
	}
	return nil
}

// of is how often the status of an object was written, or tried to be written.
func (w *statusWrites) of(obj client.Object) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.by[keyOf(obj)]
}

// in is how often the status of any object of a kind in a namespace was written.
func (w *statusWrites) in(kind, namespace string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for key, count := range w.by {
		if strings.HasPrefix(key, kind+" "+namespace+"/") {
			n += count
		}
	}
	return n
}

func keyOf(obj client.Object) string {
	kind := strings.TrimPrefix(fmt.Sprintf("%T", obj), "*v1alpha1.")
	return kind + " " + client.ObjectKeyFromObject(obj).String()
}
