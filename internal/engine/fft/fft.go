// Package fft computes discrete Fourier transforms whose length is a power of two.
//
// It is the iterative radix-2 algorithm of Cooley and Tukey (1965) with decimation in time and a table of twiddle factors.
// The engine needs short transforms of real pictures only, so there is no other length and no inverse.
package fft

import (
	"fmt"
	"math"
	"math/bits"
)

// Plan holds what transforms of one length share. It is read-only once made: any number of goroutines may use it.
type Plan struct {
	size    int
	reverse []int32      // position of each input sample after bit reversal
	twiddle []complex128 // exp(-2*pi*i*k/size), k < size/2
}

// NewPlan prepares transforms of the given length, a power of two of at least 2.
func NewPlan(size int) (*Plan, error) {
	if size < 2 || size&(size-1) != 0 {
		return nil, fmt.Errorf("fft: length %d is not a power of two of at least 2: pad or crop the samples", size)
	}
	p := &Plan{size: size, reverse: make([]int32, size), twiddle: make([]complex128, size/2)}
	shift := 64 - bits.TrailingZeros(uint(size))
	for i := range p.reverse {
		p.reverse[i] = int32(bits.Reverse64(uint64(i)) >> shift)
	}
	for k := range p.twiddle {
		sin, cos := math.Sincos(-2 * math.Pi * float64(k) / float64(size))
		p.twiddle[k] = complex(cos, sin)
	}
	return p, nil
}

// Size is the length of the transforms.
func (p *Plan) Size() int { return p.size }

// Forward replaces x by its transform, X[k] = sum over n of x[n]*exp(-2*pi*i*k*n/size), unscaled. It panics unless x has the
// length of the plan.
func (p *Plan) Forward(x []complex128) {
	if len(x) != p.size {
		panic(fmt.Sprintf("fft: %d samples given to a plan of length %d", len(x), p.size))
	}
	for i, r := range p.reverse {
		if j := int(r); i < j {
			x[i], x[j] = x[j], x[i]
		}
	}
	for i := 0; i+1 < len(x); i += 2 {
		a, b := x[i], x[i+1]
		x[i], x[i+1] = a+b, a-b
	}
	for half := 2; half < p.size; half *= 2 {
		p.stage(x, half)
	}
}

// stage merges neighbouring transforms of length half into transforms of twice that length.
func (p *Plan) stage(x []complex128, half int) {
	step := p.size / (2 * half)
	for start := 0; start < p.size; start += 2 * half {
		low := x[start : start+half]
		high := x[start+half : start+2*half][:len(low)]
		for k, t := 0, 0; k < len(low); k, t = k+1, t+step {
			w, h := p.twiddle[t], high[k]
			// Written out: the compiler's complex product checks for NaN.
			r := complex(real(h)*real(w)-imag(h)*imag(w), real(h)*imag(w)+imag(h)*real(w))
			a := low[k]
			low[k], high[k] = a+r, a-r
		}
	}
}

// ForwardSquare replaces x, size rows of size samples, by its two-dimensional transform, TRANSPOSED: the sample of horizontal
// frequency u and vertical frequency v is x[u*size+v]. It panics unless x has size*size samples.
func (p *Plan) ForwardSquare(x []complex128) {
	if len(x) != p.size*p.size {
		panic(fmt.Sprintf("fft: %d samples given to a square plan of side %d", len(x), p.size))
	}
	p.rows(x)
	p.transpose(x)
	p.rows(x)
}

func (p *Plan) rows(x []complex128) {
	for i := 0; i < len(x); i += p.size {
		p.Forward(x[i : i+p.size])
	}
}

// tile is the side of the squares in which a matrix is transposed: two tiles of complex128 fit a first-level cache.
const tile = 16

func (p *Plan) transpose(x []complex128) {
	n := p.size
	for r := 0; r < n; r += tile {
		for c := r; c < n; c += tile {
			for i := r; i < min(r+tile, n); i++ {
				for j := max(c, i+1); j < min(c+tile, n); j++ {
					x[i*n+j], x[j*n+i] = x[j*n+i], x[i*n+j]
				}
			}
		}
	}
}
