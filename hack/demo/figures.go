package main

import (
	"fmt"
	"image"

	"golang.org/x/image/draw"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/hack/demo/page"
	"github.com/ais-operator/ais-operator/internal/measure"
)

// moreClipped is how much of a picture a brightening may burn out, as a share of its pixels.
const moreClipped = 0.01

// judge measures what a job has done to its picture. Truth is the landscape before haze and reduction. The error says in what the job
// has not done what it is for.
func judge(job *v1alpha1.EnhancementJob, before, after image.Image, truth *image.NRGBA) ([]page.Figure, error) {
	switch {
	case job.Spec.DarkEnhance != nil:
		return judgeBrightening(before, after)
	case job.Spec.Defog != nil:
		return judgeHazeRemoval(before, after, truth)
	default:
		return judgeEnlargement(before, after, truth)
	}
}

func judgeBrightening(before, after image.Image) ([]page.Figure, error) {
	brightness := [2]float64{measure.MeanLuminance(before), measure.MeanLuminance(after)}
	clipped := [2]float64{measure.ClippedShare(before), measure.ClippedShare(after)}
	figures := []page.Figure{
		number("Mean luminance", brightness, "0 is black, 1 is white"),
		{
			Name: "Clipped pixels", Before: percent(clipped[0]), After: percent(clipped[1]),
			Note: "share of pixels that lost detail in white or black",
		},
		number("Gradient energy", energy(before, after), "more detail, or more noise, has more"),
	}
	switch {
	case brightness[1] <= brightness[0]:
		return figures, fmt.Errorf("the output is not brighter than the input: mean luminance %.3f after %.3f", brightness[1], brightness[0])
	case clipped[1] > clipped[0]+moreClipped:
		return figures, fmt.Errorf("the output is burnt out: %s of its pixels are clipped, after %s", percent(clipped[1]), percent(clipped[0]))
	}
	return figures, nil
}

func judgeHazeRemoval(before, after image.Image, truth *image.NRGBA) ([]page.Figure, error) {
	haze := [2]float64{measure.Haze(before), measure.Haze(after)}
	figures := []page.Figure{
		number("Haze", haze, "mean of the dark channel; a clear picture has less"),
		number("Mean luminance", [2]float64{measure.MeanLuminance(before), measure.MeanLuminance(after)}, "0 is black, 1 is white"),
		number("Gradient energy", energy(before, after), "more detail, or more noise, has more"),
	}
	toTruth, err := likeness(truth, before, after)
	if err != nil {
		return figures, err
	}
	figures = append(figures, decibels("Likeness to the clear day", toTruth, "PSNR against the landscape as rendered without haze; what haze has hidden does not come back"))
	if haze[1] >= haze[0] {
		return figures, fmt.Errorf("the output is as hazy as the input: %.3f after %.3f", haze[1], haze[0])
	}
	return figures, nil
}

func judgeEnlargement(before, after image.Image, truth *image.NRGBA) ([]page.Figure, error) {
	size := after.Bounds().Size()
	if size.X > truth.Rect.Dx() || size.Y > truth.Rect.Dy() || size.X <= before.Bounds().Dx() {
		return nil, fmt.Errorf("the output is %d x %d pixels, of an input of %v that was %v", size.X, size.Y, before.Bounds().Size(), truth.Rect.Size())
	}
	original := truth.SubImage(image.Rectangle{Max: size})
	copied, bicubic := enlarge(draw.NearestNeighbor, before, size), enlarge(draw.CatmullRom, before, size)
	toCopy, err := likeness(original, copied, after)
	if err != nil {
		return nil, err
	}
	toBicubic, err := likeness(original, bicubic, after)
	if err != nil {
		return nil, err
	}
	figures := []page.Figure{
		decibels("Likeness to the larger original", toCopy, "PSNR on luma; before: each pixel repeated"),
		decibels("The same, against interpolation", toBicubic, "PSNR on luma; before: the input enlarged by bicubic interpolation"),
		number("Gradient energy", energy(copied, after), fmt.Sprintf("the larger original has %.3g; before: each pixel repeated", measure.GradientEnergy(original))),
	}
	if toCopy[1] <= toCopy[0] {
		return figures, fmt.Errorf("the output is no better than repeated pixels: %.2f dB after %.2f dB", toCopy[1], toCopy[0])
	}
	return figures, nil
}

// enlarge is what the enlargement is held against.
func enlarge(scaler draw.Scaler, img image.Image, size image.Point) image.Image {
	large := image.NewNRGBA(image.Rectangle{Max: size})
	scaler.Scale(large, large.Rect, img, img.Bounds(), draw.Src, nil)
	return large
}

// likeness is the PSNR of two pictures against the truth, with the border cut off that the published figures cut off.
func likeness(truth, before, after image.Image) (psnr [2]float64, err error) {
	const border = 4
	if psnr[0], err = measure.PSNR(truth, before, border); err != nil {
		return psnr, err
	}
	psnr[1], err = measure.PSNR(truth, after, border)
	return psnr, err
}

func energy(before, after image.Image) [2]float64 {
	return [2]float64{measure.GradientEnergy(before), measure.GradientEnergy(after)}
}

func number(name string, v [2]float64, note string) page.Figure {
	return page.Figure{Name: name, Before: fmt.Sprintf("%.3g", v[0]), After: fmt.Sprintf("%.3g", v[1]), Note: note}
}

func decibels(name string, v [2]float64, note string) page.Figure {
	return page.Figure{Name: name, Before: fmt.Sprintf("%.2f dB", v[0]), After: fmt.Sprintf("%.2f dB", v[1]), Note: note}
}

func percent(share float64) string { return fmt.Sprintf("%.2f %%", 100*share) }
