package session_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/outcome"
	"github.com/ais-operator/ais-operator/internal/session"
)

func scheme(t *testing.T) *runtime.Scheme {
	t.Helper()
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(s); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

var (
	isReady    = v1alpha1.ConnectionStatus{Conditions: v1alpha1.Conditions{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue}}}
	isNotReady = v1alpha1.ConnectionStatus{Conditions: v1alpha1.Conditions{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionFalse}}}
)

func connection(status v1alpha1.ConnectionStatus) *v1alpha1.Connection {
	return &v1alpha1.Connection{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "default"}, Status: status}
}

// clusterConnection is a Ready one that allows some namespaces.
func clusterConnection(allowed *v1alpha1.AllowedNamespaces) *v1alpha1.ClusterConnection {
	return &v1alpha1.ClusterConnection{
		ObjectMeta: metav1.ObjectMeta{Name: "shared"}, Status: isReady, Spec: v1alpha1.ClusterConnectionSpec{AllowedNamespaces: allowed},
	}
}

func named(names ...string) *v1alpha1.AllowedNamespaces {
	return &v1alpha1.AllowedNamespaces{Names: names}
}

func selected(s metav1.LabelSelector) *v1alpha1.AllowedNamespaces {
	return &v1alpha1.AllowedNamespaces{Selector: &s}
}

var shop = &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop", Labels: map[string]string{"team": "sales"}}}

var (
	byDefault = v1alpha1.ConnectionReference{Kind: v1alpha1.ConnectionKindNamespaced, Name: "default"}
	byCluster = v1alpha1.ConnectionReference{Kind: v1alpha1.ConnectionKindCluster, Name: "shared"}
)

func notReady(message string, after time.Duration) outcome.Outcome {
	return outcome.Wait(v1alpha1.ReasonConnectionNotReady, message, after)
}

// same compares what two outcomes do, their unexported parts included.
func same() cmp.Option { return cmp.AllowUnexported(outcome.Outcome{}) }

func TestResolveHoldsBack(t *testing.T) {
	tests := []struct {
		name    string
		objects []client.Object
		ref     v1alpha1.ConnectionReference
		want    outcome.Outcome
	}{
		{
			"a Connection that does not exist", nil, byDefault,
			notReady(`Connection "default" does not exist in namespace "shop"; create it or change spec.connectionRef`, 0),
		},
		{
			"a ClusterConnection that does not exist", nil, byCluster,
			notReady(`ClusterConnection "shared" does not exist; create it or change spec.connectionRef`, 0),
		},
		{
			"a Connection that nobody has looked at yet", []client.Object{connection(v1alpha1.ConnectionStatus{})}, byDefault,
			outcome.Wait(v1alpha1.ReasonWaiting, `Connection "default" is being checked`, 0),
		},
		{
			"a Connection that is not Ready", []client.Object{connection(isNotReady)}, byDefault,
			notReady(`Connection "default" is not Ready; its conditions say why`, 0),
		},
		{"a Connection that is Ready and was not opened yet", []client.Object{connection(isReady)}, byDefault, outcome.Hold(0)},
		{
			"a Connection of another namespace",
			[]client.Object{&v1alpha1.Connection{ObjectMeta: metav1.ObjectMeta{Namespace: "bank", Name: "default"}, Status: isReady}}, byDefault,
			notReady(`Connection "default" does not exist in namespace "shop"; create it or change spec.connectionRef`, 0),
		},
		{"a ClusterConnection that is Ready and was not opened yet", []client.Object{clusterConnection(named("shop"))}, byCluster, outcome.Hold(0)},
		{
			"a ClusterConnection that is not Ready",
			[]client.Object{&v1alpha1.ClusterConnection{
				ObjectMeta: metav1.ObjectMeta{Name: "shared"}, Spec: v1alpha1.ClusterConnectionSpec{AllowedNamespaces: named("shop")},
				Status: isNotReady,
			}}, byCluster, notReady(`ClusterConnection "shared" is not Ready; its conditions say why`, 0),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &session.Resolver{Reader: fake.NewClientBuilder().WithScheme(scheme(t)).WithObjects(tt.objects...).Build(), Registry: &session.Registry{}}
			s, got := r.Resolve(t.Context(), "shop", tt.ref)
			if s != nil {
				t.Error("got a session")
			}
			if diff := cmp.Diff(tt.want, got, same()); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		})
	}
}

func TestResolveChecksNamespaces(t *testing.T) {
	sales := metav1.LabelSelector{MatchLabels: map[string]string{"team": "sales"}}
	support := metav1.LabelSelector{MatchLabels: map[string]string{"team": "support"}}
	broken := metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "team", Operator: "Likes"}}}
	tests := []struct {
		name    string
		allowed *v1alpha1.AllowedNamespaces
		want    bool
	}{
		{"none are allowed by default", nil, false},
		{"none are allowed by an empty rule", &v1alpha1.AllowedNamespaces{}, false},
		{"one is allowed by its name", named("bank", "shop"), true},
		{"one is not allowed by another's name", named("bank", "shop2"), false},
		{"one is allowed by its labels", selected(sales), true},
		{"one is not allowed by other labels", selected(support), false},
		{"an empty selector allows every one", selected(metav1.LabelSelector{}), true},
		{"a selector that is not valid allows none", selected(broken), false},
		{"the name is enough", &v1alpha1.AllowedNamespaces{Names: []string{"shop"}, Selector: &support}, true},
		{"the labels are enough", &v1alpha1.AllowedNamespaces{Names: []string{"bank"}, Selector: &sales}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			opened := &session.Session{Ref: shared}
			r := &session.Resolver{
				Reader:   fake.NewClientBuilder().WithScheme(scheme(t)).WithObjects(shop.DeepCopy(), clusterConnection(tt.allowed)).Build(),
				Registry: &session.Registry{},
			}
			r.Registry.Put(opened)
			s, got := r.Resolve(t.Context(), "shop", byCluster)
			want := outcome.Continue()
			if !tt.want {
				opened = nil
				want = notReady(`ClusterConnection "shared" does not allow namespace "shop"; ask its owner to add it to spec.allowedNamespaces`, 5*time.Minute)
			}
			if s != opened {
				t.Errorf("session %v, want %v", s, opened)
			}
			if diff := cmp.Diff(want, got, same()); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		})
	}
}

func TestResolveTakesPermissionsBackAtOnce(t *testing.T) {
	c := fake.NewClientBuilder().WithScheme(scheme(t)).WithObjects(clusterConnection(named("shop"))).Build()
	r := &session.Resolver{Reader: c, Registry: &session.Registry{}}
	r.Registry.Put(&session.Session{Ref: shared})
	if s, _ := r.Resolve(t.Context(), "shop", byCluster); s == nil {
		t.Fatal("not allowed")
	}
	conn := &v1alpha1.ClusterConnection{}
	if err := c.Get(t.Context(), client.ObjectKey{Name: "shared"}, conn); err != nil {
		t.Fatal(err)
	}
	conn.Spec.AllowedNamespaces = named("bank")
	if err := c.Update(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	if s, _ := r.Resolve(t.Context(), "shop", byCluster); s != nil {
		t.Error("still allowed, with a session that is older than the change")
	}
}

func TestResolveServesTheConnectionAsItIs(t *testing.T) {
	opened := func() *session.Session { return &session.Session{Ref: shopDefault, UID: "c1", Generation: 2} }
	tests := []struct {
		name   string
		change func(*v1alpha1.Connection)
		want   outcome.Outcome
	}{
		{"the connection that the session was opened for is served", func(*v1alpha1.Connection) {}, outcome.Continue()},
		{
			"one that was suspended since is not", func(c *v1alpha1.Connection) { c.Spec.Suspend, c.Generation = true, 3 },
			outcome.Wait(v1alpha1.ReasonSuspended, `Connection "default" is suspended`, 0),
		},
		{"one whose spec has changed since is not", func(c *v1alpha1.Connection) { c.Generation = 3 }, outcome.Hold(0)},
		{"another one of the same name is not", func(c *v1alpha1.Connection) { c.UID = "c2" }, outcome.Hold(0)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			conn := connection(isReady)
			conn.UID, conn.Generation = "c1", 2
			tt.change(conn)
			r := &session.Resolver{Reader: fake.NewClientBuilder().WithScheme(scheme(t)).WithObjects(conn).Build(), Registry: &session.Registry{}}
			r.Registry.Put(opened())
			s, got := r.Resolve(t.Context(), "shop", byDefault)
			if diff := cmp.Diff(tt.want, got, same()); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
			if (s != nil) != tt.want.IsContinue() {
				t.Errorf("session %v", s)
			}
		})
	}
}

func TestResolveKnowsThatAConnectionIsSuspendedWithoutASession(t *testing.T) {
	conn := connection(v1alpha1.ConnectionStatus{})
	conn.Spec.Suspend = true
	r := &session.Resolver{Reader: fake.NewClientBuilder().WithScheme(scheme(t)).WithObjects(conn).Build(), Registry: &session.Registry{}}
	_, got := r.Resolve(t.Context(), "shop", byDefault)
	if diff := cmp.Diff(outcome.Wait(v1alpha1.ReasonSuspended, `Connection "default" is suspended`, 0), got, same()); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
}

func TestResolveRetriesWhenTheAPIServerFails(t *testing.T) {
	down := errors.New("etcd is down")
	tests := []struct {
		name  string
		ref   v1alpha1.ConnectionReference
		fails func(client.Object) bool
	}{
		{"to read a Connection", byDefault, func(o client.Object) bool { _, is := o.(*v1alpha1.Connection); return is }},
		{"to read a ClusterConnection", byCluster, func(o client.Object) bool { _, is := o.(*v1alpha1.ClusterConnection); return is }},
		{"to read a Namespace", byCluster, func(o client.Object) bool { _, is := o.(*corev1.Namespace); return is }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := fake.NewClientBuilder().WithScheme(scheme(t)).WithObjects(clusterConnection(selected(metav1.LabelSelector{})))
			c.WithInterceptorFuncs(interceptor.Funcs{
				Get: func(ctx context.Context, next client.WithWatch, key client.ObjectKey, obj client.Object, opts ...client.GetOption) error {
					if tt.fails(obj) {
						return down
					}
					return next.Get(ctx, key, obj, opts...)
				},
			})
			r := &session.Resolver{Reader: c.Build(), Registry: &session.Registry{}}
			if _, got := r.Resolve(t.Context(), "shop", tt.ref); !errors.Is(got.Err(), down) {
				t.Errorf("error %v, want %v", got.Err(), down)
			}
		})
	}
}
