package fft_test

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"testing"

	"github.com/ais-operator/ais-operator/internal/engine/fft"
)

func noise(n int) []complex128 {
	random := rand.New(rand.NewPCG(1, uint64(n)))
	x := make([]complex128, n)
	for i := range x {
		x[i] = complex(random.NormFloat64(), random.NormFloat64())
	}
	return x
}

// direct is the definition of the transform.
func direct(x []complex128) []complex128 {
	out := make([]complex128, len(x))
	for k := range out {
		for n, v := range x {
			out[k] += v * cmplx.Rect(1, -2*math.Pi*float64(k*n%len(x))/float64(len(x)))
		}
	}
	return out
}

func plan(t testing.TB, size int) *fft.Plan {
	t.Helper()
	p, err := fft.NewPlan(size)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func requireNear(t *testing.T, got, want []complex128, tolerance float64) {
	t.Helper()
	for i := range want {
		if cmplx.Abs(got[i]-want[i]) > tolerance {
			t.Fatalf("sample %d of %d: got %v, want %v", i, len(want), got[i], want[i])
		}
	}
}

func TestForwardEqualsTheDefinition(t *testing.T) {
	for size := 2; size <= 512; size *= 2 {
		x := noise(size)
		want := direct(x)
		plan(t, size).Forward(x)
		requireNear(t, x, want, 1e-10*float64(size))
	}
}

func TestForwardSquareIsTheTransposedTransformOfRowsAndColumns(t *testing.T) {
	for _, size := range []int{2, 8, 16, 64} {
		x := noise(size * size)
		want := make([]complex128, len(x))
		for row := range size {
			for u, v := range direct(x[row*size : (row+1)*size]) {
				want[u*size+row] = v
			}
		}
		for u := range size {
			copy(want[u*size:], direct(want[u*size:(u+1)*size]))
		}
		plan(t, size).ForwardSquare(x)
		requireNear(t, x, want, 1e-9*float64(size))
	}
}

func TestEnergyIsKept(t *testing.T) {
	const size = 256
	x := noise(size)
	energy := func() (sum float64) {
		for _, v := range x {
			sum += real(v)*real(v) + imag(v)*imag(v)
		}
		return sum
	}
	before := energy()
	plan(t, size).Forward(x)
	if after := energy() / size; math.Abs(after/before-1) > 1e-12 {
		t.Errorf("Parseval: energy %g became %g", before, after)
	}
}

func TestLengthsThatAreNoPowersOfTwoAreRefused(t *testing.T) {
	for _, size := range []int{-4, 0, 1, 3, 12, 255} {
		if _, err := fft.NewPlan(size); err == nil {
			t.Errorf("length %d was accepted", size)
		}
	}
	if got := plan(t, 64).Size(); got != 64 {
		t.Errorf("Size() = %d, want 64", got)
	}
}

func TestWrongNumbersOfSamplesPanic(t *testing.T) {
	p := plan(t, 8)
	for name, call := range map[string]func(){
		"a row":    func() { p.Forward(make([]complex128, 4)) },
		"a square": func() { p.ForwardSquare(make([]complex128, 8)) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			call()
		})
	}
}

func BenchmarkForwardSquare256(b *testing.B) {
	p, x := plan(b, 256), noise(256*256)
	buffer := make([]complex128, len(x))
	for b.Loop() {
		copy(buffer, x)
		p.ForwardSquare(buffer)
	}
}
