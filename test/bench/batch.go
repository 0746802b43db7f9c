package main

import (
	"context"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// analyses measures the whole life of objects whose connection is Ready when they are created.
func (b *bench) analyses(ctx context.Context) error {
	const ns = "analyses"
	return b.batchOf(ctx, ns, batch{
		kind: "ImageAnalysis", resource: analysesResource, list: &v1alpha1.ImageAnalysisList{},
		create: func(ctx context.Context, i int) error {
			return b.k8s.Create(ctx, b.analysis(ns, name(i), b.remote.picture(small, i)))
		},
	})
}

// jobs measures the same of objects whose results go to the object storage.
func (b *bench) jobs(ctx context.Context) error {
	const ns = "jobs"
	return b.batchOf(ctx, ns, batch{
		kind: "EnhancementJob", resource: jobsResource, list: &v1alpha1.EnhancementJobList{}, op: opDarkEnhance,
		create: func(ctx context.Context, i int) error {
			return b.k8s.Create(ctx, b.job(ns, name(i), b.remote.picture(small, i)))
		},
	})
}

// batch is objects of one kind.
type batch struct {
	kind, resource string
	list           client.ObjectList
	op             string // whose calls in flight are shown, if not shown elsewhere
	create         func(context.Context, int) error
}

func (b *bench) batchOf(ctx context.Context, ns string, x batch) error {
	if err := b.ready(ctx, ns); err != nil {
		return err
	}
	_, before, err := b.quiet(ctx)
	if err != nil {
		return err
	}
	if _, err := b.remote.command(ctx, reset); err != nil {
		return err
	}
	u, err := b.spent(ctx, ns, func() (time.Time, error) {
		if err := each(ctx, b.batch, x.create); err != nil {
			return time.Time{}, err
		}
		return b.waitReady(ctx, x.list, ns, b.batch)
	})
	if err != nil {
		return err
	}
	t, after, err := b.quiet(ctx)
	if err != nil {
		return err
	}
	n := float64(b.batch)
	written := float64(after.since(before)[x.resource] - b.batch)
	b.add(
		figure{Name: "API writes per " + x.kind + ", whole life", Value: written / n, Target: new(2.0), Unit: "writes", Note: "known elsewhere: about 9"},
		figure{Name: "operator CPU per " + x.kind + ", whole life", Value: milliseconds(u.cpu) / n, Target: new(3.0), Unit: "ms"},
		figure{Name: "billed calls per " + x.kind, Value: float64(t.billed()) / n, Target: new(1.0), Unit: "calls"},
	)
	if x.op != "" {
		b.add(figure{
			Name: x.op + " calls in flight at the remote, at most", Value: float64(t.Peak[x.op]), Target: new(float64(b.concurrency)), Unit: "calls",
		})
	}
	return nil
}

// usage is what the manager used while something went on.
type usage struct{ wall, cpu time.Duration }

// spent measures f, which returns when what is measured ended.
func (b *bench) spent(ctx context.Context, profile string, f func() (time.Time, error)) (u usage, err error) {
	err = b.profiled(ctx, profile, func() error {
		before, err := b.manager.cpu()
		if err != nil {
			return err
		}
		started := time.Now()
		ended, err := f()
		if err != nil {
			return err
		}
		after, err := b.manager.cpu()
		u = usage{wall: ended.Sub(started), cpu: after - before}
		return err
	})
	return u, err
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1e3 }
