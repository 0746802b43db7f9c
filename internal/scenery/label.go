package scenery

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// The label is drawn flat and large, and then photographed.
const labelW, labelH = 1500, 1050

// labelCode begins with 200: numbers for use inside one shop, which belong to no one's product (GS1 General Specifications, section 1.4).
var labelCode = [12]int{2, 0, 0, 4, 8, 1, 5, 1, 6, 2, 3, 4}

var (
	ink   = color.NRGBA{28, 30, 36, 255}
	green = color.NRGBA{36, 92, 66, 255}
	paper = color.NRGBA{247, 245, 238, 255}
)

// Label is a photograph of a product label with an EAN-13 bar code on a cardboard box.
func Label(w, h int) *image.NRGBA {
	flat, n, table := drawLabel(), newNoise(13), decodeTable()
	// Seen a little from the left and from below.
	view := quadTo([4][2]float64{{0.115, 0.10}, {0.905, 0.135}, {0.885, 0.865}, {0.085, 0.90}}, w, h, labelW, labelH)
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	unit := 900 / float64(w) // of texture, so that the picture looks the same at any size
	for y := range h {
		for x := range w {
			var sum vec
			for i := range 9 {
				px, py := float64(x)+(float64(i%3)+0.5)/3, float64(y)+(float64(i/3)+0.5)/3
				u, v := view.apply(px, py)
				sum = sum.add(labelLight(flat, n, table, u, v, px*unit, py*unit))
			}
			fx, fy := float64(x)/float64(w)-0.42, float64(y)/float64(h)-0.38
			sum = sum.scale((1.06 - 0.75*(fx*fx+fy*fy)) / 9)
			out.SetNRGBA(x, y, color.NRGBA{encode(sum.X), encode(sum.Y), encode(sum.Z), 255})
		}
	}
	return Dark(out, 1, 0.035, 13)
}

// labelLight is the light from the label at (u, v), from the cardboard beside it, or from its shadow on the cardboard.
func labelLight(flat *image.NRGBA, n *noise, table *[256]float64, u, v, x, y float64) vec {
	const corner = 34.0
	// dist is the distance to the edge of the rounded label, negative inside.
	dist := func(u, v float64) float64 {
		qx, qy := math.Abs(u-labelW/2)-labelW/2+corner, math.Abs(v-labelH/2)-labelH/2+corner
		return math.Hypot(max(qx, 0), max(qy, 0)) + min(max(qx, qy), 0) - corner
	}
	if dist(u, v) < 0 {
		p := flat.Pix[flat.PixOffset(min(int(u), labelW-1), min(int(v), labelH-1)):]
		crease := 1 + 0.025*n.at(u/260, v/210) + 0.012*n.at(x*0.9, y*0.9)
		return vec{table[p[0]], table[p[1]], table[p[2]]}.scale(0.86 * crease)
	}
	fibre := 0.035*n.at(x/22, y/1.8) + 0.06*n.at(x/2.2, y/2.2) + 0.05*n.at(x/6, y/6) + 0.10*n.at(x/210, y/160)
	flute := 0.035 * math.Sin((y+0.04*x)*2*math.Pi/15+0.6*n.at(x/120, y/60))
	card := vec{0.42, 0.285, 0.165}.scale(1 + fibre + flute)
	shadow := 0.45 * smooth(30, -8, dist(u-9, v-14))
	return card.scale(1 - shadow)
}

// drawLabel sets the type and the bar code.
func drawLabel() *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, labelW, labelH))
	fill := func(x0, y0, x1, y1 int, c color.NRGBA) {
		draw.Draw(img, image.Rect(x0, y0, x1, y1), image.NewUniform(c), image.Point{}, draw.Src)
	}
	fill(0, 0, labelW, labelH, paper)
	fill(0, 0, labelW, 232, green)
	fill(0, 244, labelW, 252, green)
	write(img, "LAKESIDE MILL", 70, 150, 116, true, paper)
	write(img, "since the first harvest", 74, 205, 38, false, color.NRGBA{205, 222, 208, 255})
	write(img, "WHOLE GRAIN OAT FLAKES", 70, 348, 66, true, ink)
	for i, line := range []string{
		"Ingredients: oats (100 %). Contains gluten.",
		"Keep dry and cool, and close the bag well.",
		"Stir 50 g into 300 ml of simmering water.",
	} {
		write(img, line, 72, 418+i*50, 38, false, ink)
	}
	fill(70, 560, 660, 564, ink)
	for i, row := range [][2]string{
		{"Net weight", "500 g"}, {"Energy, 100 g", "1 546 kJ"}, {"Fibre", "10 g"},
		{"Protein", "13.5 g"}, {"Best before", "11 2027"}, {"Lot", "L4-0712"},
	} {
		write(img, row[0], 72, 622+i*66, 42, false, ink)
		write(img, row[1], 420, 622+i*66, 42, true, ink)
		fill(70, 640+i*66, 660, 642+i*66, color.NRGBA{178, 180, 180, 255})
	}
	drawSeal(img, 1262, 402, 118)
	drawCode(img, 760, 580)
	return img
}

// drawSeal draws a disc with a ring around it.
func drawSeal(img *image.NRGBA, x0, y0, radius int) {
	for y := -radius; y <= radius; y++ {
		for x := -radius; x <= radius; x++ {
			if d := math.Hypot(float64(x), float64(y)) / float64(radius); d < 0.86 || d > 0.91 && d < 0.97 {
				img.SetNRGBA(x0+x, y0+y, green)
			}
		}
	}
	write(img, "500", x0-66, y0+18, 78, true, paper)
	write(img, "grams", x0-44, y0+60, 34, false, paper)
}

// drawCode draws the bar code with its quiet zone, six pixels to a module, and the digits below it.
func drawCode(img *image.NRGBA, left, top int) {
	const module = 6
	digits, modules := ean13(labelCode)
	white := image.Rect(left, top, left+(11+eanModules+7)*module, top+400)
	draw.Draw(img, white, image.White, image.Point{}, draw.Src)
	for i, black := range modules {
		height := 310
		if i < 3 || i >= eanModules-3 || i >= 45 && i < 50 {
			height = 345 // guard bars
		}
		if x := left + (11+i)*module; black {
			draw.Draw(img, image.Rect(x, top+20, x+module, top+20+height), image.NewUniform(color.NRGBA{16, 16, 18, 255}), image.Point{}, draw.Src)
		}
	}
	for i, d := range digits {
		x := left + 14
		switch {
		case i > 6:
			x = left + (11+50+7*(i-7)+1)*module
		case i > 0:
			x = left + (11+3+7*(i-1)+1)*module
		}
		write(img, fmt.Sprint(d), x, top+384, 52, false, ink)
	}
}

var fonts = sync.OnceValue(func() [2]*opentype.Font {
	var parsed [2]*opentype.Font
	for i, data := range [][]byte{goregular.TTF, gobold.TTF} {
		f, err := opentype.Parse(data)
		if err != nil {
			panic(err) // the fonts are constants of the module
		}
		parsed[i] = f
	}
	return parsed
})

// write sets one line of type; (x, y) is where its base line begins, size the height in pixels.
func write(img *image.NRGBA, text string, x, y int, size float64, bold bool, c color.NRGBA) {
	f := fonts()[0]
	if bold {
		f = fonts()[1]
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		panic(err) // sizes are constants
	}
	d := font.Drawer{Dst: img, Src: image.NewUniform(c), Face: face, Dot: fixed.P(x, y)}
	d.DrawString(text)
}
