package recapture

import (
	"cmp"
	"context"
	"image"
	"math"
	"runtime"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

const (
	largestBlock  = 256 // px; wide enough to part the lines of a grid, small enough for perspective not to smear them
	smallestBlock = 64  // px; in less, the frequencies left out on purpose are most of the spectrum
	fewestBlocks  = 4   // a line of one block alone is no evidence
	blocksLong    = 4   // blocks along the longer side of the picture
	blocksShort   = 3
	mostLines     = 64 // lines of a block that are compared with those of the others, strongest first
)

// The log-odds of a recapture are prior*visible plus the luma and chroma of the evidence, scaled by its coverage. The figures
// are round numbers chosen on photographs and their rendered recaptures so that
//   - a picture in which a grid could not be seen stays at 0.5: there is no verdict without evidence;
//   - a picture in which it could be seen and is not comes to 0.03;
//   - lines of luminance alone, which cloth, blinds and text have as well, never exceed 0.8;
//   - lines of colour and luminance at one place in most blocks exceed 0.95.
const (
	prior      = -3.6
	lumaMost   = 1.4 // what the odds reach by luminance alone
	chromaMost = 6.0
	// Below chanceCoverage the blocks agree as unrelated lines do, from fullCoverage on the evidence counts fully.
	chanceCoverage = 0.3
	fullCoverage   = 0.6
)

// Result is what Detect found.
type Result struct {
	// Score is the probability, 0 to 1, that the picture was taken from a display or a print. 0.5 says that nothing could be known.
	Score float64
}

// Detect measures how probably img is a recapture. It returns an error only if the context ends.
func Detect(ctx context.Context, img *image.NRGBA) (Result, error) {
	e, err := measure(ctx, img)
	if err != nil {
		return Result{}, err
	}
	return Result{Score: e.score()}, nil
}

// Memory is the most that Detect allocates for a picture of the given size, in bytes.
func Memory(width, height int) int64 {
	side := int64(blockSide(width, height))
	workers := int64(min(runtime.GOMAXPROCS(0), blocksLong*blocksShort))
	const perPixel = channels*16 + channels*4 + 4 // waves, half levels, half table
	return workers*side*side*perPixel + 1<<18
}

// blockSide is the largest power of two of which the picture holds enough blocks, 0 if it is too small for any.
func blockSide(width, height int) int {
	for side := largestBlock; side >= smallestBlock; side /= 2 {
		if side <= min(width, height) && fewestBlocks*side*side <= width*height {
			return side
		}
	}
	return 0
}

// corners spreads the blocks evenly over the picture; those of a small picture overlap by less than half.
func corners(width, height, side int) []image.Point {
	columns, rows := blocksLong, blocksShort
	if height > width {
		columns, rows = rows, columns
	}
	columns, rows = min(columns, (width+side-1)/side), min(rows, (height+side-1)/side)
	place := func(i, count, length int) int {
		if count == 1 {
			return (length - side) / 2
		}
		return i * (length - side) / (count - 1)
	}
	var out []image.Point
	for r := range rows {
		for c := range columns {
			out = append(out, image.Pt(place(c, columns, width), place(r, rows, height)))
		}
	}
	return out
}

// block is what one block of the picture shows.
type block struct {
	lines   []line
	visible float64 // 0 to 1: how well a grid could be seen here
}

func measure(ctx context.Context, img *image.NRGBA) (evidence, error) {
	width, height := img.Rect.Dx(), img.Rect.Dy()
	side := blockSide(width, height)
	if side == 0 {
		return evidence{}, ctx.Err()
	}
	a, err := newAnalyser(side)
	if err != nil {
		return evidence{}, err
	}
	places := corners(width, height, side)
	blocks := make([]block, len(places))
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range min(runtime.GOMAXPROCS(0), len(places)) {
		group.Go(func() error {
			s := a.newScratch()
			for i := next.Add(1) - 1; i < int64(len(places)); i = next.Add(1) - 1 {
				if err := ctx.Err(); err != nil {
					return err
				}
				blocks[i] = a.block(s, img, places[i])
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return evidence{}, err
	}
	return weigh(blocks, side), nil
}

// block analyses the block whose upper left corner is given.
func (a *analyser) block(s *scratch, img *image.NRGBA, corner image.Point) block {
	mean := a.load(s, img, corner.X, corner.Y)
	a.transform(s)
	visible := a.detail(s) * exposure(mean) * math.Min(1, float64(a.side)/(largestBlock/2))
	for c := range channels {
		a.whiten(s, s.level[c])
	}
	lines := a.lines(s)
	slices.SortStableFunc(lines, func(x, y line) int { return cmp.Compare(y.total(), x.total()) })
	return block{lines: lines[:min(len(lines), mostLines)], visible: visible}
}

// exposure is 1 where a display is neither black nor burnt out, and falls to 0 at both ends.
func exposure(mean float64) float64 {
	return math.Min(ramp(mean, 8, 24), ramp(mean, 252, 244))
}

// ramp rises from 0 at low to 1 at high; with low above high it falls.
func ramp(x, low, high float64) float64 {
	return math.Min(math.Max((x-low)/(high-low), 0), 1)
}

// evidence is what the blocks say together.
type evidence struct {
	// visible is the mean over the blocks of how well a grid could be seen.
	visible float64
	// luma and chroma are the mean over the blocks of the natural logarithm of power over local floor, of luminance and of colour,
	// at the line that the most blocks share; a block without it counts 0.
	luma, chroma float64
	// coverage is the share of the other blocks that confirm the line of one.
	coverage float64
}

// odds are the natural logarithm of the probability of a recapture over that of an original.
func (e evidence) odds() float64 {
	weight := ramp(e.coverage, chanceCoverage, fullCoverage)
	return math.Min(prior*e.visible+weight*e.luma, lumaMost) + weight*math.Min(e.chroma, chromaMost)
}

func (e evidence) score() float64 { return 1 / (1 + math.Exp(-e.odds())) }

// weigh finds the line with the most evidence over all blocks.
func weigh(blocks []block, side int) evidence {
	var best evidence
	for _, b := range blocks {
		best.visible += b.visible / float64(len(blocks))
	}
	for _, b := range blocks {
		for _, candidate := range b.lines {
			e := support(candidate, blocks, side)
			e.visible = best.visible
			if e.odds() > best.odds() {
				best = e
			}
		}
	}
	return best
}

// support adds up the lines of all blocks that are the candidate, moved by no more than perspective moves it.
func support(candidate line, blocks []block, side int) evidence {
	reach := 2.5/float64(side) + 0.06*math.Hypot(candidate.u, candidate.v)
	share := 1 / float64(len(blocks))
	matches := 0
	var e evidence
	for _, b := range blocks {
		var match line
		for _, l := range b.lines {
			if l.distance(candidate) <= reach && l.total() > match.total() {
				match = l
			}
		}
		if match.total() > 0 {
			matches++
			e.luma += share * match.ratio[luma]
			e.chroma += share * match.ratio[chroma]
		}
	}
	e.coverage = float64(matches-1) / float64(max(1, len(blocks)-1))
	return e
}

func (l line) total() float64 { return l.ratio[luma] + l.ratio[chroma] }

// distance is that of two frequencies of a real signal, whose spectrum is symmetric about the origin.
func (l line) distance(other line) float64 {
	return math.Min(math.Hypot(l.u-other.u, l.v-other.v), math.Hypot(l.u+other.u, l.v+other.v))
}
