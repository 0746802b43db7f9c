package connection

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/flow"
	"github.com/ais-operator/ais-operator/internal/login"
	"github.com/ais-operator/ais-operator/internal/netguard"
	"github.com/ais-operator/ais-operator/internal/outcome"
	"github.com/ais-operator/ais-operator/internal/session"
)

// world is a reconciler of one connection, "default" in namespace "shop", whose IAM is handler.
type world struct {
	*Reconciler

	conn   *v1alpha1.Connection
	secret *corev1.Secret
	now    time.Time
	// lists counts the lists that were asked of the API server; fails says whether they fail.
	lists int
	fails bool
}

func newWorld(t *testing.T, handler http.HandlerFunc, others ...client.Object) *world {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	address := v1alpha1.Endpoint(server.URL)
	w := &world{
		now: time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC),
		conn: &v1alpha1.Connection{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "default", UID: "c1", Generation: 1},
			Spec: v1alpha1.ConnectionSpec{
				Region: "test", Endpoints: &v1alpha1.Endpoints{ImageRecognition: address, IAM: address, OBS: address},
				Credentials: v1alpha1.Credentials{Password: &v1alpha1.PasswordCredentials{SecretRef: v1alpha1.SecretReference{Name: "login"}}},
			},
		},
		secret: &corev1.Secret{Data: map[string][]byte{"username": []byte("jane"), "password": []byte("pass"), "domainName": []byte("acme")}},
	}
	c := fake.NewClientBuilder().WithScheme(scheme).WithStatusSubresource(&v1alpha1.Connection{}).WithObjects(append(others, w.conn)...).
		WithInterceptorFuncs(interceptor.Funcs{List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, o ...client.ListOption) error {
			if w.lists++; w.fails {
				return errors.New("etcd is down")
			}
			return c.List(ctx, list, o...)
		}}).Build()
	clock := func() time.Time { return w.now }
	accounts := login.NewAccounts(clock)
	guard := netguard.Policy{AllowCIDRs: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	w.Reconciler = &Reconciler{
		Client: c, Live: c, Registry: &session.Registry{}, Accounts: accounts, Flow: flow.New(flow.Options{Now: clock}),
		Recorder: events.NewFakeRecorder(10), Now: clock, Opener: session.Opener{Guard: guard, Accounts: accounts, Now: clock},
	}
	return w
}

// scope is one reconcile of the connection as it is, up to where its service is asked.
func (w *world) scope(t *testing.T) *scope {
	t.Helper()
	ref := session.Ref{Kind: v1alpha1.ConnectionKindNamespaced, Namespace: "shop", Name: "default"}
	s := &scope{connection: namespaced{w.conn}, ref: ref, secret: w.secret}
	if err := s.rebase(); err != nil {
		t.Fatal(err)
	}
	if o := w.open(t.Context(), s); !o.IsContinue() {
		t.Fatalf("not opened: %+v", o)
	}
	return s
}

// login is a try that is so many minutes old.
func (w *world) login(minutes int, account login.Account) v1alpha1.Login {
	return v1alpha1.Login{At: metav1.NewMicroTime(w.now.Add(-time.Duration(minutes) * time.Minute)), Account: string(account)}
}

func TestVerifySaysNothingWhenTheProcessEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan struct{})
	w := newWorld(t, func(http.ResponseWriter, *http.Request) {
		cancel()
		<-over
	})
	t.Cleanup(func() { close(over) })
	s := w.scope(t)
	s.status().RecentLogins = []v1alpha1.Login{w.login(0, s.opened.Account)}
	before := s.status().DeepCopy()
	o := w.verify(ctx, s)
	if !errors.Is(o.Err(), context.Canceled) {
		t.Errorf("outcome %+v, want an error that ends nothing", o)
	}
	if diff := cmp.Diff(before, s.status()); diff != "" {
		t.Errorf("status (-before +after):\n%s", diff)
	}
}

func TestVerifyWaitsForItsTurnWhenAnotherConnectionWasFaster(t *testing.T) {
	w := newWorld(t, func(http.ResponseWriter, *http.Request) { t.Error("the service was asked") })
	s := w.scope(t)
	s.status().RecentLogins = []v1alpha1.Login{w.login(0, s.opened.Account)}
	for range login.MaxTries {
		w.Accounts.Restore(s.opened.Account, w.now, time.Time{})
	}
	o := w.verify(t.Context(), s)
	if diff := cmp.Diff(spent(login.Window), o, cmp.AllowUnexported(outcome.Outcome{})); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
	if len(s.status().RecentLogins) != 0 {
		t.Error("a try that was not made counts")
	}
}

// spent is what a connection says whose account has no try left.
func spent(left time.Duration) outcome.Outcome {
	return outcome.Wait(v1alpha1.ReasonThrottled, "three log-ins of this account have failed in 15 minutes, over all connections; "+
		"these credentials are tried when that has passed, so that the account is not locked", left)
}

func TestAnnounce(t *testing.T) {
	tries := func(w *world, minutes ...int) (tries []v1alpha1.Login) {
		for _, m := range minutes {
			tries = append(tries, w.login(m, "somebody"))
		}
		return tries
	}
	threeOfOwn := func(left time.Duration) outcome.Outcome {
		return outcome.Wait(v1alpha1.ReasonInvalidCredentials,
			"the credentials were tried three times in 15 minutes; they are tried again when that has passed, so that the account is not locked", left)
	}
	for name, tt := range map[string]struct {
		own    []int // how old they are, in minutes
		locked time.Duration
		others []int
		want   outcome.Outcome
		kept   int // tries in status
	}{
		"the first try is written down":                 {want: outcome.Continue(), kept: 1},
		"two are no reason not to try":                  {own: []int{9, 1}, want: outcome.Continue(), kept: 3},
		"three are":                                     {own: []int{9, 5, 1}, want: threeOfOwn(login.Window - 9*time.Minute), kept: 3},
		"old ones are forgotten":                        {own: []int{30, 20, 1}, want: outcome.Continue(), kept: 2},
		"one that met a lock is kept as long as that":   {own: []int{30, 5, 1}, locked: time.Minute, want: threeOfOwn(time.Minute), kept: 3},
		"two of other connections are no reason":        {others: []int{9, 1}, want: outcome.Continue(), kept: 1},
		"three of other connections are":                {others: []int{9, 5, 1}, want: spent(login.Window - 9*time.Minute)},
		"old ones of other connections are forgotten":   {others: []int{20, 5, 1}, want: outcome.Continue(), kept: 1},
		"the connection's own are told first, if it is": {own: []int{3, 2, 1}, others: []int{9, 5, 1}, want: threeOfOwn(login.Window - 3*time.Minute), kept: 3},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(http.ResponseWriter, *http.Request) { t.Error("the service was asked") })
			w.conn.Status.RecentLogins = tries(w, tt.own...)
			if tt.locked > 0 {
				w.conn.Status.RecentLogins[0].LockedUntil = &metav1.Time{Time: w.now.Add(tt.locked)}
			}
			s := w.scope(t)
			for _, m := range tt.others {
				w.Accounts.Restore(s.opened.Account, w.now.Add(-time.Duration(m)*time.Minute), time.Time{})
			}
			o := w.announce(t.Context(), s)
			if diff := cmp.Diff(tt.want, o, cmp.AllowUnexported(outcome.Outcome{})); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
			if got := len(w.conn.Status.RecentLogins); got != tt.kept {
				t.Errorf("%d tries in status, want %d", got, tt.kept)
			}
			if o.IsContinue() {
				var stored v1alpha1.Connection
				if err := w.Client.Get(t.Context(), client.ObjectKeyFromObject(w.conn), &stored); err != nil {
					t.Fatal(err)
				}
				if n := len(stored.Status.RecentLogins); n != tt.kept {
					t.Errorf("%d tries are written down, want %d", n, tt.kept)
				}
			}
		})
	}
}

func TestLearn(t *testing.T) {
	now := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	try := v1alpha1.Login{At: metav1.NewMicroTime(now.Add(-time.Minute)), Account: "acme"}
	locked := v1alpha1.Login{At: try.At, Account: "bank", LockedUntil: &metav1.Time{Time: now.Add(time.Hour)}}
	other := &v1alpha1.Connection{
		ObjectMeta: metav1.ObjectMeta{Namespace: "bank", Name: "default"}, Status: v1alpha1.ConnectionStatus{RecentLogins: []v1alpha1.Login{try, try, locked}},
	}
	shared := &v1alpha1.ClusterConnection{
		ObjectMeta: metav1.ObjectMeta{Name: "shared"}, Status: v1alpha1.ConnectionStatus{RecentLogins: []v1alpha1.Login{try}},
	}
	w := newWorld(t, func(http.ResponseWriter, *http.Request) {}, other, shared)
	w.fails = true
	if o := w.learn(t.Context(), nil); o.Err() == nil {
		t.Errorf("outcome %+v, want an error of the API server", o)
	}
	w.fails, w.lists = false, 0
	for range 2 {
		if o := w.learn(t.Context(), nil); !o.IsContinue() {
			t.Fatalf("outcome %+v", o)
		}
	}
	if w.lists != 2 {
		t.Errorf("%d lists, want one of each kind", w.lists)
	}
	for account, want := range map[login.Account]login.Hold{"acme": login.Spent, "bank": login.Locked, "other": login.Free} {
		if hold, _ := w.Accounts.Ask(account, "test", func() {}); hold != want {
			t.Errorf("%s: hold %d, want %d", account, hold, want)
		}
	}
}
