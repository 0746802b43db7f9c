package recapture_test

import (
	"context"
	"errors"
	"image"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/ais-operator/ais-operator/internal/engine/recapture"
	"github.com/ais-operator/ais-operator/internal/engine/recapture/recapturetest"
)

func detect(t testing.TB, img *image.NRGBA) float64 {
	t.Helper()
	result, err := recapture.Detect(t.Context(), img)
	if err != nil {
		t.Fatal(err)
	}
	if math.IsNaN(result.Score) || result.Score < 0 || result.Score > 1 {
		t.Fatalf("score %v is no probability", result.Score)
	}
	return result.Score
}

func TestScenesAreOriginalAndTheirRecapturesAreNot(t *testing.T) {
	for seed := range uint64(2) {
		img := scene(640, 480, seed)
		if got := detect(t, img); got > 0.05 {
			t.Errorf("scene %d: score %.3f, want at most 0.05", seed, got)
		}
		if got := detect(t, recapturetest.Recapture(img, int64(seed))); got < 0.95 {
			t.Errorf("recapture of scene %d: score %.3f, want at least 0.95", seed, got)
		}
	}
}

func TestDisplaysOfManyKinds(t *testing.T) {
	usual := recapturetest.Screen{Pitch: 4.2, Tilt: 0.05, Keystone: [2]float64{0.02, -0.02}, Blur: 0.7, Noise: 0.01, Quality: 85}
	tests := map[string]func(*recapturetest.Screen){
		"a display pixel of 2.6 camera pixels":     func(s *recapturetest.Screen) { s.Pitch = 2.6 },
		"moire of a pixel finer than the sensor's": func(s *recapturetest.Screen) { s.Pitch = 1.4 },
		"a camera held diagonally":                 func(s *recapturetest.Screen) { s.Tilt = math.Pi / 4 },
		"a soft lens":                              func(s *recapturetest.Screen) { s.Blur = 1.2 },
		"a strongly compressed picture":            func(s *recapturetest.Screen) { s.Quality = 60 },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			screen := usual
			change(&screen)
			if got := detect(t, screen.Photograph(scene(520, 512, 9), 1)); got < 0.95 {
				t.Errorf("score %.3f, want at least 0.95", got)
			}
		})
	}
}

func TestPeriodicScenesAreNotTakenForRecaptures(t *testing.T) {
	base := scene(416, 320, 5)
	wave := func(x, period float64) float64 { return math.Sin(2 * math.Pi * x / period) }
	tests := map[string]*image.NRGBA{
		"upright bars like those of a bar code": over(base, func(x, _ float64) float64 { return 0.7 + 0.3*math.Copysign(1, wave(x, 7.3)) }),
		"a fence":                               over(base, func(x, y float64) float64 { return 0.75 + 0.25*wave(x+0.03*y, 23) }),
		"woven cloth all over the picture":      over(base, func(x, y float64) float64 { return 0.8 + 0.1*wave(x+0.2*y, 5.1) + 0.1*wave(y-0.2*x, 5.1) }),
		"the seams of 8 x 8 blocks": over(base, func(x, y float64) float64 {
			if int(x)%8 == 0 || int(y)%8 == 0 {
				return 0.9
			}
			return 1
		}),
		"a coloured check in one corner": paint(416, 320, func(x, y int) [3]float64 {
			p := base.Pix[y*base.Stride+4*x:]
			c := [3]float64{float64(p[0]), float64(p[1]), float64(p[2])}
			if x < 130 && y < 130 {
				c[0] += 30 * wave(float64(x)+0.3*float64(y), 6)
				c[2] += 30 * wave(float64(y)-0.3*float64(x), 6)
			}
			return c
		}),
	}
	for name, img := range tests {
		t.Run(name, func(t *testing.T) {
			if got := detect(t, img); got >= 0.95 {
				t.Errorf("score %.3f, want below 0.95", got)
			}
		})
	}
}

func TestPicturesThatShowNoFineStructureStayUncertain(t *testing.T) {
	grey := func(level float64) func(int, int) [3]float64 {
		return func(int, int) [3]float64 { return [3]float64{level, level, level} }
	}
	tests := map[string]*image.NRGBA{
		"one pixel":              paint(1, 1, grey(90)),
		"two by two":             paint(2, 2, grey(90)),
		"16 x 16 of a scene":     scene(16, 16, 1),
		"a strip 4000 x 20":      scene(4000, 20, 1),
		"one grey":               paint(300, 300, grey(120)),
		"black":                  paint(300, 300, grey(0)),
		"burnt out":              paint(300, 300, grey(255)),
		"wholly transparent":     image.NewNRGBA(image.Rect(0, 0, 300, 300)),
		"a smooth ramp":          paint(300, 300, func(x, _ int) [3]float64 { return [3]float64{float64(x) / 2, 60, 60} }),
		"no picture at all":      image.NewNRGBA(image.Rectangle{}),
		"a part of a larger one": scene(300, 300, 1).SubImage(image.Rect(30, 30, 70, 70)).(*image.NRGBA),
	}
	for name, img := range tests {
		t.Run(name, func(t *testing.T) {
			if got := detect(t, img); got <= 0.05 || got >= 0.95 {
				t.Errorf("score %.3f, want an uncertain one", got)
			}
		})
	}
}

func TestTheScoreDoesNotDependOnTheNumberOfWorkers(t *testing.T) {
	img := recapturetest.Screen{Pitch: 2, Tilt: 0.05, Blur: 0.7, Noise: 0.01, Quality: 85}.Photograph(scene(320, 300, 3), 3)
	want := detect(t, img)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for range 3 {
		if got := detect(t, img); got != want {
			t.Fatalf("score %v, then %v", want, got)
		}
	}
}

func TestAnEndedContextStopsTheWork(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, img := range map[string]*image.NRGBA{"a picture": scene(300, 300, 1), "a tiny one": scene(8, 8, 1)} {
		if _, err := recapture.Detect(ctx, img); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v, want context.Canceled", name, err)
		}
	}
}

func TestMemoryBoundsWhatIsAllocated(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {130, 130}, {640, 480}} {
		img := scene(size.X, size.Y, 1)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		detect(t, img)
		runtime.ReadMemStats(&after)
		allocated := int64(after.TotalAlloc - before.TotalAlloc)
		if limit := recapture.Memory(size.X, size.Y); allocated > limit {
			t.Errorf("%v: %d bytes allocated, Memory says %d", size, allocated, limit)
		}
	}
}

func FuzzDetect(f *testing.F) {
	f.Add(uint64(1), uint16(70), uint16(90), uint8(255))
	f.Add(uint64(2), uint16(16), uint16(300), uint8(1))
	f.Add(uint64(3), uint16(0), uint16(5), uint8(0))
	f.Fuzz(func(t *testing.T, seed uint64, width, height uint16, levels uint8) {
		random := rand.New(rand.NewPCG(seed, 1))
		img := image.NewNRGBA(image.Rect(0, 0, int(width%320), int(height%320)))
		for i := range img.Pix {
			img.Pix[i] = uint8(random.IntN(int(levels) + 1))
		}
		detect(t, img)
	})
}

func BenchmarkDetect(b *testing.B) {
	img := scene(1024, 768, 1)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for b.Loop() {
		detect(b, img)
	}
}
