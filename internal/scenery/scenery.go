// Package scenery renders the project's sample pictures, so that nothing has to be copied, licensed or downloaded to show and to test what
// recognition and enhancement do.
//
// Landscape and Evening trace a lake with a village and mountains; Label draws a product label with a bar code. The rest does to a picture
// what life does to it: Hazy, Dark, Recaptured and Small. Because the unspoilt picture is known, and the depth of each of its pixels too, an
// enhancement can be judged against the truth.
//
// Pictures depend on nothing but the arguments: the same size and seed give the same bytes on every machine of one architecture (another one
// may fuse multiplications with additions and differ in the last bit). A Landscape of 768 x 512 pixels takes about ten seconds of one core.
package scenery

import (
	"image"
	"math"
)

// Depth is the way through air that the light of each pixel has come, in metres over ground; +Inf is the sky. For what the lake mirrors it is
// the way by the lake. Where a pixel shows several things it is the one way through haze of 0.001 per metre on which as much would be lost.
type Depth struct {
	Width, Height int
	Z             []float32 // row by row
}

func newDepth(w, h int) Depth { return Depth{w, h, make([]float32, w*h)} }

// arriving is the share of light that haze of 0.001 per metre lets through, and wayFor the inverse.
func arriving(metres float64) float64 { return math.Exp(-0.001 * metres) }
func wayFor(arriving float64) float64 { return -1000 * math.Log(min(arriving, 1)) }

// At returns the depth of one pixel.
func (d Depth) At(x, y int) float32 { return d.Z[y*d.Width+x] }

// Landscape renders the lake on a clear day, without any haze, and the depth of each pixel.
func Landscape(w, h int, seed uint64) (*image.NRGBA, Depth) {
	f := newScene(seed, daylight).render(w, h)
	return f.develop(daylight.exposure), f.depth
}

// Evening renders the same place after sunset: lamps and windows are lit, the brightest of them burn out, and the land is almost black.
func Evening(w, h int, seed uint64) *image.NRGBA {
	return newScene(seed, dusk).render(w, h).develop(dusk.exposure)
}
