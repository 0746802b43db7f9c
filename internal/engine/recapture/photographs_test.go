package recapture_test

import (
	"image"
	"image/draw"
	_ "image/jpeg"
	_ "image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ais-operator/ais-operator/internal/engine/recapture/recapturetest"
)

// TestPhotographs measures the rates of the detector on the photographs below the folder that AIS_PHOTOGRAPHS names, as they are
// and rendered as recaptures. At least 20 are needed for the limits to mean something.
func TestPhotographs(t *testing.T) {
	root := os.Getenv("AIS_PHOTOGRAPHS")
	if root == "" {
		t.Skip("set AIS_PHOTOGRAPHS to a folder of JPEG or PNG photographs")
	}
	var originals, recaptures []float64
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !slices.Contains([]string{".jpg", ".jpeg", ".png"}, filepath.Ext(path)) {
			return err
		}
		img := open(t, path)
		originals = append(originals, detect(t, img))
		recaptures = append(recaptures, detect(t, recapturetest.Recapture(img, int64(len(recaptures)))))
		return nil
	})
	if err != nil || len(originals) < 20 {
		t.Fatalf("%d photographs in %s, want at least 20 (%v)", len(originals), root, err)
	}
	share := func(scores []float64, holds func(float64) bool) float64 {
		return float64(len(slices.DeleteFunc(slices.Clone(scores), func(s float64) bool { return !holds(s) }))) / float64(len(scores))
	}
	original := func(s float64) bool { return s <= 0.05 }
	recaptured := func(s float64) bool { return s >= 0.95 }
	t.Logf("originals: %.2f called original, %.2f recaptured", share(originals, original), share(originals, recaptured))
	t.Logf("recaptures: %.2f called original, %.2f recaptured", share(recaptures, original), share(recaptures, recaptured))
	if share(originals, recaptured) > 0.05 || share(originals, original) < 0.5 {
		t.Error("too many originals are called recaptured or uncertain")
	}
	if share(recaptures, recaptured) < 0.8 || share(recaptures, original) > 0.05 {
		t.Error("too few recaptures are found")
	}
}

func open(t *testing.T, path string) *image.NRGBA {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	decoded, _, err := image.Decode(file)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	img := image.NewNRGBA(image.Rectangle{Max: decoded.Bounds().Size()})
	draw.Draw(img, img.Rect, decoded, decoded.Bounds().Min, draw.Src)
	return img
}
