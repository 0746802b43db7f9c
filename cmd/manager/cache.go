package main

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/features"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
)

// cacheOptions keep memory and the time of a start small.
func cacheOptions() cache.Options {
	return cache.Options{DefaultTransform: compact, NewInformer: newPagedInformer}
}

// newPagedInformer reads the first list page by page. Ten thousand objects in one answer are 30 MB, which the client holds several times while it reads them.
func newPagedInformer(lw toolscache.ListerWatcher, obj runtime.Object, resync time.Duration, indexers toolscache.Indexers) toolscache.SharedIndexInformer {
	if listWatch, ok := lw.(*toolscache.ListWatch); ok && listWatch.ListWithContextFunc != nil {
		list := listWatch.ListWithContextFunc
		listWatch.ListWithContextFunc = func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			if o.ResourceVersion == "0" {
				o.ResourceVersion = "" // With 0 the API server takes no notice of the limit.
			}
			return list(ctx, o)
		}
	}
	return toolscache.NewSharedIndexInformer(lw, obj, resync, indexers)
}

// compact drops what nobody reads. The copy is as large as its content, where the slices and strings of a decoded object have room to spare: that is a
// quarter of an object's memory.
func compact(in any) (any, error) {
	if obj, err := meta.Accessor(in); err == nil && obj.GetManagedFields() != nil {
		obj.SetManagedFields(nil)
	}
	if obj, ok := in.(runtime.Object); ok {
		return obj.DeepCopyObject(), nil
	}
	return in, nil
}

// listedGates turn the streamed form of the first list off. It decodes every object several times: a restart with 10,000 finished objects takes twice the
// CPU with it.
type listedGates struct{ features.Gates }

// Enabled implements features.Gates.
func (g listedGates) Enabled(f features.Feature) bool {
	return f != features.WatchListClient && g.Gates.Enabled(f)
}
