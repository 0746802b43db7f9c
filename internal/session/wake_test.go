package session_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/session"
)

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// started is the queue of a controller that watches a source.
func started(t *testing.T, s source.Source) queue {
	t.Helper()
	q := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[reconcile.Request]())
	t.Cleanup(q.ShutDown)
	if err := s.Start(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	return q
}

// drain returns what is in the queue, in the order of names.
func drain(q queue) []string {
	var names []string
	for q.Len() > 0 {
		names = append(names, next(q))
	}
	slices.SortFunc(names, cmp.Compare[string])
	return names
}

// next waits for a request.
func next(q queue) string {
	req, _ := q.Get()
	q.Done(req)
	return req.String()
}

// woken wakes the connection "last", whose one object is "shop/last", and returns the requests that come before that.
func woken(r *session.Registry, q queue) []string {
	r.Wake(lastOfAll)
	var names []string
	for name := next(q); name != "shop/last"; name = next(q) {
		names = append(names, name)
	}
	slices.SortFunc(names, cmp.Compare[string])
	return names
}

var lastOfAll = session.Ref{Kind: v1alpha1.ConnectionKindNamespaced, Namespace: "shop", Name: "last"}

// byConnection is the index over connections, for the fake client.
func byConnection(o client.Object) []string {
	return []string{session.IndexValue(o.(*v1alpha1.ImageAnalysis).Spec.ConnectionRef)}
}

func analysis(namespace, name string, ref v1alpha1.ConnectionReference, conditions ...metav1.Condition) *v1alpha1.ImageAnalysis {
	ia := &v1alpha1.ImageAnalysis{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Generation: 1}}
	ia.Spec.ConnectionRef, ia.Status.Conditions = ref, conditions
	return ia
}

func TestWakes(t *testing.T) {
	truth := func(kind string) metav1.Condition {
		return metav1.Condition{Type: kind, Status: metav1.ConditionTrue, ObservedGeneration: 1}
	}
	other := v1alpha1.ConnectionReference{Kind: v1alpha1.ConnectionKindNamespaced, Name: "other"}
	last := v1alpha1.ConnectionReference{Kind: v1alpha1.ConnectionKindNamespaced, Name: "last"}
	c := fake.NewClientBuilder().WithScheme(scheme(t)).WithIndex(&v1alpha1.ImageAnalysis{}, session.Index, byConnection).
		WithObjects(
			analysis("shop", "untouched", byDefault),
			analysis("shop", "waiting", byDefault, truth(v1alpha1.ConditionReconciling)),
			analysis("shop", "finished", byDefault, truth(v1alpha1.ConditionReady)),
			analysis("shop", "stalled", byDefault, truth(v1alpha1.ConditionStalled)),
			analysis("shop", "elsewhere", other),
			analysis("bank", "untouched", byDefault),
			analysis("shop", "shared", byCluster),
			analysis("bank", "shared", byCluster),
			analysis("shop", "last", last),
		).Build()
	var r session.Registry
	q := started(t, r.Wakes(c, func() client.ObjectList { return &v1alpha1.ImageAnalysisList{} }))
	if got := woken(&r, q); got != nil {
		t.Errorf("woken before a session opened: %v", got)
	}
	tests := []struct {
		name string
		ref  session.Ref
		want []string
	}{
		{"a Connection wakes the open objects of its namespace that refer to it", shopDefault, []string{"shop/untouched", "shop/waiting"}},
		{"a ClusterConnection wakes those of all namespaces", shared, []string{"bank/shared", "shop/shared"}},
		{"a connection that nobody uses wakes nobody", session.Ref{Kind: v1alpha1.ConnectionKindCluster, Name: "default"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r.Put(&session.Session{Ref: tt.ref})
			if diff := gocmp.Diff(tt.want, woken(&r, q)); diff != "" {
				t.Errorf("woken (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWakesSurvivesAFailedList(t *testing.T) {
	lists := 0
	c := fake.NewClientBuilder().WithScheme(scheme(t)).WithIndex(&v1alpha1.ImageAnalysis{}, session.Index, byConnection).
		WithObjects(analysis("shop", "waiting", byDefault)).
		WithInterceptorFuncs(interceptor.Funcs{
			List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, o ...client.ListOption) error {
				if lists++; lists == 1 {
					return errors.New("etcd is down")
				}
				return c.List(ctx, list, o...)
			},
		}).Build()
	var r session.Registry
	q := started(t, r.Wakes(c, func() client.ObjectList { return &v1alpha1.ImageAnalysisList{} }))
	r.Wake(shared)
	r.Wake(shopDefault)
	if got := next(q); got != "shop/waiting" {
		t.Errorf("woken: %s", got)
	}
}

func TestWakesListsOnceForAllThatCameMeanwhile(t *testing.T) {
	begun, goOn := make(chan struct{}, 100), make(chan struct{})
	c := fake.NewClientBuilder().WithScheme(scheme(t)).WithIndex(&v1alpha1.ImageAnalysis{}, session.Index, byConnection).
		WithObjects(analysis("shop", "last", v1alpha1.ConnectionReference{Kind: v1alpha1.ConnectionKindNamespaced, Name: "last"})).
		WithInterceptorFuncs(interceptor.Funcs{
			List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, o ...client.ListOption) error {
				begun <- struct{}{}
				<-goOn
				return c.List(ctx, list, o...)
			},
		}).Build()
	var r session.Registry
	q := started(t, r.Wakes(c, func() client.ObjectList { return &v1alpha1.ImageAnalysisList{} }))
	r.Wake(shopDefault)
	<-begun
	for range 50 { // Nobody who wakes waits for the list that is being made.
		r.Wake(shopDefault)
	}
	close(goOn)
	<-begun
	woken(&r, q)
	if <-begun; len(begun) > 0 {
		t.Errorf("%d lists more than one for the first, one for all others, and that of the last connection", len(begun))
	}
}

func TestChanges(t *testing.T) {
	var r session.Registry
	namespaced := started(t, r.Changes(v1alpha1.ConnectionKindNamespaced))
	cluster := started(t, r.Changes(v1alpha1.ConnectionKindCluster))
	r.Note(shopDefault, 0)
	s := &session.Session{Ref: shared}
	r.Put(s)
	s.Heed(refused)
	if diff := gocmp.Diff([]string{"shop/default"}, drain(namespaced)); diff != "" {
		t.Errorf("the controller of Connection was told (-want +got):\n%s", diff)
	}
	if diff := gocmp.Diff([]string{"/shared"}, drain(cluster)); diff != "" {
		t.Errorf("the controller of ClusterConnection was told (-want +got):\n%s", diff)
	}
}
