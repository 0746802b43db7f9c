package main

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/features"
	"k8s.io/client-go/rest"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// cacheOptions keep memory and the time of a start small.
func cacheOptions(config *rest.Config) (cache.Options, error) {
	config = rest.CopyConfig(config)
	config.Wrap(newReadAhead)
	httpClient, err := rest.HTTPClientFor(config)
	if err != nil {
		return cache.Options{}, fmt.Errorf("client of the caches: %w", err)
	}
	return cache.Options{HTTPClient: httpClient, DefaultTransform: compact, NewInformer: newPagedInformer}, nil
}

// newPagedInformer reads the first list page by page, and makes each page compact before it reads the next. Ten thousand objects in one answer are 30 MB,
// which the client holds several times while it reads them.
func newPagedInformer(lw toolscache.ListerWatcher, obj runtime.Object, resync time.Duration, indexers toolscache.Indexers) toolscache.SharedIndexInformer {
	if listWatch, ok := lw.(*toolscache.ListWatch); ok && listWatch.ListWithContextFunc != nil {
		list := listWatch.ListWithContextFunc
		listWatch.ListWithContextFunc = func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			if o.ResourceVersion == "0" {
				o.ResourceVersion = "" // With 0 the API server takes no notice of the limit.
			}
			page, err := list(ctx, o)
			if err != nil {
				return nil, err
			}
			return compactList(page)
		}
	}
	return toolscache.NewSharedIndexInformer(lw, obj, resync, indexers)
}

func compactList(list runtime.Object) (runtime.Object, error) {
	items, err := meta.ExtractList(list)
	if err != nil {
		return nil, err
	}
	for i := range items {
		if items[i], err = compacted(items[i]); err != nil {
			return nil, err
		}
	}
	return list, meta.SetList(list, items)
}

// compact is the transform of the caches. What comes in a page of a list is compact already.
func compact(in any) (any, error) {
	obj, ok := in.(client.Object)
	if !ok || obj.GetManagedFields() == nil {
		return in, nil
	}
	return compacted(obj)
}

// compacted drops what nobody reads. The copy is as large as its content, where the slices and strings of a decoded object have room to spare: that is a
// quarter of an object's memory.
func compacted(obj runtime.Object) (runtime.Object, error) {
	o, err := meta.Accessor(obj)
	if err != nil {
		return nil, err
	}
	o.SetManagedFields(nil)
	return obj.DeepCopyObject(), nil
}

// giveBack returns to the kernel what reading the first lists took, which is the most that an idle manager ever needs.
func giveBack(ctx context.Context, c cache.Cache) error {
	if c.WaitForCacheSync(ctx) {
		debug.FreeOSMemory()
	}
	return nil
}

// listedGates turn the streamed form of the first list off. It decodes every object several times: a restart with 10,000 finished objects takes twice the
// CPU with it.
type listedGates struct{ features.Gates }

// Enabled implements features.Gates.
func (g listedGates) Enabled(f features.Feature) bool {
	return f != features.WatchListClient && g.Gates.Enabled(f)
}
