package barcode_test

import (
	"context"
	"errors"
	"image"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/internal/engine/barcode"
)

func find(t testing.TB, img *image.NRGBA) []barcode.Symbol {
	t.Helper()
	found, err := barcode.Find(t.Context(), luma(img))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range found {
		if s.Bounds.Empty() || !s.Bounds.In(img.Rect) || math.IsNaN(s.Confidence) || s.Confidence < 0 || s.Confidence > 1 {
			t.Fatalf("%+v is no symbol of a picture of %v", s, img.Rect)
		}
	}
	return found
}

// requireNear checks that a box is the wanted one within some pixels on each side.
func requireNear(t *testing.T, got, want image.Rectangle, tolerance int) {
	t.Helper()
	if !got.In(want.Inset(-tolerance)) || !want.Inset(tolerance).In(got) {
		t.Errorf("box %v, want %v give or take %d", got, want, tolerance)
	}
}

func TestCodesAreReadWhereTheyAre(t *testing.T) {
	tests := map[string]struct {
		label      label
		noise      float64
		wantFormat barcode.Format
		wantText   string
	}{
		"EAN-13 upright":                 {label{ean("4006381333931"), 230, 190, 3, 0}, 3, barcode.EAN13, "4006381333931"},
		"EAN-13 upside down":             {label{ean("4006381333931"), 230, 190, 3, math.Pi}, 3, barcode.EAN13, "4006381333931"},
		"EAN-13 turned by 90 degrees":    {label{ean("4006381333931"), 230, 190, 3, math.Pi / 2}, 3, barcode.EAN13, "4006381333931"},
		"EAN-13 turned by 30 degrees":    {label{ean("4006381333931"), 230, 190, 3, math.Pi / 6}, 3, barcode.EAN13, "4006381333931"},
		"EAN-13 turned by -50 degrees":   {label{ean("9501101530003"), 230, 190, 2.6, -5 * math.Pi / 18}, 3, barcode.EAN13, "9501101530003"},
		"EAN-13 with bars of 2 pixels":   {label{ean("5901234123457"), 200, 200, 2, 0.03}, 2, barcode.EAN13, "5901234123457"},
		"EAN-13 with much noise":         {label{ean("4006381333931"), 230, 190, 3.4, 0.1}, 20, barcode.EAN13, "4006381333931"},
		"UPC-A":                          {label{ean("0036000291452"), 230, 190, 3, 0}, 3, barcode.UPCA, "036000291452"},
		"EAN-8":                          {label{ean("96385074"), 230, 190, 4, 0.05}, 3, barcode.EAN8, "96385074"},
		"Code 128":                       {label{code128PJJ123C, 230, 190, 3, 0}, 3, barcode.Code128, "PJJ123C"},
		"Code 128 turned":                {label{code128PJJ123C, 230, 190, 3, 2}, 3, barcode.Code128, "PJJ123C"},
		"a QR code":                      {label{qr(), 230, 190, 7, 0}, 3, barcode.QR, ""},
		"a small QR code":                {label{qr(), 230, 190, 3, 0.02}, 3, barcode.QR, ""},
		"a QR code turned by 90 degrees": {label{qr(), 230, 190, 6, math.Pi / 2}, 3, barcode.QR, ""},
		"a QR code turned by 30 degrees": {label{qr(), 230, 190, 7, math.Pi / 6}, 3, barcode.QR, ""},
		"a QR code turned by 45 degrees": {label{qr(), 230, 190, 7, math.Pi / 4}, 3, barcode.QR, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			found := find(t, printed(460, 380, test.noise, test.label))
			if len(found) != 1 {
				t.Fatalf("found %+v, want one symbol", found)
			}
			got := found[0]
			if got.Format != test.wantFormat || got.Text != test.wantText || got.Confidence < 0.85 {
				t.Errorf("found %+v, want %s %q with at least 0.85", got, test.wantFormat, test.wantText)
			}
			requireNear(t, got.Bounds, test.label.box(), 24)
		})
	}
}

func TestSeveralCodesAreFoundInReadingOrder(t *testing.T) {
	img := printed(1000, 700, 3,
		label{ean("4006381333931"), 220, 500, 3, 0},
		label{qr(), 800, 200, 6, 0.1},
		label{code128PJJ123C, 230, 150, 3, 0})
	var got []barcode.Format
	for _, s := range find(t, img) {
		got = append(got, s.Format)
	}
	if diff := cmp.Diff([]barcode.Format{barcode.Code128, barcode.QR, barcode.EAN13}, got); diff != "" {
		t.Errorf("formats (-want +got):\n%s", diff)
	}
}

func TestACodeInALargePictureIsReadAtFullResolution(t *testing.T) {
	l := label{ean("4006381333931"), 1000, 900, 4, 0.04}
	img := printed(1600, 1400, 2, l)
	found := find(t, img)
	if len(found) != 1 || found[0].Text != "4006381333931" {
		t.Fatalf("found %+v, want the EAN-13", found)
	}
	requireNear(t, found[0].Bounds, l.box(), 32)
}

func TestAWrongCheckDigitIsNotRead(t *testing.T) {
	for _, s := range find(t, printed(460, 380, 3, label{ean("4006381333932"), 230, 190, 3, 0})) {
		if s.Text != "" || s.Confidence > 0.85 {
			t.Errorf("found %+v, want an unread linear code", s)
		}
	}
}

func TestBarsThatAreNoKnownCodeAreLikelyACode(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 8))
	code := make([]byte, 0, 120)
	for bit := byte('1'); len(code) < 110; bit ^= 1 {
		for range 1 + random.IntN(3) {
			code = append(code, bit)
		}
	}
	found := find(t, printed(460, 380, 3, label{matrix{string(code)}, 230, 190, 3, 0}))
	if len(found) != 1 || found[0].Format != barcode.Linear || found[0].Confidence < 0.6 {
		t.Fatalf("found %+v, want one unread linear code with at least 0.6", found)
	}
}

func TestWhatIsNoCodeIsNotTakenForOne(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	draw := func(shade func(x, y int) float64) *image.NRGBA {
		img := image.NewNRGBA(image.Rect(0, 0, 400, 300))
		for i := range 400 * 300 {
			v := uint8(math.Min(math.Max(shade(i%400, i/400), 0), 255))
			copy(img.Pix[4*i:], []uint8{v, v, v, 255})
		}
		return img
	}
	tests := map[string]*image.NRGBA{
		"noise":          draw(func(int, int) float64 { return 128 + 60*random.NormFloat64() }),
		"a picket fence": draw(func(x, _ int) float64 { return 128 + 100*math.Copysign(1, math.Sin(float64(x)/3)) }),
		"a smooth wave":  draw(func(x, _ int) float64 { return 128 + 100*math.Sin(float64(x)/2) }),
		"a chessboard":   draw(func(x, y int) float64 { return float64((x/10+y/10)%2) * 255 }),
		"one grey":       draw(func(int, int) float64 { return 77 }),
		"finder patterns without timing": printed(400, 300, 3,
			label{qr()[:7].columns(0, 7), 60, 60, 6, 0}, label{qr()[:7].columns(0, 7), 240, 60, 6, 0}, label{qr()[:7].columns(0, 7), 60, 240, 6, 0}),
		"one pixel":             image.NewNRGBA(image.Rect(0, 0, 1, 1)),
		"two by two":            image.NewNRGBA(image.Rect(0, 0, 2, 2)),
		"a row":                 image.NewNRGBA(image.Rect(0, 0, 500, 1)),
		"no pixels":             image.NewNRGBA(image.Rectangle{}),
		"a transparent picture": image.NewNRGBA(image.Rect(0, 0, 300, 300)),
	}
	for name, img := range tests {
		t.Run(name, func(t *testing.T) {
			for _, s := range find(t, img) {
				if s.Confidence >= 0.6 {
					t.Errorf("found %+v", s)
				}
			}
		})
	}
}

// columns cuts a code.
func (m matrix) columns(from, to int) matrix {
	out := make(matrix, len(m))
	for i, row := range m {
		out[i] = row[from:to]
	}
	return out
}

func TestAnEndedContextStopsTheSearch(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, side := range []int{1, 200} {
		img := image.NewNRGBA(image.Rect(0, 0, side, side))
		if _, err := barcode.Find(ctx, luma(img)); !errors.Is(err, context.Canceled) {
			t.Errorf("side %d: error %v, want context.Canceled", side, err)
		}
	}
}

func FuzzFind(f *testing.F) {
	f.Add(uint64(1), uint8(60), uint8(40), uint8(2))
	f.Add(uint64(2), uint8(24), uint8(200), uint8(255))
	f.Add(uint64(3), uint8(0), uint8(3), uint8(0))
	f.Fuzz(func(t *testing.T, seed uint64, width, height, cell uint8) {
		random := rand.New(rand.NewPCG(seed, 1))
		img := image.NewNRGBA(image.Rect(0, 0, int(width), int(height)))
		for i := range img.Pix {
			if i%4 == 3 || cell == 0 || random.IntN(int(cell)+1) > 0 && i >= 4 {
				img.Pix[i] = img.Pix[max(0, i-4)]
			} else {
				img.Pix[i] = uint8(random.IntN(2) * 255)
			}
		}
		find(t, img)
	})
}

func BenchmarkFind(b *testing.B) {
	l := luma(printed(1152, 864, 3, label{ean("4006381333931"), 230, 190, 3, 0}, label{qr(), 800, 500, 8, 0.1}))
	for b.Loop() {
		if _, err := barcode.Find(b.Context(), l); err != nil {
			b.Fatal(err)
		}
	}
}
