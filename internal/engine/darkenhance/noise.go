package darkenhance

import (
	"encoding/binary"
	"image"
	"math"
)

// quietGain is the gain up to which noise needs no care.
const quietGain = 1.5

// noiseTable holds the weights of a bilateral filter (C. Tomasi, R. Manduchi, ICCV
// 1998) by the sum of the three channels' absolute differences.
type noiseTable [3*255 + 1]int32

// one is the weight 1 in fixed point.
const one = 1 << 10

// newNoiseTable measures the noise with the Laplacian difference mask of
// J. Immerkaer (Computer Vision and Image Understanding 64(2), 1996), by the median
// of its magnitude, which edges and texture move little, in the dark pixels.
func newNoiseTable(img *image.NRGBA) *noiseTable {
	const (
		median = 1.4826 // of the magnitude of a normal variable, to its sigma
		mask   = 6      // root of the sum of the mask's squares
		most   = 12.0   // levels; beyond is texture
		least  = 0.7    // levels: rounding to 8 bits alone gives 0.3
	)
	sigma := min(max(medianLaplacian(img)*median/mask, least), most)
	// The absolute differences of three channels with that noise add up to about
	// 3 * 1.13 sigma where there is no edge.
	h := 2 * 3 * 1.13 * sigma
	var t noiseTable
	for i := range t {
		t[i] = int32(math.Round(one * math.Exp(-float64(i*i)/(2*h*h))))
	}
	return &t
}

func medianLaplacian(img *image.NRGBA) float64 {
	const (
		dark   = 96 // green level up to which pixels are looked at
		levels = 8 * 255
	)
	w, h := img.Rect.Dx(), img.Rect.Dy()
	step := max(1, h/256)
	var histogram [levels + 1]int
	total := 0
	for y := 1; y < h-1; y += step {
		up, mid, down := img.Pix[(y-1)*img.Stride:][:4*w], img.Pix[y*img.Stride:][:4*w], img.Pix[(y+1)*img.Stride:][:4*w]
		for i := 5; i < 4*(w-1); i += 4 {
			if mid[i] == 0 || mid[i] > dark {
				continue
			}
			v := int(up[i-4]) - 2*int(up[i]) + int(up[i+4]) -
				2*int(mid[i-4]) + 4*int(mid[i]) - 2*int(mid[i+4]) +
				int(down[i-4]) - 2*int(down[i]) + int(down[i+4])
			histogram[max(v, -v)]++
			total++
		}
	}
	seen := 0
	for v, n := range histogram {
		if seen += n; 2*seen >= total {
			return float64(v)
		}
	}
	return 0
}

// smoother averages pixels with those of eight neighbours that look alike.
type smoother struct {
	weights    *noiseTable
	pix        []uint8
	neighbours [8]int // their offsets
}

func newSmoother(img *image.NRGBA) *smoother {
	s := img.Stride
	return &smoother{
		weights: newNoiseTable(img), pix: img.Pix,
		neighbours: [...]int{-s - 4, -s, -s + 4, -4, 4, s - 4, s, s + 4},
	}
}

// at returns the average at offset i, which must not lie on the border; the
// neighbours count fully where the gain is 4 and more.
func (s *smoother) at(i int, gain float32) (r, g, b float32) {
	strength := min((gain-quietGain)*(1/(4-quietGain)), 1)
	p := binary.LittleEndian.Uint32(s.pix[i:])
	r0, g0, b0 := int32(p&0xff), int32(p>>8&0xff), int32(p>>16&0xff)
	var rs, gs, bs, sum int32
	for _, d := range &s.neighbours {
		q := binary.LittleEndian.Uint32(s.pix[i+d:])
		r1, g1, b1 := int32(q&0xff), int32(q>>8&0xff), int32(q>>16&0xff)
		weight := s.weights[abs(r1-r0)+abs(g1-g0)+abs(b1-b0)]
		rs += weight * r1
		gs += weight * g1
		bs += weight * b1
		sum += weight
	}
	scale := 1 / (one + strength*float32(sum))
	r = (one*float32(r0) + strength*float32(rs)) * scale
	g = (one*float32(g0) + strength*float32(gs)) * scale
	b = (one*float32(b0) + strength*float32(bs)) * scale
	return r, g, b
}

func abs(v int32) int32 {
	return max(v, -v)
}
