package barcode

import (
	"cmp"
	"context"
	"image"
	"math"
	"slices"
)

const (
	mostFinders = 24 // finder patterns that are combined, those seen on the most lines first
	finderSize  = 7  // modules
	// leastTiming is the share of right modules in a timing pattern below which three finder patterns are no code.
	leastTiming = 0.75
)

// finder is a place that looks like a finder pattern, in pixels of the level.
type finder struct {
	x, y, module float64
	lines        int // on how many lines it was seen
}

// findQR finds QR codes that show their three finder patterns.
func findQR(ctx context.Context, picture *Luma) ([]Symbol, error) {
	v := picture.reduce(picture.fit(workPixels))
	if !v.plane.usable() {
		return nil, ctx.Err()
	}
	dark := darkMap(v.plane)
	var finders []finder
	for y := range v.plane.Height {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		finders = dark.rowFinders(finders, y)
	}
	finders = slices.DeleteFunc(finders, func(f finder) bool { return f.lines < 2 })
	slices.SortStableFunc(finders, func(a, b finder) int { return cmp.Compare(b.lines, a.lines) })
	finders = finders[:min(len(finders), mostFinders)]
	var found []Symbol
	for i, a := range finders {
		for j, b := range finders[:i] {
			for _, c := range finders[:j] {
				if s, ok := dark.square(a, b, c); ok {
					s.Bounds = enlarge(s.Bounds, v.scale).Intersect(image.Rect(0, 0, picture.Width, picture.Height))
					found = merge(found, s)
				}
			}
		}
	}
	return found, nil
}

func enlarge(r image.Rectangle, scale int) image.Rectangle {
	return image.Rectangle{Min: r.Min.Mul(scale), Max: r.Max.Mul(scale)}
}

// rowFinders looks for dark and light in the ratio 1:1:3:1:1 along a row and adds what columns and diagonals confirm.
func (b *bitmap) rowFinders(finders []finder, y int) []finder {
	var runs [5]int
	filled := 0
	for x := 0; x <= b.width; {
		end := x
		for end < b.width && b.at(end, y) == b.at(x, y) {
			end++
		}
		if end == x {
			break
		}
		copy(runs[:], runs[1:])
		runs[4] = end - x
		filled++
		if b.at(x, y) && filled >= 5 && finderRatio(runs) {
			centre := float64(end) - float64(runs[4]+runs[3]) - float64(runs[2])/2
			if f, ok := b.confirm(centre, y, runs); ok {
				finders = addFinder(finders, f)
			}
		}
		x = end
	}
	return finders
}

func finderRatio(runs [5]int) bool {
	total := 0
	for _, r := range runs {
		total += r
	}
	unit := float64(total) / finderSize
	slack := unit*0.6 + 0.5
	for i, want := range [5]float64{1, 1, 3, 1, 1} {
		if math.Abs(float64(runs[i])-want*unit) > slack*math.Sqrt(want) {
			return false
		}
	}
	return total >= finderSize
}

// confirm measures the pattern along the column and one diagonal through the centre.
func (b *bitmap) confirm(centre float64, y int, row [5]int) (finder, bool) {
	x := int(centre)
	across := row[0] + row[1] + row[2] + row[3] + row[4]
	column, shift, ok := b.cross(x, y, 0, 1, across)
	if !ok {
		return finder{}, false
	}
	if _, _, ok := b.cross(x, y+shift, 1, 1, across); !ok {
		return finder{}, false
	}
	module := float64(across+column) / (2 * finderSize)
	return finder{x: centre, y: float64(y+shift) + 0.5, module: module, lines: 1}, true
}

// cross measures the five runs around a dark place along a direction: their sum, and how far the middle is from the place.
func (b *bitmap) cross(x, y, dx, dy, limit int) (total, shift int, ok bool) {
	var runs [5]int
	ends := [2]int{}
	for side, sign := range [2]int{-1, 1} {
		i := side // the middle counts once
		for run := range 3 {
			for runs[2+sign*run] <= limit && b.inside(x+sign*i*dx, y+sign*i*dy) && b.at(x+sign*i*dx, y+sign*i*dy) == (run%2 == 0) {
				runs[2+sign*run]++
				i++
			}
			if run == 0 {
				ends[side] = i
			}
		}
	}
	if !finderRatio(runs) {
		return 0, 0, false
	}
	for _, r := range runs {
		total += r
	}
	if total < limit/2 || total > 2*limit {
		return 0, 0, false
	}
	return total, (ends[1] - ends[0]) / 2, true
}

func addFinder(finders []finder, f finder) []finder {
	for i := range finders {
		g := &finders[i]
		if math.Hypot(g.x-f.x, g.y-f.y) < 2*math.Max(f.module, g.module) {
			n := float64(g.lines)
			g.x, g.y, g.module = (g.x*n+f.x)/(n+1), (g.y*n+f.y)/(n+1), (g.module*n+f.module)/(n+1)
			g.lines++
			return finders
		}
	}
	return append(finders, f)
}
