package tenancy_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/ais-operator/ais-operator/internal/controller"
	"github.com/ais-operator/ais-operator/internal/controlplane"
	"github.com/ais-operator/ais-operator/internal/enginetest"
	"github.com/ais-operator/ais-operator/internal/netguard"
)

const (
	// operatorNamespace is where the Secrets of ClusterConnections are.
	operatorNamespace = "ais-system"
	// manager is the operator's account, whose name the audit log has.
	manager = "system:serviceaccount:" + operatorNamespace + ":ais-manager"
)

// installation is how an operator is installed, and for whom.
type installation struct {
	// manifests are the directory that grants its rights.
	manifests string
	// watch are the namespaces that it looks after; none means all.
	watch []string
	// tenants are namespaces, each with a user of the same name who may edit it.
	tenants []string
}

// world is a cluster with tenants and an operator, and what the operator speaks to.
type world struct {
	ctx   context.Context
	plane *controlplane.ControlPlane
	audit *controlplane.Audit
	// admin is the administrator of the cluster; the tenants are the users who may edit one namespace each.
	admin   client.Client
	tenants map[string]client.Client
	// removed is what objects have cost that are gone.
	removed int

	engine *enginetest.Server
	store  *storage
	web    *site
	// private is a server that the operator may not dial for tenants, as everything on this machine that it was not told of.
	private *site

	undo         []func() error
	stopOperator func() error
}

// newWorld makes a world. It is to be closed also when there is an error.
func newWorld(i installation) (w *world, err error) {
	w = &world{ctx: context.Background(), tenants: map[string]client.Client{}}
	for _, step := range []func(installation) error{w.startPlane, w.startServers, w.addTenants, w.startOperator} {
		if err := step(i); err != nil {
			return w, err
		}
	}
	return w, nil
}

// close ends everything, the last first.
func (w *world) close() error {
	var errs []error
	for _, undo := range slices.Backward(w.undo) {
		errs = append(errs, undo())
	}
	return errors.Join(errs...)
}

func (w *world) startPlane(i installation) error {
	dir, err := os.MkdirTemp("", "tenancy-")
	if err != nil {
		return err
	}
	w.undo = append(w.undo, func() error { return os.RemoveAll(dir) })
	if w.audit, err = controlplane.NewAudit(dir); err != nil {
		return err
	}
	if w.plane, err = controlplane.Start(w.audit.Configure); err != nil {
		return err
	}
	w.undo = append(w.undo, w.plane.Stop)
	w.plane.Config.QPS = -1
	if w.admin, err = client.New(w.plane.Config, client.Options{Scheme: scheme, FieldValidation: metav1.FieldValidationStrict}); err != nil {
		return err
	}
	for _, name := range append(i.tenants, i.watch...) {
		if err := client.IgnoreAlreadyExists(w.admin.Create(w.ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})); err != nil {
			return err
		}
	}
	if err := w.plane.Grant(w.ctx, i.manifests); err != nil {
		return err
	}
	return w.plane.Aggregate(w.ctx)
}

func (w *world) startServers(installation) (err error) {
	if w.engine, err = enginetest.New(enginetest.Options{}); err != nil {
		return err
	}
	w.undo = append(w.undo, func() error { w.engine.Close(); return nil })
	w.web, w.private = newSite(), newSite()
	w.undo = append(w.undo, w.web.close, w.private.close)
	if w.store, err = newStorage(w.engine); err != nil {
		return err
	}
	w.undo = append(w.undo, w.store.close)
	return nil
}

// addTenants gives each tenant a user with Kubernetes' own role "edit" in one namespace.
func (w *world) addTenants(i installation) error {
	for _, name := range i.tenants {
		user, err := w.plane.AddUser(name)
		if err != nil {
			return err
		}
		user.QPS = -1
		if w.tenants[name], err = client.New(user, client.Options{Scheme: scheme, FieldValidation: metav1.FieldValidationStrict}); err != nil {
			return err
		}
		err = w.admin.Create(w.ctx, &rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: name, Name: "edit"},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "edit"},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: name}},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// startOperator runs the operator as cmd/manager does, as its own account. For tenants it may dial the three servers, and nothing else on this machine.
func (w *world) startOperator(i installation) error {
	account, err := w.plane.AddUser(manager)
	if err != nil {
		return err
	}
	account.QPS = -1
	cached := cache.Options{DefaultTransform: cache.TransformStripManagedFields()}
	controller.Restrict(&cached, i.watch, operatorNamespace)
	mgr, err := ctrl.NewManager(account, ctrl.Options{
		Scheme: scheme, Cache: cached, Logger: ctrl.Log,
		Metrics:    metricsserver.Options{BindAddress: "0"},
		Controller: config.Controller{SkipNameValidation: new(true)},
		Client:     client.Options{Cache: &client.CacheOptions{EnableReadYourWritesConsistency: new(true)}},
	})
	if err != nil {
		return err
	}
	guard, err := netguard.ParsePolicy(nil, []string{hostOf(w.engine.URL), hostOf(w.store.url), hostOf(w.web.url)})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(w.ctx)
	err = controller.Setup(ctx, mgr, controller.Options{
		Namespace: operatorNamespace, WatchNamespaces: i.watch, Guard: guard, MaxOutputBytes: 16 << 20, Workers: 4, PictureMemory: 64 << 20,
		UserAgent: "ais-operator/tenancy", Now: time.Now, Metrics: prometheus.NewRegistry(),
	})
	if err != nil {
		cancel()
		return err
	}
	done := make(chan error, 1)
	go func() { done <- mgr.Start(ctx) }()
	w.stopOperator = sync.OnceValue(func() error { cancel(); return <-done })
	w.undo = append(w.undo, w.stopOperator)
	return nil
}

// complaints are the errors that operators have logged.
type complaints struct {
	mu   sync.Mutex
	list []string
}

func (c *complaints) heed(_, line string) {
	if strings.Contains(line, `"error"=`) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.list = append(c.list, line)
	}
}

// take returns the complaints since the last call.
func (c *complaints) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := c.list
	c.list = nil
	return taken
}

func hostOf(url string) string { return strings.TrimPrefix(url, "http://") }

// visits are the requests to a server, as method and path, the latter as it was sent.
type visits struct {
	mu   sync.Mutex
	seen []string
}

func (v *visits) add(r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.seen = append(v.seen, r.Method+" "+r.URL.EscapedPath())
}

func (v *visits) list() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.seen)
}

// site is a web server with pictures.
type site struct {
	visits
	url   string
	close func() error
}

// newSite serves a picture at every path that ends in its seed, such as /3.
func newSite() *site {
	s := &site{}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		s.add(r)
		_, _ = rw.Write(enginetest.Picture(int(r.URL.Path[len(r.URL.Path)-1]), pictureWidth, pictureHeight))
	}))
	s.url, s.close = server.URL, func() error { server.Close(); return nil }
	return s
}
