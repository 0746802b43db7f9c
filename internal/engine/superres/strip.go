package superres

import "image"

// strip holds up to band rows of the small picture as planes, with a margin of
// radius samples on all sides, mirrored at the picture's border.
type strip struct {
	w, h       int // without the margin
	stride     int
	channels   int
	planes     [4][]float32 // red, green, blue and alpha, 0..255; colours premultiplied
	luma       []float32
	xx, xy, yy []float32 // the structure tensor
	line       []float32 // scratch
}

func newStrip(w, channels int) *strip {
	s := &strip{w: w, stride: w + 2*radius, channels: channels}
	n := (band + 2*radius) * s.stride
	for c := range channels {
		s.planes[c] = make([]float32, n)
	}
	for _, p := range []*[]float32{&s.luma, &s.xx, &s.xy, &s.yy, &s.line} {
		*p = make([]float32, n)
	}
	return s
}

// load reads the rows lo to hi of img.
func (s *strip) load(img *image.NRGBA, lo, hi int) {
	s.h = hi - lo
	for j := range s.h + 2*radius {
		src := img.Pix[mirror(lo+j-radius, img.Rect.Dy())*img.Stride:]
		for i := range s.stride {
			at := 4 * mirror(i-radius, s.w)
			s.set(j*s.stride+i, src[at:at+4:at+4])
		}
	}
}

func (s *strip) set(i int, p []uint8) {
	r, g, b := float32(p[0]), float32(p[1]), float32(p[2])
	if s.channels == 4 {
		a := float32(p[3])
		r, g, b = r*a*(1.0/255), g*a*(1.0/255), b*a*(1.0/255)
		s.planes[3][i] = a
	}
	s.planes[0][i], s.planes[1][i], s.planes[2][i] = r, g, b
	s.luma[i] = 0.299*r + 0.587*g + 0.114*b
}

// mirror maps an index outside of 0..n-1 into it, the border sample repeated.
func mirror(i, n int) int {
	if uint(i) < uint(n) {
		return i
	}
	period := 2 * n
	i = (i%period + period) % period
	if i >= n {
		return period - 1 - i
	}
	return i
}

// patch is the window around one sample, and the range of what may replace it.
type patch struct {
	channels  int
	v         [4][taps]float32
	low, high [4]float32
}

// slack is how far beyond the range of the nine nearest samples a pixel may go, in
// parts of that range: an average hides peaks, but much more would be ringing.
const slack = 0.25

// gather fills p from around the sample at x, y of the strip.
func (s *strip) gather(p *patch, x, y int) {
	p.channels = s.channels
	for c := range s.channels {
		plane, v := s.planes[c], &p.v[c]
		for j := range window {
			copy(v[j*window:(j+1)*window], plane[(y+j)*s.stride+x:])
		}
		const mid = taps / 2
		low, high := v[mid], v[mid]
		for _, d := range [...]int{-window - 1, -window, -window + 1, -1, 1, window - 1, window, window + 1} {
			low, high = min(low, v[mid+d]), max(high, v[mid+d])
		}
		margin := slack * (high - low)
		p.low[c], p.high[c] = low-margin, high+margin
	}
}

// apply returns one pixel's channels, 0..255 but for the slack.
func (p *patch) apply(w *weights) (c [4]float32) {
	var r, g, b float32
	for i, wi := range w {
		r += wi * p.v[0][i]
		g += wi * p.v[1][i]
		b += wi * p.v[2][i]
	}
	c[0], c[1], c[2] = r, g, b
	if p.channels == 4 {
		for i, wi := range w {
			c[3] += wi * p.v[3][i]
		}
	}
	for i := range p.channels {
		c[i] = min(max(c[i], p.low[i]), p.high[i])
	}
	return c
}
