package barcode_test

import (
	"image"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/ais-operator/ais-operator/internal/engine/barcode"
)

// matrix is a code as it is printed: rows of modules, 1 for dark.
type matrix []string

// size is that in modules; a linear code is one row high and printed as high as half its width.
func (m matrix) size() (width, height float64) {
	if len(m) == 1 {
		return float64(len(m[0])), float64(len(m[0])) / 2
	}
	return float64(len(m[0])), float64(len(m))
}

func (m matrix) dark(u, v float64) bool {
	width, height := m.size()
	if u < 0 || v < 0 || u >= width || v >= height {
		return false
	}
	return m[int(v*float64(len(m))/height)][int(u)] == '1'
}

// label is where and how a code is printed.
type label struct {
	code   matrix
	x, y   float64 // centre in pixels
	module float64 // pixels
	angle  float64 // radians
}

// printed draws labels on light paper with 3 x 3 samples a pixel, and adds noise.
func printed(width, height int, noise float64, labels ...label) *image.NRGBA {
	random := rand.New(rand.NewPCG(1, 2))
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		sum := paper
		for _, l := range labels {
			if place := image.Pt(i%width, i/width); place.In(l.box().Inset(-2)) {
				sum = l.shade(place)
			}
		}
		v := uint8(math.Min(math.Max(sum+noise*random.NormFloat64(), 0), 255))
		copy(img.Pix[4*i:], []uint8{v, v, v, 255})
	}
	return img
}

const paper, ink = 225.0, 35.0

// shade is the mean brightness of a pixel.
func (l label) shade(place image.Point) (mean float64) {
	sin, cos := math.Sincos(l.angle)
	width, height := l.code.size()
	for k := range 9 {
		dx, dy := float64(place.X)+(float64(k%3)+0.5)/3-l.x, float64(place.Y)+(float64(k/3)+0.5)/3-l.y
		if l.code.dark((cos*dx+sin*dy)/l.module+width/2, (cos*dy-sin*dx)/l.module+height/2) {
			mean += ink / 9
		} else {
			mean += paper / 9
		}
	}
	return mean
}

// box is the upright box around a label.
func (l label) box() image.Rectangle {
	width, height := l.code.size()
	sin, cos := math.Sincos(l.angle)
	w := l.module * (math.Abs(cos)*width + math.Abs(sin)*height) / 2
	h := l.module * (math.Abs(sin)*width + math.Abs(cos)*height) / 2
	return image.Rect(int(l.x-w), int(l.y-h), int(l.x+w), int(l.y+h))
}

// ean encodes 13 or 8 digits by the tables of ISO/IEC 15420.
func ean(digits string) matrix {
	left := []string{"0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011"}
	sets := []string{"AAAAAA", "AABABB", "AABBAB", "AABBBA", "ABAABB", "ABBAAB", "ABBBAA", "ABABAB", "ABABBA", "ABBABA"}
	set := "AAAA"
	if len(digits) == 13 {
		set, digits = sets[digits[0]-'0'], digits[1:]
	}
	invert := strings.NewReplacer("0", "1", "1", "0")
	code := "101"
	for i := range len(digits) {
		bits := left[digits[i]-'0']
		switch {
		case i == len(digits)/2:
			code += "01010"
			fallthrough
		case i > len(digits)/2:
			bits = invert.Replace(bits)
		case set[i] == 'B':
			bits = reverse(invert.Replace(bits))
		}
		code += bits
	}
	return matrix{code + "101"}
}

func reverse(s string) string {
	out := []byte(s)
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return string(out)
}

// code128PJJ123C is "PJJ123C" in set A of Code 128: start, seven characters, check symbol 54, stop.
var code128PJJ123C = matrix{"11010000100" + "11101110110" + "10110111000" + "10110111000" + "10011100110" +
	"11001110010" + "11001011100" + "10001000110" + "11101011000" + "1100011101011"}

// qr is a code of version 2 with its function patterns; the data modules are noise.
func qr() matrix {
	const size = 25
	random := rand.New(rand.NewPCG(3, 4))
	ring := func(dx, dy int) bool { d := max(dx, -dx, dy, -dy); return d <= 1 || d == 3 }
	out := make(matrix, size)
	for y := range size {
		row := make([]byte, size)
		for x := range size {
			dark := random.IntN(2) == 0
			switch near := func(cx, cy, r int) bool { return max(x-cx, cx-x, y-cy, cy-y) <= r }; {
			case near(3, 3, 4):
				dark = ring(x-3, y-3)
			case near(size-4, 3, 4):
				dark = ring(x-size+4, y-3)
			case near(3, size-4, 4):
				dark = ring(x-3, y-size+4)
			case near(size-7, size-7, 2):
				dark = max(x-size+7, size-7-x, y-size+7, size-7-y) != 1
			case x == 6 || y == 6:
				dark = (x+y)%2 == 0
			}
			row[x] = '0'
			if dark {
				row[x] = '1'
			}
		}
		out[y] = string(row)
	}
	return out
}

func luma(img *image.NRGBA) *barcode.Luma { return barcode.NewLuma(img) }
