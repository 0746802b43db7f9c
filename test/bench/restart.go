package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ledger"
)

// templates is how many objects are finished by the manager before the others are made after them.
const templates = 10

// restart starts a manager among finished objects and one that is new.
func (b *bench) restart(ctx context.Context) error {
	const ns = "restart"
	if err := b.ready(ctx, ns); err != nil {
		return err
	}
	if err := b.createAnalyses(ctx, ns, templates); err != nil {
		return err
	}
	if _, err := b.waitReady(ctx, &v1alpha1.ImageAnalysisList{}, ns, templates); err != nil {
		return err
	}
	few, err := b.memoryAfterStart(ctx, "restart-few", 0)
	if err != nil {
		return err
	}
	if err := b.stopManager(); err != nil {
		return err
	}
	if err := b.finish(ctx, ns, templates, b.finished); err != nil {
		return err
	}
	if err := b.k8s.Create(ctx, b.analysis(ns, "new", b.remote.picture(small, b.finished))); err != nil {
		return err
	}
	// The API server may count a request only after it has answered it.
	_, before, err := b.quiet(ctx)
	if err != nil {
		return err
	}
	many, err := b.memoryAfterStart(ctx, "restart", 1)
	if err != nil {
		return err
	}
	return b.restarted(ctx, ns, before, many-few)
}

// memoryAfterStart starts a manager and waits until it has made that many calls and is quiet.
func (b *bench) memoryAfterStart(ctx context.Context, profile string, calls int) (bytes int64, err error) {
	if _, err := b.remote.command(ctx, reset); err != nil {
		return 0, err
	}
	if err := b.startManager(ctx); err != nil {
		return 0, err
	}
	err = b.profiled(ctx, profile, func() error {
		if err := b.waitCalled(ctx, calls); err != nil {
			return err
		}
		if err := pause(ctx, b.settleTime()); err != nil {
			return err
		}
		if _, _, err := b.quiet(ctx); err != nil {
			return err
		}
		bytes, err = b.manager.memory(resident)
		return err
	})
	return bytes, err
}

// waitCalled waits until the manager has made n calls. It asks the remote, which costs next to nothing beside a manager that is busy.
func (b *bench) waitCalled(ctx context.Context, n int) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		t, err := b.remote.command(ctx, read)
		if err != nil {
			return err
		}
		if t.billed() >= n {
			return nil
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return fmt.Errorf("%d of %d calls were made: %w", t.billed(), n, err)
		}
	}
}

// restarted adds the figures of a manager that has been started and come to rest.
func (b *bench) restarted(ctx context.Context, ns string, before writes, grown int64) error {
	if _, err := b.waitReady(ctx, &v1alpha1.ImageAnalysisList{}, ns, b.finished+1); err != nil {
		return err
	}
	t, after, err := b.quiet(ctx)
	if err != nil {
		return err
	}
	cpu, err := b.manager.cpu()
	if err != nil {
		return err
	}
	added := b.finished - templates
	const ofNew = 2 // claim and record
	about := fmt.Sprintf("restart with %d finished objects: ", b.finished)
	b.add(
		figure{Name: about + "calls for them", Value: float64(t.billed() - 1), Target: new(0.0), Unit: "calls"},
		figure{Name: about + "writes to them", Value: float64(after.since(before).objects() - ofNew), Target: new(0.0), Unit: "writes"},
		figure{
			Name: about + "a new object is called", Value: t.First.Sub(b.manager.started).Seconds(), Target: new(2.0), Unit: "s",
			Note: "after the start of the process",
		},
		figure{Name: about + "operator CPU until quiet", Value: cpu.Seconds(), Unit: "s"},
		figure{
			Name: "memory: a finished object", Value: float64(grown) / 1024 / float64(added), Target: new(8.0), Unit: "KiB",
			Note: fmt.Sprintf("resident, of %d more objects", added),
		},
	)
	return nil
}

// finish makes objects after one that the manager has finished, with ledgers of their own, so that there are n of them.
func (b *bench) finish(ctx context.Context, ns string, have, n int) error {
	template := &v1alpha1.ImageAnalysis{}
	if err := b.k8s.Get(ctx, client.ObjectKey{Namespace: ns, Name: name(0)}, template); err != nil {
		return err
	}
	// The ledger of a copy is only finished if this program computes hashes as the operator does.
	if err := checkHash(template); err != nil {
		return err
	}
	return each(ctx, n-have, func(ctx context.Context, i int) error {
		ia := b.analysis(ns, name(have+i), b.remote.picture(small, have+i))
		if err := b.k8s.Create(ctx, ia); err != nil {
			return err
		}
		template.Status.DeepCopyInto(&ia.Status)
		call := &ia.Status.Calls[0]
		call.SpecHash = specHash(ia)
		call.InputHash = ledger.InputHash(call.Operation, parameters, strconv.Itoa(have+i))
		call.FinishedTime = &metav1.Time{Time: time.Now()}
		return b.k8s.Status().Update(ctx, ia)
	})
}

// parameters are those of analysis, as the operator writes them for its hashes.
var parameters = map[string]string{"language": "en", "limit": "10"}

func specHash(ia *v1alpha1.ImageAnalysis) string {
	return ledger.SpecHash(v1alpha1.OperationImageTagging, parameters, ia.Spec.Image)
}

func checkHash(finished *v1alpha1.ImageAnalysis) error {
	calls := finished.Status.Calls
	if len(calls) != 1 || calls[0].State != v1alpha1.CallSucceeded {
		return fmt.Errorf("%s is not finished with one call: %+v", finished.Name, calls)
	}
	if got := specHash(finished); got != calls[0].SpecHash {
		return fmt.Errorf("the operator's hash of %s is %s, this program's %s: its parameters have changed", finished.Name, calls[0].SpecHash, got)
	}
	return nil
}
