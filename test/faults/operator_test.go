package faults_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/controller"
	"github.com/ais-operator/ais-operator/internal/netguard"
)

// shutdown is how long an operator may take to stop.
const shutdown = slowness * time.Minute

// defaultPictureMemory is plenty for small pictures.
const defaultPictureMemory = 256 << 20

// process is how an operator is run; the zero value is what most scenarios want.
type process struct {
	// now is its clock. Default: the world's.
	now func() time.Time
	// blurred turns EnableReadYourWritesConsistency off.
	blurred bool
	// lease makes it wait for the world's lease.
	lease bool
	// resync is how often every object is reconciled without a cause. Default: hours.
	resync time.Duration
	// log takes everything that is logged, at the highest verbosity. Default: nobody.
	log io.Writer
	// pictureMemory bounds the pictures in flight, in bytes. Default: defaultPictureMemory.
	pictureMemory int64
	// metrics is where it registers its own.
	metrics *prometheus.Registry
	// prepare sees the way to the API server before anything goes over it.
	prepare func(*wire)
}

// controllers is how many the operator has at least: one for each kind.
const controllers = 4

// operator is one process of the operator.
type operator struct {
	world   *world
	agent   string
	wire    *wire
	metrics *prometheus.Registry

	dead atomic.Bool
	// working counts the controllers that have begun to work.
	working atomic.Int32
	// elected is closed when it leads, or need not.
	elected <-chan struct{}
	cancel  context.CancelFunc
	done    chan struct{}
	err     error
}

// run starts an operator with the rights of an installation. It ends with the test.
func (w *world) run(t *testing.T, p process) *operator {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	o := w.newOperator(cancel)
	settings := managerOptions(w.namespaces, p)
	settings.Logger = o.logger(p.log)
	mgr, err := ctrl.NewManager(o.config(p), settings)
	if err != nil {
		t.Fatal(err)
	}
	o.elected = mgr.Elected()
	p.metrics = o.metrics
	if p.now == nil {
		p.now = w.clock.now
	}
	if err := controller.Setup(ctx, mgr, options(o.agent, p)); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(o.done)
		o.err = mgr.Start(ctx)
	}()
	t.Cleanup(func() { o.kill(t) })
	synced, stop := context.WithTimeout(ctx, *patience)
	defer stop()
	if !mgr.GetCache().WaitForCacheSync(synced) && !o.isDead() { // A manager that is stopped before that never ends.
		t.Fatalf("%s does not see the API server", o.agent)
	}
	if !p.lease && !poll(t, *patience, func() bool { return o.working.Load() >= controllers || o.isDead() }) {
		t.Fatalf("%s does not work", o.agent)
	}
	return o
}

func (o *operator) config(p process) *rest.Config {
	if p.prepare != nil {
		p.prepare(o.wire)
	}
	account := asOperator(plane.Config)
	account.Wrap(func(next http.RoundTripper) http.RoundTripper { return &tapped{wire: o.wire, next: next} })
	return account
}

// asOperator is the account of the operator, with the rights of an installation and no others.
func asOperator(admin *rest.Config) *rest.Config {
	account := rest.CopyConfig(admin)
	account.Impersonate.UserName = "system:serviceaccount:" + operatorNamespace + ":ais-manager"
	account.QPS = -1
	return account
}

// tapped leads a transport of client-go through the operator's wire.
type tapped struct {
	wire *wire
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t *tapped) RoundTrip(req *http.Request) (*http.Response, error) {
	return t.wire.roundTrip(req, t.next)
}

func managerOptions(namespaces []string, p process) ctrl.Options {
	cached := map[string]cache.Config{operatorNamespace: {}}
	for _, name := range namespaces {
		cached[name] = cache.Config{}
	}
	o := ctrl.Options{
		Scheme:     scheme,
		Metrics:    metricsserver.Options{BindAddress: "0"},
		Controller: config.Controller{SkipNameValidation: new(true)},
		Cache: cache.Options{
			DefaultTransform: cache.TransformStripManagedFields(), DefaultNamespaces: cached,
			// They are in no namespace: an operator sees the one that has the name of its world, and none of the others.
			ByObject: map[client.Object]cache.ByObject{
				&v1alpha1.ClusterConnection{}: {Field: fields.OneTermEqualSelector("metadata.name", namespaces[0])},
			},
		},
		Client:                  client.Options{Cache: &client.CacheOptions{EnableReadYourWritesConsistency: new(!p.blurred)}},
		GracefulShutdownTimeout: new(shutdown),
		LeaderElection:          p.lease,
		LeaderElectionID:        namespaces[0],
		LeaderElectionNamespace: operatorNamespace,
		// Shorter than by default, and long enough for nobody to lose it on a machine that is busy.
		LeaseDuration: new(10 * time.Second),
		RenewDeadline: new(8 * time.Second),
		RetryPeriod:   new(500 * time.Millisecond),
	}
	if p.resync > 0 {
		o.Cache.SyncPeriod = &p.resync
	}
	return o
}

func options(agent string, p process) controller.Options {
	return controller.Options{
		Namespace:      operatorNamespace,
		Guard:          netguard.Policy{AllowCIDRs: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
		MaxOutputBytes: 16 << 20, Workers: 10, PictureMemory: cmp.Or(p.pictureMemory, defaultPictureMemory), UserAgent: agent,
		Metrics: p.metrics, Now: p.now,
	}
}

func (o *operator) isDead() bool { return o.dead.Load() }

// die ends the process at once: nothing that it still does reaches anybody. It may be called from within an effect.
func (o *operator) die() {
	o.dead.Store(true)
	o.cancel()
}

// kill ends the process at once and waits for what is left of it in this one.
func (o *operator) kill(t *testing.T) {
	t.Helper()
	o.die()
	o.world.engine.Disconnect()
	o.await(t)
}

// awaitDeath returns when the process was killed by an effect, and what is left of it has ended.
func (o *operator) awaitDeath(t *testing.T) {
	t.Helper()
	o.await(t)
	if !o.isDead() {
		t.Fatalf("%s ended by itself: %v", o.agent, o.err)
	}
}

// stop ends the process in order.
func (o *operator) stop(t *testing.T) {
	t.Helper()
	o.cancel()
	o.await(t)
	if o.err != nil && !o.isDead() {
		t.Errorf("the operator ended with %v", o.err)
	}
	o.dead.Store(true)
}

// await returns when the operator has ended.
func (o *operator) await(t *testing.T) {
	t.Helper()
	select {
	case <-o.done:
	case <-time.After(*patience + shutdown):
		dump := filepath.Join(os.TempDir(), "faults-goroutines.txt")
		if f, err := os.Create(dump); err == nil {
			_ = pprof.Lookup("goroutine").WriteTo(f, 1)
			f.Close()
		}
		t.Fatalf("%s does not end; its goroutines are in %s", o.agent, dump)
	}
}

// restart kills the operator, lets time pass, and runs another.
func (o *operator) restart(t *testing.T, later time.Duration, p process) *operator {
	t.Helper()
	o.kill(t)
	o.world.clock.advance(later)
	return o.world.run(t, p)
}

// logger logs everything there is, if anybody wants it, and notices when controllers begin to work.
func (o *operator) logger(to io.Writer) logr.Logger {
	var mu sync.Mutex
	verbosity := 0
	if to != nil {
		verbosity = 127
	}
	return funcr.New(func(prefix, args string) {
		if strings.Contains(args, "Starting workers") {
			o.working.Add(1)
		}
		if to == nil {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		_, _ = fmt.Fprintln(to, prefix, args) // A log that cannot be written is missed by nobody here.
	}, funcr.Options{Verbosity: verbosity, LogTimestamp: true})
}

// logFile is where the log of an operator goes that is to be looked at by hand: the file that FAULTS_LOG names.
func logFile(t *testing.T) io.Writer {
	t.Helper()
	name := os.Getenv("FAULTS_LOG")
	if name == "" {
		return nil
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if _, err := fmt.Fprintln(f, "=====", t.Name()); err != nil {
		t.Fatal(err)
	}
	return f
}
