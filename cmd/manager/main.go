// Command manager runs the operator: the controllers of all kinds of ais-operator.io.
package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/features"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/controller"
	"github.com/ais-operator/ais-operator/internal/metricsauth"
	"github.com/ais-operator/ais-operator/internal/netguard"
)

// defaultNamespace is the operator's namespace where neither flag nor environment names one.
const defaultNamespace = "ais-system"

type config struct {
	metricsAddress    string
	secureMetrics     bool
	probeAddress      string
	leaderElection    bool
	operatorNamespace string
	watchNamespaces   []string
	allowCIDRs        string
	allowHosts        string
	maxOutputBytes    int64
	workers           int
	pictureMemory     int64
	shutdownTimeout   time.Duration
	zap               zap.Options
}

func main() {
	features.ReplaceFeatureGates(listedGates{features.FeatureGates()})
	c := parseFlags()
	ctrl.SetLogger(zap.New(zap.UseFlagOptions(&c.zap)))
	if err := run(c); err != nil {
		ctrl.Log.Error(err, "the manager stopped")
		os.Exit(1)
	}
}

func parseFlags() config {
	var c config
	flag.StringVar(&c.metricsAddress, "metrics-bind-address", "0", "address of the metrics endpoint, such as :8443; 0 turns it off")
	flag.BoolVar(&c.secureMetrics, "metrics-secure", true, "serve metrics by HTTPS to callers that the API server authenticates and authorises")
	flag.StringVar(&c.probeAddress, "health-probe-bind-address", ":8081", "address of /healthz and /readyz; 0 turns them off")
	flag.BoolVar(&c.leaderElection, "leader-elect", false, "let one of several managers work at a time")
	flag.StringVar(&c.operatorNamespace, "operator-namespace", "",
		"namespace of this manager, where the Secrets of ClusterConnections are (default: POD_NAMESPACE, else "+defaultNamespace+")")
	flag.Func("watch-namespaces",
		"comma-separated namespaces whose objects are looked after; the manager needs rights in no others but its own (default: all namespaces)",
		func(s string) (err error) { c.watchNamespaces, err = parseNamespaces(s); return err })
	flag.StringVar(&c.allowCIDRs, "allow-cidrs", "",
		"comma-separated networks that pictures and a Connection's endpoints may be in besides public ones, such as 10.0.0.0/8")
	flag.StringVar(&c.allowHosts, "allow-hosts", "",
		"comma-separated hosts that pictures and a Connection's endpoints may be on whatever their addresses; *.name stands for all names below")
	flag.Int64Var(&c.maxOutputBytes, "max-output-bytes", 64<<20, "largest enhanced picture, in bytes as the service encodes it")
	flag.IntVar(&c.workers, "workers", 10, "objects of one kind that are looked at at once; calls in flight are bounded by the connections' limits")
	flag.Int64Var(&c.pictureMemory, "picture-memory", 256<<20, "most memory for pictures that wait for their calls or are being sent, in bytes over all connections")
	flag.DurationVar(&c.shutdownTimeout, "shutdown-timeout", 75*time.Second,
		"how long calls in flight may go on after a signal: they are paid, so their answers are waited for and recorded; "+
			"terminationGracePeriodSeconds of the pod has to be longer, and connections with longer time-outs need more")
	c.zap.BindFlags(flag.CommandLine)
	flag.Parse()
	return c
}

func run(c config) error {
	if flag.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q; flags begin with --", flag.Arg(0))
	}
	if c.workers < 1 || c.maxOutputBytes < 1 {
		return errors.New("--workers and --max-output-bytes must be at least 1")
	}
	if c.pictureMemory < ais.MaxPictureBytes {
		return fmt.Errorf("--picture-memory must be at least %d, the largest picture that the service takes", ais.MaxPictureBytes)
	}
	if c.shutdownTimeout <= 0 {
		return errors.New("--shutdown-timeout must be positive")
	}
	guard, err := netguard.ParsePolicy(list(c.allowCIDRs), list(c.allowHosts))
	if err != nil {
		return fmt.Errorf("--allow-cidrs, --allow-hosts: %w", err)
	}
	kubeconfig, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("no access to a cluster; set KUBECONFIG: %w", err)
	}
	// The client's own limit of 20 requests per second would be the bottleneck; the API server's priority and fairness is there to limit.
	kubeconfig.QPS, kubeconfig.Burst = -1, -1
	// To compress the first list of ten thousand objects takes longer than to send it within a cluster.
	kubeconfig.DisableCompression = true
	namespace := cmp.Or(c.operatorNamespace, os.Getenv("POD_NAMESPACE"), defaultNamespace)
	mgr, err := newManager(kubeconfig, c, namespace)
	if err != nil {
		return err
	}
	ctx := ctrl.SetupSignalHandler()
	err = controller.Setup(ctx, mgr, controller.Options{
		Namespace: namespace, WatchNamespaces: c.watchNamespaces, Guard: guard, MaxOutputBytes: c.maxOutputBytes, Workers: c.workers, PictureMemory: c.pictureMemory,
		UserAgent: "ais-operator/" + version(), Now: time.Now, Metrics: metrics.Registry, PodIdentity: podIdentity(),
	})
	if err != nil {
		return err
	}
	return mgr.Start(ctx)
}

func newManager(kubeconfig *rest.Config, c config, namespace string) (ctrl.Manager, error) {
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(v1alpha1.AddToScheme(scheme))

	serving := metricsserver.Options{BindAddress: c.metricsAddress, SecureServing: c.secureMetrics}
	if c.secureMetrics {
		serving.FilterProvider = metricsauth.Filter
		serving.TLSOpts = []func(*tls.Config){func(t *tls.Config) { t.MinVersion = tls.VersionTLS12 }}
	}
	caches, err := cacheOptions(kubeconfig)
	if err != nil {
		return nil, err
	}
	controller.Restrict(&caches, c.watchNamespaces, namespace)
	mgr, err := ctrl.NewManager(kubeconfig, ctrl.Options{
		Scheme:                        scheme,
		Metrics:                       serving,
		HealthProbeBindAddress:        c.probeAddress,
		LeaderElection:                c.leaderElection,
		LeaderElectionID:              "manager.ais-operator.io",
		LeaderElectionNamespace:       namespace,
		LeaderElectionReleaseOnCancel: true,
		GracefulShutdownTimeout:       &c.shutdownTimeout,
		Cache:                         caches,
		Client:                        client.Options{Cache: &client.CacheOptions{EnableReadYourWritesConsistency: new(true)}},
	})
	if err != nil {
		return nil, fmt.Errorf("create the manager: %w", err)
	}
	if err := mgr.Add(manager.RunnableFunc(func(ctx context.Context) error { return giveBack(ctx, mgr.GetCache()) })); err != nil {
		return nil, err
	}
	if err := mgr.AddHealthzCheck("healthz", healthz.Ping); err != nil {
		return nil, err
	}
	return mgr, mgr.AddReadyzCheck("readyz", healthz.Ping)
}

// list splits a comma-separated flag; an empty one has no elements.
func list(s string) []string {
	return strings.FieldsFunc(s, func(c rune) bool { return c == ',' || c == ' ' })
}

// version is the module's, as the Go toolchain recorded it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "devel"
}
