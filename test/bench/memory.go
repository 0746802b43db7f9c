package main

import (
	"context"
	"fmt"
	"time"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// memory measures an idle manager and what pictures in flight add to it. The cache is empty, so that no free heap hides them.
func (b *bench) memory(ctx context.Context) error {
	const ns = "memory"
	if err := b.ready(ctx, ns); err != nil {
		return err
	}
	// One object before, so that what is loaded and allocated once is there.
	if err := b.createAnalyses(ctx, ns, 1); err != nil {
		return err
	}
	if _, err := b.waitReady(ctx, &v1alpha1.ImageAnalysisList{}, ns, 1); err != nil {
		return err
	}
	if err := b.profiled(ctx, "idle", func() error { return pause(ctx, b.settleTime()) }); err != nil {
		return err
	}
	idle, err := b.manager.memory(resident)
	if err != nil {
		return err
	}
	heap, err := b.manager.memory(anonymous)
	if err != nil {
		return err
	}
	b.add(
		figure{Name: "memory: idle manager", Value: megabytes(idle), Target: new(40.0), Unit: "MB", Note: "resident, pages of the binary included"},
		figure{Name: "memory: idle manager, without the pages of its binary", Value: megabytes(heap), Unit: "MB"},
	)
	return b.largePictures(ctx, ns, idle)
}

// mostHeld pictures need less than the manager's --picture-memory.
const mostHeld = 10

// largePictures has pictures sent that are as large as the service takes them, as many at once as may be.
func (b *bench) largePictures(ctx context.Context, ns string, idle int64) error {
	if _, err := b.remote.command(ctx, hold); err != nil {
		return err
	}
	n := min(b.concurrency, mostHeld)
	err := each(ctx, n, func(ctx context.Context, i int) error {
		return b.k8s.Create(ctx, b.analysis(ns, fmt.Sprintf("large-%d", i), b.remote.picture(large, i)))
	})
	if err != nil {
		return err
	}
	peak, err := b.peakUntilHeld(ctx, n)
	if err != nil {
		return err
	}
	b.add(figure{
		Name:  "memory: a picture of 7.5 MiB in flight",
		Value: megabytes(peak-idle) / float64(n), Target: new(16.0), Unit: "MB",
		Note: fmt.Sprintf("peak of resident memory while %d are sent and held, over idle", n),
	})
	if _, err := b.remote.command(ctx, release); err != nil {
		return err
	}
	_, err = b.waitReady(ctx, &v1alpha1.ImageAnalysisList{}, ns, 1+n)
	return err
}

// peakUntilHeld samples the manager's memory until the remote holds n calls.
func (b *bench) peakUntilHeld(ctx context.Context, n int) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var peak int64
	for {
		now, err := b.manager.memory(resident)
		if err != nil {
			return 0, err
		}
		peak = max(peak, now)
		t, err := b.remote.command(ctx, read)
		if err != nil {
			return 0, err
		}
		if t.Held == n {
			return peak, nil
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return 0, fmt.Errorf("the remote holds %d of %d calls: %w", t.Held, n, err)
		}
	}
}

func megabytes(n int64) float64 { return float64(n) / 1e6 }
