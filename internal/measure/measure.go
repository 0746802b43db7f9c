// Package measure says in figures what an enhancement has done to a picture, for reports and for tests. All figures are taken on the picture's
// 8-bit values as they are, and alpha is ignored.
package measure

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"
)

// luma709 weighs the gamma-encoded channels as Rec. ITU-R BT.709 does.
func luma709(c color.NRGBA) float64 {
	return (0.2126*float64(c.R) + 0.7152*float64(c.G) + 0.0722*float64(c.B)) / 255
}

// at reads one pixel without premultiplied alpha; the common type is read without a conversion.
func at(img image.Image, x, y int) color.NRGBA {
	if n, ok := img.(*image.NRGBA); ok {
		return n.NRGBAAt(x, y)
	}
	return color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
}

// plane holds one number per pixel.
type plane struct {
	w, h int
	v    []float64
}

func newPlane(img image.Image, value func(color.NRGBA) float64) plane {
	b := img.Bounds()
	p := plane{b.Dx(), b.Dy(), make([]float64, b.Dx()*b.Dy())}
	for y := range p.h {
		for x := range p.w {
			p.v[y*p.w+x] = value(at(img, b.Min.X+x, b.Min.Y+y))
		}
	}
	return p
}

// mean is 0 for a picture without pixels.
func (p plane) mean() float64 {
	sum := 0.0
	for _, v := range p.v {
		sum += v
	}
	return sum / math.Max(float64(len(p.v)), 1)
}

// MeanLuminance is the mean of the luma of Rec. ITU-R BT.709, 0 for black to 1 for white.
func MeanLuminance(img image.Image) float64 { return newPlane(img, luma709).mean() }

// ClippedShare is the share of pixels, 0 to 1, in which detail is lost at either end: a channel is 254 or 255, or all three are 0 or 1.
func ClippedShare(img image.Image) float64 {
	return newPlane(img, func(c color.NRGBA) float64 {
		if max(c.R, c.G, c.B) >= 254 || max(c.R, c.G, c.B) <= 1 {
			return 1
		}
		return 0
	}).mean()
}

// GradientEnergy is the mean of the squared gradient of luma, from differences to the right-hand and to the lower neighbour; the last column
// and row have none of their own. Sharper or noisier pictures have more. A flat picture has 0, a chequerboard of black and white pixels 2.
func GradientEnergy(img image.Image) float64 {
	p := newPlane(img, luma709)
	if p.w < 2 || p.h < 2 {
		return 0
	}
	sum := 0.0
	for y := range p.h - 1 {
		for x := range p.w - 1 {
			i := y*p.w + x
			dx, dy := p.v[i+1]-p.v[i], p.v[i+p.w]-p.v[i]
			sum += dx*dx + dy*dy
		}
	}
	return sum / float64((p.w-1)*(p.h-1))
}

// ErrSize is returned for two pictures that cannot be compared because their sizes differ, or nothing is left inside the border.
var ErrSize = errors.New("pictures cannot be compared")

// PSNR is the peak signal-to-noise ratio in decibels between the luma of two pictures, as the published figures of super resolution are taken
// (C. Dong et al., "Image Super-Resolution Using Deep Convolutional Networks", TPAMI 2016): Y of MATLAB's rgb2ycbcr rounded to 8 bits, peak
// 255, with border pixels cut off on every side (the factor of enlargement). Two pictures of type *image.Gray are compared as they are. Equal
// pictures have +Inf.
func PSNR(a, b image.Image, border int) (float64, error) {
	luma := luma601
	if isGray(a) && isGray(b) {
		luma = func(c color.NRGBA) float64 { return float64(c.R) }
	}
	p, q := newPlane(a, luma), newPlane(b, luma)
	if p.w != q.w || p.h != q.h {
		return 0, fmt.Errorf("%w: one is %d x %d and the other %d x %d pixels", ErrSize, p.w, p.h, q.w, q.h)
	}
	if border < 0 || p.w <= 2*border || p.h <= 2*border {
		return 0, fmt.Errorf("%w: a border of %d leaves nothing of %d x %d pixels", ErrSize, border, p.w, p.h)
	}
	sum, count := 0.0, 0
	for y := border; y < p.h-border; y++ {
		for x := border; x < p.w-border; x++ {
			d := p.v[y*p.w+x] - q.v[y*p.w+x]
			sum += d * d
			count++
		}
	}
	return 10 * math.Log10(255*255*float64(count)/sum), nil
}

// luma601 is Y of Rec. ITU-R BT.601 with its range of 16 to 235, rounded to a whole number.
func luma601(c color.NRGBA) float64 {
	return math.Round(16 + (65.481*float64(c.R)+128.553*float64(c.G)+24.966*float64(c.B))/255)
}

func isGray(img image.Image) bool {
	_, ok := img.(*image.Gray)
	return ok
}
