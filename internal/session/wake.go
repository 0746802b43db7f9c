package session

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/outcome"
)

// Index is the name of the index over the connections that objects refer to.
const Index = "connection"

// IndexValue is what an object with this reference has in the index.
func IndexValue(r v1alpha1.ConnectionReference) string { return string(r.Kind) + "/" + r.Name }

// Users selects the objects that refer to the connection.
func (r Ref) Users() []client.ListOption {
	return []client.ListOption{
		client.InNamespace(r.Namespace),
		client.MatchingFields{Index: IndexValue(v1alpha1.ConnectionReference{Kind: r.Kind, Name: r.Name})},
	}
}

// Wakes is a source of requests for the objects that wait for a connection, whenever it is woken. newList makes a list of their kind. A connection may
// have ten thousand objects and be woken by any call that ends: its objects are listed in one goroutine, and once for all that came while it was busy.
func (r *Registry) Wakes(reader client.Reader, newList func() client.ObjectList) source.Source {
	return source.Func(func(ctx context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
		woken := workqueue.NewTyped[Ref]()
		context.AfterFunc(ctx, woken.ShutDown)
		r.OnWake(woken.Add)
		go func() {
			for {
				ref, stopped := woken.Get()
				if stopped {
					return
				}
				if err := addOpen(ctx, reader, newList(), ref, queue); err != nil {
					log.FromContext(ctx).Error(err, "list the objects that wait for a connection", "connection", ref.String())
				}
				woken.Done(ref)
			}
		}()
		return nil
	})
}

// addOpen has the objects of a connection reconciled that are not finished.
func addOpen(
	ctx context.Context, reader client.Reader, list client.ObjectList, ref Ref, queue workqueue.TypedRateLimitingInterface[reconcile.Request],
) error {
	if err := reader.List(ctx, list, append(ref.Users(), client.UnsafeDisableDeepCopy)...); err != nil {
		return err
	}
	return meta.EachListItem(list, func(item runtime.Object) error {
		if obj, ok := item.(outcome.Object); ok && outcome.IsOpen(obj) {
			queue.Add(reconcile.Request{NamespacedName: client.ObjectKeyFromObject(obj)})
		}
		return nil
	})
}

// Changes is a source of requests for connections that there is something to write down about.
func (r *Registry) Changes(kind v1alpha1.ConnectionKind) source.Source {
	return source.Func(func(_ context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
		r.OnChange(func(ref Ref, after time.Duration) {
			if ref.Kind == kind {
				queue.AddAfter(reconcile.Request{NamespacedName: client.ObjectKey{Namespace: ref.Namespace, Name: ref.Name}}, after)
			}
		})
		return nil
	})
}
