package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/internal/engine/iam"
	"github.com/ais-operator/ais-operator/internal/obs"
)

// stage is all that runs during the demo.
type stage struct {
	options
	tell *teller
	fail context.CancelCauseFunc // ends the demo

	addresses addresses
	account   account
	accounts  *iam.File // the engine's, and those of the object storage
	logs      string    // directory
	temp      string    // directory that is removed

	config     *rest.Config
	k8s        client.WithWatch
	kubeconfig string // file
	engineURL  string
	storage    *obs.Client
	gallery    gallery

	mu        sync.Mutex
	processes []*process
	undo      []func() error // in the order of what they undo
}

// setUp starts everything; what depends on nothing else, at the same time.
func (s *stage) setUp(ctx context.Context) (err error) {
	s.account, s.logs = newAccount(), filepath.Join(s.out, "logs")
	if err := s.clearOutput(); err != nil {
		return err
	}
	if s.temp, err = os.MkdirTemp("", "ais-demo-"); err != nil {
		return err
	}
	s.onTearDown(func() error { return os.RemoveAll(s.temp) })

	g, starting := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := s.startControlPlane(starting); err != nil {
			return err
		}
		if err := s.openAccounts(starting); err != nil { // They trust the control plane.
			return err
		}
		if err := s.startStore(starting); err != nil {
			return err
		}
		return s.startEngine(starting)
	})
	g.Go(func() error { return s.renderPictures(starting) })
	if err := g.Wait(); err != nil {
		return err
	}
	if err := s.hangPictures(ctx); err != nil {
		return err
	}
	return s.startManager(ctx)
}

// clearOutput makes the directories and takes away what an earlier run has found, so that nobody reads it as this one's.
func (s *stage) clearOutput() error {
	if err := os.MkdirAll(s.logs, 0o755); err != nil {
		return err
	}
	for _, name := range []string{pageFile, resultsFile} {
		if err := os.Remove(filepath.Join(s.out, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (s *stage) onTearDown(undo func() error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.undo = append(s.undo, undo)
}

// run starts a process that tearDown ends.
func (s *stage) run(ctx context.Context, name, path string, env []string, args ...string) (*process, error) {
	p, err := startProcess(ctx, s.fail, s.logs, name, path, env, args...)
	if err != nil {
		return nil, err
	}
	s.onTearDown(p.stop)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.processes = append(s.processes, p)
	return p, nil
}

// tearDown ends everything, the last first.
func (s *stage) tearDown() error {
	s.mu.Lock()
	undo := slices.Clone(s.undo)
	s.undo = nil
	s.mu.Unlock()
	var errs []error
	for _, u := range slices.Backward(undo) {
		errs = append(errs, u())
	}
	return errors.Join(errs...)
}

// explain adds to an error what may have caused it: why the demo was ended, and the ends of the logs.
func (s *stage) explain(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if errors.Is(err, context.Canceled) {
		return errors.New("interrupted")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.processes {
		err = fmt.Errorf("%w\n\nthe end of %s:\n%s", err, p.log, p.tail())
	}
	return err
}
