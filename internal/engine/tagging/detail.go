package tagging

import (
	"math"
	"slices"

	"github.com/ais-operator/ais-operator/internal/engine/barcode"
)

const (
	tileSide = 64
	// lag is the distance of the pixels whose difference says how much structure a tile has.
	lag = 4
	// Structure in levels: without, with edges, with much.
	flatStructure, edgeStructure, busyStructure = 4.0, 10.0, 22.0
)

// tile is a square of the picture at full resolution.
type tile struct {
	// structure is the root mean square of the differences of pixels lag apart, in levels.
	structure float64
	// sharpness is the energy of second differences over that of differences lag apart: about 0.1 and more for a step that a good
	// lens draws, falling with the third power of its width.
	sharpness float64
	// noise is Immerkær's estimate of the standard deviation, in levels; where there are edges it is too high.
	noise float64
}

// detail measures the picture in tiles.
func (m *measurement) detail(luma *barcode.Luma) {
	var sharpness, structure, noise []float64
	for y := 0; y+tileSide/2 <= luma.Height; y += tileSide {
		for x := 0; x+tileSide/2 <= luma.Width; x += tileSide {
			t := measureTile(luma, x, y)
			structure = append(structure, t.structure)
			noise = append(noise, t.noise)
			if t.structure >= edgeStructure {
				sharpness = append(sharpness, t.sharpness)
			}
		}
	}
	if len(structure) == 0 {
		return
	}
	count := float64(len(structure))
	squares := 0.0
	for _, v := range structure {
		m.activity += v / count
		squares += v * v / count
		if v < flatStructure {
			m.flatTiles += 1 / count
		}
		if v >= busyStructure {
			m.busy += 1 / count
		}
	}
	m.unevenness = math.Sqrt(math.Max(0, squares-m.activity*m.activity)) / math.Max(m.activity, 1)
	m.noise = quantile(noise, 0.1)
	m.edgy = float64(len(sharpness)) / count
	m.sharpest = quantile(sharpness, 0.9)
}

// measureTile reads one tile, cut at the border of the picture.
func measureTile(l *barcode.Luma, x0, y0 int) tile {
	x1, y1 := min(x0+tileSide, l.Width-lag), min(y0+tileSide, l.Height-lag)
	var bend, change, rough, count int
	for y := max(y0, 1); y < y1; y++ {
		above, row := l.Pix[(y-1)*l.Width:][:l.Width], l.Pix[y*l.Width:][:l.Width]
		below, far := l.Pix[(y+1)*l.Width:][:l.Width], l.Pix[(y+lag)*l.Width:][:l.Width]
		for x := max(x0, 1); x < x1; x++ {
			v, left, right := int(row[x]), int(row[x-1]), int(row[x+1])
			up, down := int(above[x]), int(below[x])
			bx, by := left-2*v+right, up-2*v+down
			bend += bx*bx + by*by
			cx, cy := int(row[x+lag])-v, int(far[x])-v
			change += cx*cx + cy*cy
			corners := int(above[x-1]) + int(above[x+1]) + int(below[x-1]) + int(below[x+1])
			r := corners - 2*(left+right+up+down) + 4*v
			rough += max(r, -r)
			count++
		}
	}
	if count == 0 {
		return tile{}
	}
	n := float64(count)
	return tile{
		structure: math.Sqrt(float64(change) / (2 * n)),
		sharpness: float64(bend) / math.Max(float64(change), 1),
		noise:     math.Sqrt(math.Pi/2) * float64(rough) / (6 * n),
	}
}

// exactness counts neighbours that are equal to the last bit, and edges that run along rows and columns.
func (m *measurement) exactness(l *barcode.Luma) {
	var equal, count, edges, aligned int
	every := max(1, l.Height/1024) // of every group of rows one is enough
	for y := 0; y+1 < l.Height; y += every {
		row, below := l.Pix[y*l.Width:][:l.Width], l.Pix[(y+1)*l.Width:][:l.Width]
		for x := range l.Width - 1 {
			right, down := int(row[x+1])-int(row[x]), int(below[x])-int(row[x])
			count++
			if right == 0 && down == 0 {
				equal++
				continue
			}
			if strong(right) {
				edges++
				aligned += goesOn(l, y*l.Width+x, right, 1, l.Width, l.Height-1-y)
			}
			if strong(down) {
				edges++
				aligned += goesOn(l, y*l.Width+x, down, l.Width, 1, l.Width-1-x)
			}
		}
	}
	m.flats = float64(equal) / float64(max(count, 1))
	m.aligned = float64(aligned) / float64(max(edges, 1))
}

// strong says that a difference in levels is an edge.
func strong(difference int) bool {
	const least = 24
	return difference >= least || difference <= -least
}

// goesOn is 1 if the step across an edge is the same half a run and a run of pixels further along it, else 0. The strides are
// those of the samples; room is how many pixels there are along the edge.
func goesOn(l *barcode.Luma, at, step, across, along, room int) int {
	const run = 16
	if run >= room {
		return 0
	}
	for _, k := range [2]int{run / 2, run} {
		if next := at + k*along; int(l.Pix[next+across])-int(l.Pix[next]) != step {
			return 0
		}
	}
	return 1
}

// quantile sorts the values; of none it is 0.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[int(q*float64(len(values)-1)+0.5)]
}
