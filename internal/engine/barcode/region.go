package barcode

import (
	"context"
	"math"
)

const (
	cellSide = 8 // pixels of a level
	// leastGradient is the mean square difference of pixels two apart, in grey levels, below which a cell is flat.
	leastGradient = 400.0
	// leastCoherence is how much of a cell's gradients must have one direction: 1 is all.
	leastCoherence = 0.88
	// leastAgreement is the cosine of twice the angle by which the directions of neighbouring cells may differ (20 degrees).
	leastAgreement = 0.77
	leastCells     = 10
)

// region is a rectangle of bars in pixels of the picture.
type region struct {
	x, y   float64 // centre
	dx, dy float64 // unit vector across the bars
	length float64 // across the bars
	height float64 // along the bars
}

// cell is the direction of the gradients in a small square, as a unit vector of twice the angle; flat or mixed cells are 0.
type cell struct{ cos, sin float64 }

func (c cell) directed() bool { return c != cell{} }

// barRegions finds the places of a level where bars may be.
func barRegions(ctx context.Context, v level) ([]region, error) {
	columns, rows := v.plane.Width/cellSide, v.plane.Height/cellSide
	cells := make([]cell, columns*rows)
	for r := range rows {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for c := range columns {
			cells[r*columns+c] = v.plane.direction(c*cellSide, r*cellSide)
		}
	}
	var found []region
	seen := make([]bool, len(cells))
	for start := range cells {
		if seen[start] || !cells[start].directed() {
			continue
		}
		if group := grow(cells, seen, columns, start); len(group) >= leastCells {
			if r, ok := enclose(cells, group, columns, float64(v.scale*cellSide)); ok {
				found = append(found, r)
			}
		}
	}
	return found, nil
}

// direction is that of the structure tensor of one cell.
func (l *Luma) direction(x0, y0 int) cell {
	var xx, yy, xy int
	for y := max(y0, 1); y < min(y0+cellSide, l.Height-1); y++ {
		above, row, below := l.Pix[(y-1)*l.Width:], l.Pix[y*l.Width:], l.Pix[(y+1)*l.Width:]
		for x := max(x0, 1); x < min(x0+cellSide, l.Width-1); x++ {
			gx, gy := int(row[x+1])-int(row[x-1]), int(below[x])-int(above[x])
			xx += gx * gx
			yy += gy * gy
			xy += gx * gy
		}
	}
	energy := float64(xx + yy)
	cos, sin := float64(xx-yy), float64(2*xy)
	size := math.Hypot(cos, sin)
	if energy < leastGradient*cellSide*cellSide || size < leastCoherence*energy {
		return cell{}
	}
	return cell{cos / size, sin / size}
}

// grow collects the cells connected to the first whose directions agree with the mean so far. Across the bars it steps over
// single gaps, which broad bars and spaces leave; along them it does not, or the lines of a label would run together.
func grow(cells []cell, seen []bool, columns, start int) []int {
	const reach = 2
	group, mean := []int{start}, cells[start]
	seen[start] = true
	for next := 0; next < len(group); next++ {
		x, y := group[next]%columns, group[next]/columns
		for j := max(0, y-reach); j <= min(len(cells)/columns-1, y+reach); j++ {
			for i := max(0, x-reach); i <= min(columns-1, x+reach); i++ {
				at := j*columns + i
				c := cells[at]
				if seen[at] || !c.directed() || beyond(mean, i-x, j-y) {
					continue
				}
				if agree := c.cos*mean.cos + c.sin*mean.sin; agree < leastAgreement*math.Hypot(mean.cos, mean.sin) {
					continue
				}
				seen[at] = true
				group = append(group, at)
				mean.cos += c.cos
				mean.sin += c.sin
			}
		}
	}
	return group
}

// beyond says that a step of two cells leads along the bars rather than across them.
func beyond(mean cell, dx, dy int) bool {
	if max(dx, -dx, dy, -dy) < 2 {
		return false
	}
	// The step, too, as a vector of twice the angle.
	cos, sin := float64(dx*dx-dy*dy), float64(2*dx*dy)
	return cos*mean.cos+sin*mean.sin < 0.7*math.Hypot(cos, sin)*math.Hypot(mean.cos, mean.sin)
}

// enclose puts a rectangle along the bars around a group of cells, unless it is too thin or too empty to be a code.
func enclose(cells []cell, group []int, columns int, side float64) (region, bool) {
	var cos, sin float64
	for _, at := range group {
		cos += cells[at].cos
		sin += cells[at].sin
	}
	angle := math.Atan2(sin, cos) / 2
	dy, dx := math.Sincos(angle)
	acrossMin, alongMin := math.Inf(1), math.Inf(1)
	acrossMax, alongMax := math.Inf(-1), math.Inf(-1)
	for _, at := range group {
		x, y := (float64(at%columns)+0.5)*side, (float64(at/columns)+0.5)*side
		across, along := x*dx+y*dy, y*dx-x*dy
		acrossMin, acrossMax = math.Min(acrossMin, across), math.Max(acrossMax, across)
		alongMin, alongMax = math.Min(alongMin, along), math.Max(alongMax, along)
	}
	across, along := (acrossMin+acrossMax)/2, (alongMin+alongMax)/2
	r := region{
		x: across*dx - along*dy, y: across*dy + along*dx, dx: dx, dy: dy,
		length: acrossMax - acrossMin + side, height: alongMax - alongMin + side,
	}
	fill := float64(len(group)) * side * side / (r.length * r.height)
	return r, r.length >= 4*side && fill >= 0.3
}
