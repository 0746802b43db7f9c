package main

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// drain creates objects whose connection lacks its Secret, and measures from the Secret's creation to the last Ready. Then the objects are applied
// again, relabelled, and met by a new manager: none of it may be billed.
func (b *bench) drain(ctx context.Context) error {
	const ns = "drain"
	if err := b.hoard(ctx, ns); err != nil {
		return err
	}
	before, err := b.writes(ctx)
	if err != nil {
		return err
	}
	u, err := b.spent(ctx, "drain", func() (time.Time, error) {
		if err := b.release(ctx, ns); err != nil {
			return time.Time{}, err
		}
		return b.waitReady(ctx, &v1alpha1.ImageAnalysisList{}, ns, b.objects)
	})
	if err != nil {
		return err
	}
	t, after, err := b.quiet(ctx)
	if err != nil {
		return err
	}
	n := float64(b.objects)
	d := after.since(before)
	b.add(
		figure{
			Name:  fmt.Sprintf("drain of %d objects over the ideal N·L/C", b.objects),
			Value: u.wall.Seconds() / b.ideal(b.objects).Seconds(), Target: new(1.05), Unit: "times",
			Note: fmt.Sprintf("%.2f s from the Secret's creation to the last Ready; known elsewhere: 7.8", u.wall.Seconds()),
		},
		figure{
			Name:  "API writes per ImageAnalysis, from the release on",
			Value: float64(d[analysesResource]) / n, Target: new(2.0), Unit: "writes", Note: "known elsewhere: about 9",
		},
		figure{Name: "events per ImageAnalysis, from the release on", Value: float64(d[eventsResource]) / n, Unit: "writes"},
		figure{
			Name:  "operator CPU per ImageAnalysis, from the release on",
			Value: milliseconds(u.cpu) / n, Target: new(3.0), Unit: "ms", Note: "known elsewhere: 18 to 47",
		},
		figure{
			Name:  "ImageTagging calls in flight at the remote, at most",
			Value: float64(t.Peak[opTagging+"/"+project]), Target: new(float64(b.concurrency)), Unit: "calls",
		},
	)
	return b.repeat(ctx, ns, after)
}

// hoard creates objects that wait for their connection.
func (b *bench) hoard(ctx context.Context, ns string) error {
	if err := b.namespace(ctx, ns); err != nil {
		return err
	}
	if err := b.connect(ctx, ns, accessKey()); err != nil {
		return err
	}
	if err := b.startManager(ctx); err != nil {
		return err
	}
	if err := b.createAnalyses(ctx, ns, b.objects); err != nil {
		return err
	}
	if _, _, err := b.quiet(ctx); err != nil {
		return err
	}
	_, err := b.remote.command(ctx, reset)
	return err
}

// apply applies an object as kubectl apply --server-side does.
func (b *bench) apply(ctx context.Context, ia *v1alpha1.ImageAnalysis) error {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(ia)
	if err != nil {
		return err
	}
	delete(content, "status")
	u := &unstructured.Unstructured{Object: content}
	u.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("ImageAnalysis"))
	return b.k8s.Apply(ctx, client.ApplyConfigurationFromUnstructured(u), client.FieldOwner("bench"), client.ForceOwnership)
}

// repeat does to finished objects what must cost nothing.
func (b *bench) repeat(ctx context.Context, ns string, before writes) error {
	err := each(ctx, b.objects, func(ctx context.Context, i int) error {
		return b.apply(ctx, b.analysis(ns, name(i), b.remote.picture(small, i)))
	})
	if err != nil {
		return fmt.Errorf("apply again: %w", err)
	}
	label := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":{"bench":"relabelled"}}}`))
	err = each(ctx, b.objects, func(ctx context.Context, i int) error {
		return b.k8s.Patch(ctx, b.analysis(ns, name(i), ""), label)
	})
	if err != nil {
		return fmt.Errorf("relabel: %w", err)
	}
	if err := b.startManager(ctx); err != nil {
		return err
	}
	if err := b.probe(ctx); err != nil {
		return err
	}
	if err := pause(ctx, b.settleTime()); err != nil {
		return err
	}
	t, after, err := b.quiet(ctx)
	if err != nil {
		return err
	}
	n, own := float64(b.objects), 2*b.objects
	b.add(
		figure{
			Name: "billed calls per finished object: drain, re-apply, relabel, restart", Value: float64(t.tagged()) / n, Target: new(1.0),
			Unit: "calls", Note: "known elsewhere: 4.70 with 100 workers",
		},
		figure{
			Name:  "API writes per finished object: re-apply, relabel, restart",
			Value: float64(after.since(before)[analysesResource]-own) / n, Target: new(0.0), Unit: "writes",
		},
	)
	return nil
}
