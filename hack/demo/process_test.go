package main

import (
	"context"
	"os"
	"strings"
	"testing"
)

func start(t *testing.T, script string) (*process, context.Context) {
	t.Helper()
	ctx, fail := context.WithCancelCause(t.Context())
	t.Cleanup(func() { fail(nil) })
	p, err := startProcess(ctx, fail, t.TempDir(), "sh", "/bin/sh", []string{"GREETING=hello"}, "-c", script)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
	return p, ctx
}

func TestAProcessThatEndsByItselfEndsTheDemo(t *testing.T) {
	p, ctx := start(t, "echo $GREETING; echo bye >&2; exit 3")
	<-ctx.Done()
	if got := context.Cause(ctx).Error(); got != "the sh ended by itself: exit status 3" {
		t.Errorf("the cause is %q", got)
	}
	if got := p.tail(); got != "hello\nbye" {
		t.Errorf("the log ends with %q", got)
	}
}

func TestAProcessThatIsStoppedDoesNot(t *testing.T) {
	p, ctx := start(t, "exec sleep 60")
	if err := p.stop(); err != nil {
		t.Error(err)
	}
	if ctx.Err() != nil {
		t.Errorf("the demo has ended: %v", context.Cause(ctx))
	}
}

func TestAProgramThatIsNotBuilt(t *testing.T) {
	_, err := startProcess(t.Context(), nil, t.TempDir(), "engine", t.TempDir()+"/engine", nil)
	if err == nil || !strings.Contains(err.Error(), "the engine is not built; run make demo") {
		t.Errorf("the error is %v", err)
	}
}

func TestLastLines(t *testing.T) {
	for text, want := range map[string]string{"": "", "a\n": "a", "a\nb\nc\n": "b\nc"} {
		if got := lastLines(text, 2); got != want {
			t.Errorf("the end of %q is %q, want %q", text, got, want)
		}
	}
}

func TestTearDownEndsTheLastFirst(t *testing.T) {
	s, order := &stage{}, ""
	for _, name := range []string{"a", "b", "c"} {
		s.onTearDown(func() error { order += name; return os.ErrExist })
	}
	if err := s.tearDown(); err == nil || strings.Count(err.Error(), os.ErrExist.Error()) != 3 {
		t.Errorf("the error is %v, want all three", err)
	}
	if err := s.tearDown(); order != "cba" || err != nil {
		t.Errorf("ended in the order %s, and again: %v", order, err)
	}
}
