package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apiwatch "k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// refresh is how often a table on a terminal is drawn anew, if only for the ages.
const refresh = 250 * time.Millisecond

// watch shows how the objects fare until all have ended or the time is up, and returns what has become of them, in the samples' order.
func (s *stage) watch(ctx context.Context, samples []sample) ([]row, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	updates, err := s.updates(ctx)
	if err != nil {
		return nil, err
	}
	t := newTable(os.Stdout, s.tell)
	for _, x := range samples {
		if x.isOurs() {
			t.await(key{x.object.GetKind(), x.object.GetNamespace(), x.object.GetName()})
		}
	}
	patience, tick := time.NewTimer(s.timeout), time.NewTicker(refresh)
	defer patience.Stop()
	defer tick.Stop()
	for !t.ended() {
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-patience.C:
			s.tell.say("the time is up; -timeout gives more")
			return t.list(), nil
		case r := <-updates:
			t.update(r)
		case <-tick.C:
			t.draw()
		}
	}
	t.draw()
	return t.list(), nil
}

// updates are the states of all objects from now on, the present ones first.
func (s *stage) updates(ctx context.Context) (<-chan row, error) {
	updates := make(chan row)
	for _, list := range []client.ObjectList{
		&v1alpha1.ConnectionList{}, &v1alpha1.ClusterConnectionList{}, &v1alpha1.ImageAnalysisList{}, &v1alpha1.EnhancementJobList{},
	} {
		w, err := s.k8s.Watch(ctx, list)
		if err != nil {
			return nil, fmt.Errorf("watch the objects: %w", err)
		}
		go func() {
			defer w.Stop()
			err := forward(ctx, w.ResultChan(), updates)
			if ctx.Err() == nil {
				s.fail(err)
			}
		}()
	}
	return updates, nil
}

// forward goes on until the watch or the context ends.
func forward(ctx context.Context, events <-chan apiwatch.Event, updates chan<- row) error {
	for e := range events {
		if e.Type == apiwatch.Error {
			return apierrors.FromObject(e.Object)
		}
		o, ok := e.Object.(object)
		if !ok {
			continue
		}
		select {
		case updates <- rowOf(o):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return errors.New("the API server ended a watch")
}
