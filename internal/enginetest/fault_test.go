package enginetest_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/internal/enginetest"
)

func TestAWitnessIsToldBeforeTheClient(t *testing.T) {
	arrived := func(f func()) enginetest.Effect { return enginetest.Then(f, enginetest.ResetBefore()) }
	cases := []struct {
		name   string
		effect func(func()) enginetest.Effect
		billed int
	}{
		{"that the request arrived", arrived, 0},
		{"that the request was served", enginetest.Served, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			srv := enginetest.Start(t, enginetest.Options{})
			call := newCaller(t, srv)
			told := make(chan struct{}, 1)
			srv.Add(enginetest.Fault{Do: c.effect(func() { told <- struct{}{} })})
			call.call(t.Context(), "")
			select {
			case <-told:
			default:
				t.Error("the client knew before the witness")
			}
			if srv.Billed() != c.billed {
				t.Errorf("%d calls are billed, want %d", srv.Billed(), c.billed)
			}
		})
	}
}

func TestABodyThatPausesIsLeft(t *testing.T) {
	srv := enginetest.Start(t, enginetest.Options{})
	c := newCaller(t, srv)
	srv.Add(enginetest.Fault{Do: enginetest.SlowBody(time.Hour)})
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if got := c.call(ctx, ""); got.status != 200 || got.body == "" || !errors.Is(got.err, context.DeadlineExceeded) {
		t.Errorf("the client saw %+v, want half of an answer", got)
	}
}

func TestAFaultThatDecides(t *testing.T) {
	srv := enginetest.Start(t, enginetest.Options{})
	c := newCaller(t, srv)
	srv.Add(enginetest.Fault{Times: enginetest.Always, Decide: func(op enginetest.Operation, r *http.Request, body []byte) enginetest.Effect {
		if op != enginetest.DarkEnhance || len(body) == 0 || r.Header.Get(enginetest.AttemptHeader) != "b" {
			return nil
		}
		return enginetest.ErrorCodeStatus(500, "AIS.0003")
	}}, enginetest.Fault{Nth: 2, Do: enginetest.Throttled("")})
	var got []int
	for _, id := range []string{"a", "b", "a"} {
		got = append(got, c.call(t.Context(), id).status)
	}
	if diff := cmp.Diff([]int{200, 500, 429}, got); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

func TestDisconnectBreaksOffWhatIsInFlight(t *testing.T) {
	srv := enginetest.Start(t, enginetest.Options{})
	c := newCaller(t, srv)
	gate := srv.Hold("")
	done := make(chan answer, 1)
	go func() { done <- c.call(t.Context(), "") }()
	if err := gate.Await(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	srv.Disconnect()
	if got := <-done; got.err == nil {
		t.Errorf("the client saw %+v", got)
	}
	gate.Release()
	if got := c.call(t.Context(), ""); got.status != 200 || srv.Billed() != 1 {
		t.Errorf("afterwards: answered %+v, %d billed", got, srv.Billed())
	}
}
