package dehaze_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/ais-operator/ais-operator/internal/engine/dehaze"
)

// fading is a context that is cancelled when it has been looked at often enough.
type fading struct {
	context.Context
	looks atomic.Int32
}

func (f *fading) Err() error {
	if f.looks.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

func TestCancellationIsNoticedInEveryPhase(t *testing.T) {
	img := scene(12, 70)
	for looks := int32(0); ; looks++ {
		ctx := &fading{Context: t.Context()}
		ctx.looks.Store(looks)
		out, err := dehaze.Dehaze(ctx, img, natural)
		if err == nil {
			if looks < 20 {
				t.Errorf("the context was looked at %d times only", looks)
			}
			return
		}
		if !errors.Is(err, context.Canceled) || out != nil {
			t.Fatalf("cancelled at look %d: %v, %v", looks, out, err)
		}
	}
}
