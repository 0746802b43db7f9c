package main

import (
	"image"
	"image/color"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/image/draw"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/hack/demo/page"
	"github.com/ais-operator/ais-operator/internal/scenery"
)

// scene is smooth where it is not random, so that pictures of it differ as photos do.
func scene(side int, shade func(v float64) float64) *image.NRGBA {
	random := rand.New(rand.NewPCG(1, 2))
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	for i := range side * side {
		v := 40 + 120*float64(i%side)/float64(side) + 20*random.Float64()
		img.SetNRGBA(i%side, i/side, color.NRGBA{R: uint8(shade(v)), G: uint8(shade(v * 0.9)), B: uint8(shade(v * 0.7)), A: 255})
	}
	return img
}

func same(v float64) float64 { return v }

var (
	dark     = &v1alpha1.EnhancementJob{Spec: v1alpha1.EnhancementJobSpec{DarkEnhance: &v1alpha1.DarkEnhance{}}}
	hazy     = &v1alpha1.EnhancementJob{Spec: v1alpha1.EnhancementJobSpec{Defog: &v1alpha1.Defog{}}}
	enlarge3 = &v1alpha1.EnhancementJob{Spec: v1alpha1.EnhancementJobSpec{SuperResolution: &v1alpha1.SuperResolution{}}}
)

func TestJudge(t *testing.T) {
	truth := scene(48, same)
	night := scene(48, func(v float64) float64 { return v / 8 })
	burnt := scene(48, func(v float64) float64 { return min(255, 4*v) })
	fog := scene(48, func(v float64) float64 { return 150 + v/4 })
	small := scenery.Small(truth, 3)
	size := truth.Rect.Size()
	for name, tt := range map[string]struct {
		job           *v1alpha1.EnhancementJob
		before, after image.Image
		want          string
	}{
		"a brightened picture":                  {dark, night, truth, ""},
		"a darkened one":                        {dark, truth, night, "not brighter"},
		"one that is burnt out":                 {dark, night, burnt, "burnt out"},
		"a picture without its haze":            {hazy, fog, truth, ""},
		"one with more haze":                    {hazy, truth, fog, "as hazy as the input"},
		"an enlargement":                        {enlarge3, small, enlarge(draw.CatmullRom, small, size), ""},
		"repeated pixels":                       {enlarge3, small, enlarge(draw.NearestNeighbor, small, size), "no better than repeated pixels"},
		"an enlargement that has not happened":  {enlarge3, small, small, "16 x 16 pixels"},
		"one that is larger than the original":  {enlarge3, small, scene(96, same), "96 x 96 pixels"},
		"a picture of another size without fog": {hazy, fog, small, "cannot be compared"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := judge(tt.job, tt.before, tt.after, truth)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestFiguresSayBeforeAndAfter(t *testing.T) {
	figures, err := judge(dark, scene(32, func(float64) float64 { return 0 }), scene(32, func(float64) float64 { return 51 }), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []page.Figure{
		{Name: "Mean luminance", Before: "0", After: "0.2"}, {Name: "Clipped pixels", Before: "100.00 %", After: "0.00 %"},
		{Name: "Gradient energy", Before: "0", After: "0"},
	}
	for i, f := range figures {
		f.Note = ""
		if f != want[i] {
			t.Errorf("figure %d is %+v, want %+v", i, f, want[i])
		}
	}
}
