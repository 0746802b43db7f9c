package tagging

import (
	"context"
	"image"

	"github.com/ais-operator/ais-operator/internal/engine/barcode"
)

// smallPixels bounds the reduced copy on which light, colour and layout are measured.
const smallPixels = 1 << 18

// measurement is all that the rules look at. Luminance is 0 to 1 as encoded, shares are of the area.
type measurement struct {
	// Light, of the reduced copy.
	mean, deviation        float64
	p5, p95                float64
	burnt                  float64 // share within 5 of 255 levels of white
	darkShare, brightShare float64 // below 0.2, above 0.8
	rim, centre            float64 // mean luminance of the outer sixth and of the middle third
	veil                   float64 // lower quartile of the dark channel
	spread                 float64 // largest standard deviation of red, green and blue in levels
	steepest               float64 // 99th percentile of the change between neighbours

	// Colour, of the reduced copy.
	colourfulness float64 // Hasler and Süsstrunk: 15 slightly, 45 averagely, 82 highly colourful
	saturation    float64 // mean
	greyShare     float64 // with a chroma below 0.05
	warm, cool    float64 // shares of the chroma
	brownShare    float64 // share of the chroma at the hues of sepia
	hueSpread     float64 // circular standard deviation in degrees, weighted by chroma
	shares        [colours]float64

	// Layout, of the reduced copy.
	paper, ink, between float64 // shares near the paper's luminance, far below it, and in the middle
	strokes             float64 // changes from paper to ink along the rarer of both axes over those along the other
	textLines           float64 // number of dense rows (or columns) parted by empty ones

	// Detail, at full resolution.
	flats      float64 // share equal to the right and the lower neighbour
	aligned    float64 // share of the edges that go on for 16 pixels along a row or column
	sharpest   float64 // 90th percentile of the sharpness of tiles that have edges; see tile
	edgy       float64 // share of tiles that have edges
	flatTiles  float64 // share of tiles without structure
	busy       float64 // share of tiles with much structure
	activity   float64 // mean structure of tiles in levels
	unevenness float64 // its standard deviation over its mean
	noise      float64 // standard deviation in levels, in the quietest tiles
}

func measure(ctx context.Context, img *image.NRGBA, luma *barcode.Luma) (*measurement, error) {
	m := &measurement{}
	s := shrink(img)
	for _, step := range []func(){
		func() { m.light(s) }, func() { m.tint(s) }, func() { m.layout(s) },
		func() { m.exactness(luma) }, func() { m.detail(luma) },
	} {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		step()
	}
	return m, nil
}

// small is a reduced copy: red, green, blue and luminance, 0 to 1.
type small struct {
	width, height int
	rgb           [][3]float32
	luma          []float32
}

// shrink averages squares of pixels; what is transparent counts as white paper.
func shrink(img *image.NRGBA) *small {
	width, height := img.Rect.Dx(), img.Rect.Dy()
	factor := 1
	for (width/factor)*(height/factor) > smallPixels {
		factor++
	}
	s := &small{width: max(1, width/factor), height: max(1, height/factor)}
	s.rgb = make([][3]float32, s.width*s.height)
	s.luma = make([]float32, s.width*s.height)
	for y := range s.height {
		for x := range s.width {
			var sum [3]uint32
			count := uint32(0)
			for j := y * factor; j < min((y+1)*factor, height); j++ {
				row := img.Pix[j*img.Stride:]
				for i := x * factor; i < min((x+1)*factor, width); i++ {
					p := row[4*i : 4*i+4 : 4*i+4]
					a := uint32(p[3])
					for c := range sum {
						sum[c] += uint32(p[c])*a + 255*(255-a)
					}
					count++
				}
			}
			at := y*s.width + x
			for c, v := range sum {
				s.rgb[at][c] = float32(v) / float32(count*255*255)
			}
			p := s.rgb[at]
			s.luma[at] = 0.299*p[0] + 0.587*p[1] + 0.114*p[2]
		}
	}
	return s
}
