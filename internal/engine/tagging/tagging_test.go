package tagging_test

import (
	"context"
	"errors"
	"image"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/internal/engine/tagging"
)

func tags(t testing.TB, img *image.NRGBA) []tagging.Tag {
	t.Helper()
	got, err := tagging.Tags(t.Context(), img)
	if err != nil {
		t.Fatal(err)
	}
	for i, tag := range got {
		if tag.EN == "" || tag.ZH == "" || tag.Type == "" || !(tag.Confidence >= 1 && tag.Confidence <= 100) {
			t.Fatalf("%+v is no tag", tag)
		}
		if i > 0 && (got[i-1].Confidence < tag.Confidence || got[i-1].Confidence == tag.Confidence && got[i-1].EN >= tag.EN) {
			t.Fatalf("%q comes after %q", tag.EN, got[i-1].EN)
		}
	}
	return got
}

// likely are the names of the tags at the API's default threshold.
func likely(t *testing.T, img *image.NRGBA) []string {
	t.Helper()
	var names []string
	for _, tag := range tags(t, img) {
		if tag.Confidence >= 60 {
			names = append(names, tag.EN)
		}
	}
	return names
}

func TestPicturesGetTheTagsThatTheyShow(t *testing.T) {
	base := scene(320, 240, 1)
	random := rand.New(rand.NewPCG(6, 6))
	fill := func(c rgb) *image.NRGBA { return paint(200, 200, func(int, int) rgb { return c }) }
	tests := map[string]struct {
		img      *image.NRGBA
		want     []string
		unwanted []string
	}{
		"an ordinary scene": {base, []string{"sharp", "colourful"}, []string{"dark", "foggy", "blurry", "document", "graphic", "black and white", "bar code", "solid colour"}},
		"darkness":          {change(base, func(p rgb) rgb { return rgb{p[0] / 6, p[1] / 6, p[2] / 6} }), []string{"dark", "low light"}, []string{"bright", "high contrast"}},
		"glare":             {change(base, func(p rgb) rgb { return rgb{p[0] + 140, p[1] + 140, p[2] + 140} }), []string{"bright", "overexposed"}, []string{"dark", "foggy"}},
		"haze": {change(blur(base, 1), func(p rgb) rgb {
			return rgb{0.25*p[0] + 150, 0.25*p[1] + 152, 0.25*p[2] + 155}
		}), []string{"foggy", "low contrast"}, []string{"dark", "document", "high contrast"}},
		"a picture out of focus": {blur(base, 4), []string{"blurry"}, []string{"sharp"}},
		"no colour":              {change(base, func(p rgb) rgb { return grey(luminance(p)) }), []string{"black and white"}, []string{"colourful", "sepia", "warm colours"}},
		"an old photograph": {change(base, func(p rgb) rgb {
			l := luminance(p)
			return rgb{1.0*l + 12, 0.82*l + 4, 0.6 * l}
		}), []string{"sepia", "warm colours"}, []string{"black and white", "cool colours"}},
		"a red wall":        {fill(rgb{200, 20, 20}), []string{"red", "solid colour"}, []string{"black and white", "gradient", "graphic", "blurry"}},
		"blue":              {fill(rgb{20, 60, 200}), []string{"blue", "cool colours", "solid colour"}, []string{"warm colours"}},
		"a transparent one": {image.NewNRGBA(image.Rect(0, 0, 200, 200)), []string{"white", "solid colour"}, []string{"black"}},
		"a gradient":        {paint(400, 300, func(x, _ int) rgb { return grey(30 + float64(x)/2) }), []string{"gradient"}, []string{"blurry", "sharp", "foggy"}},
		"noise":             {paint(400, 300, func(int, int) rgb { return grey(128 + 40*random.NormFloat64()) }), []string{"texture"}, []string{"bar code", "QR code", "document", "blurry"}},
		"a page of text":    {page(400, 500), []string{"document"}, []string{"graphic", "foggy", "bar code", "line drawing", "overexposed"}},
		"a user interface":  {window(640, 400), []string{"graphic", "screenshot"}, []string{"line drawing", "document", "overexposed", "sharp"}},
		"thin curves":       {drawing(400, 300), []string{"line drawing"}, []string{"document", "overexposed", "foggy"}},
		"light behind": {paint(400, 300, func(x, y int) rgb {
			if math.Hypot(float64(x-200), float64(y-170)) < 100 {
				return grey(25 + 4*random.NormFloat64())
			}
			return grey(225 + 4*random.NormFloat64())
		}), []string{"backlit", "high contrast"}, []string{"dark"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := likely(t, test.img)
			for _, want := range test.want {
				if !slices.Contains(got, want) {
					t.Errorf("%q is missing in %q", want, got)
				}
			}
			for _, unwanted := range test.unwanted {
				if slices.Contains(got, unwanted) {
					t.Errorf("%q is wrong in %q", unwanted, got)
				}
			}
		})
	}
}

func TestABarCodeIsAnObjectWithABox(t *testing.T) {
	for name, upright := range map[string]bool{"upright": true, "turned by 90 degrees": false} {
		t.Run(name, func(t *testing.T) {
			img, box := code(scene(480, 460, 2), upright)
			got := tags(t, img)
			at := slices.IndexFunc(got, func(tag tagging.Tag) bool { return tag.EN == "bar code" })
			if at < 0 {
				t.Fatalf("no bar code in %+v", got)
			}
			tag := got[at]
			if tag.Type != tagging.Object || tag.ZH != "条形码" || tag.Confidence < 95 || len(tag.Instances) != 1 {
				t.Fatalf("tag %+v, want an object of at least 95 with one instance", tag)
			}
			i := tag.Instances[0]
			near := func(got float64, want int) bool { return math.Abs(got-float64(want)) <= 16 }
			if !near(i.X, box.Min.X) || !near(i.Y, box.Min.Y) || !near(i.Width, box.Dx()) || !near(i.Height, box.Dy()) {
				t.Errorf("box %+v, want %v give or take 16", i, box)
			}
		})
	}
}

func TestOrdinaryScenesGetAHandfulOfTags(t *testing.T) {
	for seed := range uint64(4) {
		if got := likely(t, scene(320, 240, seed)); len(got) < 3 || len(got) > 10 {
			t.Errorf("scene %d: %d tags %q, want 3 to 10", seed, len(got), got)
		}
	}
}

func TestConfidenceRisesWithWhatItMeasures(t *testing.T) {
	base := scene(300, 200, 3)
	confidence := func(img *image.NRGBA, name string) float64 {
		for _, tag := range tags(t, img) {
			if tag.EN == name {
				return tag.Confidence
			}
		}
		return 0
	}
	last := -1.0
	for _, divisor := range []float64{1, 1.5, 2, 3, 6} {
		img := change(base, func(p rgb) rgb { return rgb{p[0] / divisor, p[1] / divisor, p[2] / divisor} })
		got := confidence(img, "dark")
		if got < last {
			t.Errorf("light divided by %g: dark %g, less than %g before", divisor, got, last)
		}
		last = got
	}
	if last < 90 {
		t.Errorf("darkest picture: dark %g, want at least 90", last)
	}
}

func TestTagsOfTheTiniestPicturesAreSound(t *testing.T) {
	for _, size := range []image.Point{{}, {1, 1}, {2, 2}, {1, 300}, {16, 16}, {17, 64}} {
		got := tags(t, scene(size.X, size.Y, 1))
		if (len(got) == 0) != (size.X == 0) {
			t.Errorf("%v: tags %+v", size, got)
		}
	}
}

func TestAPartOfAPictureIsTaggedLikeACopyOfIt(t *testing.T) {
	img := scene(300, 200, 5)
	part := img.SubImage(image.Rect(40, 30, 240, 180)).(*image.NRGBA)
	copied := paint(200, 150, func(x, y int) rgb { return at(img, x+40, y+30) })
	if diff := cmp.Diff(tags(t, copied), tags(t, part)); diff != "" {
		t.Errorf("tags (-copy +part):\n%s", diff)
	}
}

func TestTagsAreTheSameEveryTime(t *testing.T) {
	img, _ := code(scene(480, 460, 2), true)
	want := tags(t, img)
	for range 3 {
		if diff := cmp.Diff(want, tags(t, img)); diff != "" {
			t.Fatalf("tags (-first +later):\n%s", diff)
		}
	}
}

func TestAnEndedContextStopsTheWork(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, side := range []int{0, 1, 100} {
		if _, err := tagging.Tags(ctx, image.NewNRGBA(image.Rect(0, 0, side, side))); !errors.Is(err, context.Canceled) {
			t.Errorf("side %d: error %v, want context.Canceled", side, err)
		}
	}
}

func TestMemoryBoundsWhatIsAllocated(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {300, 200}, {1200, 900}} {
		img := paint(size.X, size.Y, func(x, y int) rgb { return grey(40 + float64(x%160)) })
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		tags(t, img)
		runtime.ReadMemStats(&after)
		if got, limit := int64(after.TotalAlloc-before.TotalAlloc), tagging.Memory(size.X, size.Y); got > limit {
			t.Errorf("%v: %d bytes allocated, Memory says %d", size, got, limit)
		}
	}
}

func FuzzTags(f *testing.F) {
	f.Add(uint64(1), uint8(60), uint8(40), uint8(2))
	f.Add(uint64(2), uint8(16), uint8(90), uint8(255))
	f.Add(uint64(3), uint8(1), uint8(3), uint8(0))
	f.Fuzz(func(t *testing.T, seed uint64, width, height, levels uint8) {
		random := rand.New(rand.NewPCG(seed, 1))
		img := image.NewNRGBA(image.Rect(0, 0, int(width), int(height)))
		for i := range img.Pix {
			img.Pix[i] = uint8(random.IntN(int(levels)+1) * 255 / max(int(levels), 1))
		}
		tags(t, img)
	})
}

func BenchmarkTags(b *testing.B) {
	img := scene(1152, 864, 1)
	for b.Loop() {
		tags(b, img)
	}
}
