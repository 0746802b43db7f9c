package barcode

import (
	"math"
	"slices"
)

// quiet is the least light margin in modules on each side of a code; the standards ask for 7 to 11.
const quiet = 4.0

// decode reads the elements of a scan line in both directions.
func decode(elements []element) (Format, string, span, bool) {
	for range 2 {
		for i, e := range elements {
			if !e.dark || i == 0 {
				continue
			}
			for _, reader := range []func([]element) (Format, string, int){readEAN13, readEAN8, readCode128} {
				format, text, count := reader(elements[i:])
				if count == 0 || !quietZones(elements, i, count) {
					continue
				}
				first, last := elements[i], elements[i+count-1]
				from := math.Min(first.from, last.from)
				to := math.Max(first.from+first.width, last.from+last.width)
				return format, text, span{from, to}, true
			}
		}
		elements = slices.Clone(elements)
		slices.Reverse(elements)
	}
	return "", "", span{}, false
}

// quietZones checks the spaces before and after a code that starts at i; a space that ends the line may go on beyond it.
func quietZones(elements []element, i, count int) bool {
	if i+count >= len(elements) {
		return false
	}
	module := elements[i].width // the first bar is of one or two modules in every format read here
	before, after := elements[i-1].width, elements[i+count].width
	return (before >= quiet*module || i-1 == 0) && (after >= quiet*module || i+count == len(elements)-1)
}

// modules rounds the widths of elements to modules so that they add up to total; ok is false where one is far from a whole number.
func modules(elements []element, total int, out []int) (ok bool) {
	sum := 0.0
	for _, e := range elements {
		sum += e.width
	}
	unit, count := sum/float64(total), 0
	for i, e := range elements {
		width := e.width / unit
		out[i] = int(math.Round(width))
		count += out[i]
		if out[i] < 1 || math.Abs(width-float64(out[i])) > 0.45 {
			return false
		}
	}
	return count == total
}

// plain says that all elements are one module wide: the guards.
func plain(elements []element, unit float64) bool {
	for _, e := range elements {
		if e.width < 0.45*unit || e.width > 1.6*unit {
			return false
		}
	}
	return true
}

func width(elements []element) (sum float64) {
	for _, e := range elements {
		sum += e.width
	}
	return sum
}
