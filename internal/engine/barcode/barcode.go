// Package barcode finds bar codes and QR codes in pictures and says where they are.
//
// Linear codes are found in two steps. A picture is cut into small cells; where the gradients of many neighbouring cells
// have one direction, there may be bars (the structure tensor of Bigün and Granlund, 1987). Then the region is read as a scanner
// would read it: along several lines across the bars, by the widths of bars and spaces. What reads as EAN-13, UPC-A, EAN-8
// (ISO/IEC 15420) or Code 128 (ISO/IEC 15417) with a right check digit on two lines is certain; what only looks like bars
// gets a confidence for how alike the lines are.
//
// QR codes are found by their three finder patterns, dark and light in the ratio 1:1:3:1:1 along any line through the centre, and
// confirmed by the alternating timing patterns between them (ISO/IEC 18004). Their content is not read.
package barcode

import (
	"cmp"
	"context"
	"image"
	"slices"
)

// Format is the symbology of a code.
type Format string

// The formats that Find tells apart.
const (
	EAN13   Format = "EAN-13"
	EAN8    Format = "EAN-8"
	UPCA    Format = "UPC-A"
	Code128 Format = "Code 128"
	QR      Format = "QR code"
	// Linear is a code of bars that could not be read.
	Linear Format = "linear"
)

// Symbol is a code that was found.
type Symbol struct {
	Format Format
	// Text is what the code says, empty for Linear and QR.
	Text string
	// Bounds is the upright box around the code in pixels of the picture.
	Bounds image.Rectangle
	// Confidence is 0 to 1.
	Confidence float64
}

// Find returns the codes of a picture, from top to bottom and left to right. It returns an error only if the context ends.
func Find(ctx context.Context, picture *Luma) ([]Symbol, error) {
	var found []Symbol
	for level := picture.reduce(picture.fit(workPixels)); level.plane.usable(); level = level.half() {
		regions, err := barRegions(ctx, level)
		if err != nil {
			return nil, err
		}
		for _, r := range regions {
			if known(found, r) {
				continue
			}
			if s, ok := read(picture, r); ok {
				found = merge(found, s)
			}
		}
		if level.scale >= coarsest {
			break
		}
	}
	squares, err := findQR(ctx, picture)
	if err != nil {
		return nil, err
	}
	found = append(found, squares...)
	slices.SortStableFunc(found, func(a, b Symbol) int {
		return cmp.Or(cmp.Compare(a.Bounds.Min.Y, b.Bounds.Min.Y), cmp.Compare(a.Bounds.Min.X, b.Bounds.Min.X))
	})
	return found, nil
}

// Memory is the most that Find allocates for a picture of the given size, in bytes.
func Memory(width, height int) int64 {
	work := min(int64(width)*int64(height), workPixels)
	// Reduced levels 4/3, dark map 1, summed-area table 4, and the cells of 8 x 8 pixels.
	return work*8 + 1<<20
}

// known says that a code was read around the middle of a region at a finer level.
func known(found []Symbol, r region) bool {
	return slices.ContainsFunc(found, func(s Symbol) bool {
		return s.Text != "" && image.Pt(int(r.x), int(r.y)).In(s.Bounds)
	})
}

// merge adds a symbol, or replaces those it overlaps if it is the surer one: a code shows up at several scales and in pieces.
func merge(found []Symbol, s Symbol) []Symbol {
	for _, other := range found {
		if overlap(other.Bounds, s.Bounds) && other.Confidence >= s.Confidence {
			return found
		}
	}
	found = slices.DeleteFunc(found, func(other Symbol) bool { return overlap(other.Bounds, s.Bounds) })
	return append(found, s)
}

// overlap says that two boxes share more than a third of the smaller one.
func overlap(a, b image.Rectangle) bool {
	area := func(r image.Rectangle) int { return r.Dx() * r.Dy() }
	return 3*area(a.Intersect(b)) > min(area(a), area(b))
}
