package superres

import "math"

// quietEdge is the gradient, in levels per sample, below which nothing counts as an
// edge.
const quietEdge = 1.5

// coherenceSteps are the coherences from which on the next stretch is used.
var coherenceSteps = [len(stretches) - 1]float32{0.2, 0.4, 0.6, 0.8}

// findEdges computes the structure tensor (J. Bigun, G. Granlund, ICCV 1987): the
// products of the gradient, averaged over 5 x 5 samples with binomial weights.
func (s *strip) findEdges() {
	n := (s.h + 2*radius) * s.stride
	for i := s.stride + 1; i < n-s.stride-1; i++ {
		dx := (s.luma[i+1] - s.luma[i-1]) / 2
		dy := (s.luma[i+s.stride] - s.luma[i-s.stride]) / 2
		s.xx[i], s.xy[i], s.yy[i] = dx*dx, dx*dy, dy*dy
	}
	for _, p := range [][]float32{s.xx, s.xy, s.yy} {
		smooth(s.line[:n], p[:n], 1)
		smooth(p[:n], s.line[:n], s.stride)
	}
}

// smooth convolves with (1 4 6 4 1)/16 along one direction.
func smooth(dst, src []float32, step int) {
	for i := 2 * step; i < len(src)-2*step; i++ {
		dst[i] = (src[i-2*step] + src[i+2*step] + 4*(src[i-step]+src[i+step]) + 6*src[i]) * (1.0 / 16)
	}
}

// edgeAt returns which weights suit the sample at x, y of the strip: the stretch by
// the coherence of the gradients around it, the direction along the edge.
func (s *strip) edgeAt(x, y int) (stretch, direction int) {
	i := (y+radius)*s.stride + x + radius
	xx, xy, yy := float64(s.xx[i]), float64(s.xy[i]), float64(s.yy[i])
	half, diff := (xx+yy)/2, (xx-yy)/2
	root := math.Sqrt(diff*diff + xy*xy)
	major, minor := math.Sqrt(half+root), math.Sqrt(max(half-root, 0)) // of the gradient, in levels
	coherence := float32((major - minor) / (major + minor + quietEdge))
	for stretch < len(coherenceSteps) && coherence > coherenceSteps[stretch] {
		stretch++
	}
	if stretch == 0 {
		return 0, 0
	}
	// Half of the angle of (diff, xy) points across the edge; a quarter turn on is
	// along it.
	along := math.Atan2(xy, diff)/2 + math.Pi/2
	return stretch, int(math.Round(along*directions/math.Pi)) % directions
}
