package scenery

import (
	"image"
	"image/color"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEANCheckDigit(t *testing.T) {
	tests := []struct {
		first [12]int
		want  int
	}{
		{[12]int{5, 9, 0, 1, 2, 3, 4, 1, 2, 3, 4, 5}, 7},
		{[12]int{4, 0, 0, 6, 3, 8, 1, 3, 3, 3, 9, 3}, 1},
		{[12]int{}, 0},
	}
	for _, tt := range tests {
		if got := eanCheckDigit(tt.first); got != tt.want {
			t.Errorf("check digit of %v is %d, want %d", tt.first, got, tt.want)
		}
	}
}

// leftOdd are the patterns of the left half with odd parity as the standard prints them, written down apart from the encoder's table.
var leftOdd = []string{"0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011"}

var firstDigit = []string{"OOOOOO", "OOEOEE", "OOEEOE", "OOEEEO", "OEOOEE", "OEEOOE", "OEEEOO", "OEOEOE", "OEOEEO", "OEEOEO"}

// decodeEAN reads the modules as a scanner does.
func decodeEAN(t *testing.T, bits string) [13]int {
	t.Helper()
	if len(bits) != 95 || bits[:3] != "101" || bits[45:50] != "01010" || bits[92:] != "101" {
		t.Fatalf("guard bars are missing in %q", bits)
	}
	var digits [13]int
	parity := ""
	for i := range 6 {
		code := bits[3+7*i : 10+7*i]
		if d := slices.Index(leftOdd, code); d >= 0 {
			digits[1+i], parity = d, parity+"O"
		} else {
			digits[1+i], parity = slices.Index(leftOdd, flip(backwards(code))), parity+"E"
		}
		digits[7+i] = slices.Index(leftOdd, flip(bits[50+7*i:57+7*i]))
	}
	digits[0] = slices.Index(firstDigit, parity)
	return digits
}

func flip(bits string) string {
	b := []byte(bits)
	for i := range b {
		b[i] ^= 1
	}
	return string(b)
}

func backwards(bits string) string {
	b := []byte(bits)
	slices.Reverse(b)
	return string(b)
}

func TestBarCodesCanBeRead(t *testing.T) {
	for first := range 10 {
		code := [12]int{first, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 5}
		digits, modules := ean13(code)
		bits := ""
		for _, black := range modules {
			bits += map[bool]string{true: "1", false: "0"}[black]
		}
		if diff := cmp.Diff(digits, decodeEAN(t, bits)); diff != "" {
			t.Errorf("first digit %d (-encoded +read):\n%s", first, diff)
		}
	}
}

func TestBarCodeOnTheLabelCanBeRead(t *testing.T) {
	img := drawLabel()
	bits := ""
	for i := range eanModules {
		if img.NRGBAAt(760+(11+i)*6+3, 700).R < 128 {
			bits += "1"
		} else {
			bits += "0"
		}
	}
	digits, _ := ean13(labelCode)
	if diff := cmp.Diff(digits, decodeEAN(t, bits)); diff != "" {
		t.Errorf("(-encoded +read):\n%s", diff)
	}
}

func TestQuadToMapsTheCorners(t *testing.T) {
	corners := [4][2]float64{{0.1, 0.2}, {0.9, 0.1}, {0.8, 0.95}, {0.15, 0.7}}
	m := quadTo(corners, 200, 100, 30, 20)
	for i, want := range [][2]float64{{0, 0}, {30, 0}, {30, 20}, {0, 20}} {
		x, y := m.apply(corners[i][0]*200, corners[i][1]*100)
		if diff := cmp.Diff(want, [2]float64{x, y}, cmp.Comparer(func(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 })); diff != "" {
			t.Errorf("corner %d (-want +got):\n%s", i, diff)
		}
	}
}

func TestSmall(t *testing.T) {
	for _, s := range []int{1, 2, 3, 4} {
		img := image.NewNRGBA(image.Rect(2, 3, 2+37, 3+26))
		for y := 3; y < 29; y++ {
			for x := 2; x < 39; x++ {
				img.SetNRGBA(x, y, color.NRGBA{90, uint8(4 * (x - 2)), uint8(8 * (y - 3)), 255})
			}
		}
		got := Small(img, s)
		if want := image.Rect(0, 0, 37/s, 26/s); got.Rect != want {
			t.Fatalf("scale %d: the picture covers %v, want %v", s, got.Rect, want)
		}
		// Away from the border a ramp stays a ramp, taken at the middle of each block.
		for y := 3; y < got.Rect.Dy()-3; y++ {
			for x := 3; x < got.Rect.Dx()-3; x++ {
				middle := func(i int) float64 { return float64(i*s) + float64(s-1)/2 }
				want := color.NRGBA{90, uint8(4*middle(x) + 0.5), uint8(8*middle(y) + 0.5), 255}
				if c := got.NRGBAAt(x, y); c != want {
					t.Fatalf("scale %d: pixel (%d, %d) is %v, want %v", s, x, y, c, want)
				}
			}
		}
	}
}
