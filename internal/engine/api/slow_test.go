package api

import (
	"errors"
	"testing"
	"time"

	"github.com/ais-operator/ais-operator/internal/hostile"
)

func TestNobodyIsWaitedForWithoutEnd(t *testing.T) {
	for _, s := range hostile.Servers() {
		t.Run(s.Name, func(t *testing.T) {
			f := newFetcher(loopback)
			if s.Slow {
				f.deadline = 100 * time.Millisecond
			}
			target := s.Start(t)
			var err error
			// What is announced may be allocated, else the largest picture, and little else.
			if n := allocated(func() { _, err = f.get(t.Context(), target) }); n > maxDownload+3<<20 {
				t.Errorf("%d bytes were allocated", n)
			}
			if got, ok := errors.AsType[*Error](err); !ok || got.Code != codeDownload {
				t.Errorf("error %v, want %s", err, codeDownload)
			}
		})
	}
}
