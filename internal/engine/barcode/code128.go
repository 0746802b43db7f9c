package barcode

import "strings"

// code128 are the widths of the symbols by value, bar first; the last is the stop symbol with its final bar.
var code128 = strings.Fields(`
212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 123122 123221
223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 131123 131321
112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 213311 213131
311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114
122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141
214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 2331112`)

const (
	code128Elements, code128Modules = 6, 11
	code128Stop                     = 106
	startA, startB, startC          = 103, 104, 105
)

// code128Values finds a symbol by its widths, one decimal digit each.
var code128Values = func() map[int]int {
	values := make(map[int]int, code128Stop)
	for value, widths := range code128[:code128Stop] {
		key := 0
		for _, w := range widths {
			key = 10*key + int(w-'0')
		}
		values[key] = value
	}
	return values
}()

// readCode128 reads a code that starts at the first element, and says how many elements it has; 0 is none.
func readCode128(elements []element) (Format, string, int) {
	var values []int
	for at := 0; at+code128Elements <= len(elements); at += code128Elements {
		if len(values) > 2 && isStop(elements[at:]) {
			last := len(values) - 1
			if !code128Checked(values[:last], values[last]) {
				return "", "", 0
			}
			return Code128, code128Text(values[:last]), at + code128Elements + 1
		}
		var w [code128Elements]int
		if !modules(elements[at:at+code128Elements], code128Modules, w[:]) {
			return "", "", 0
		}
		key := 0
		for _, width := range w {
			key = 10*key + width
		}
		value, ok := code128Values[key]
		if !ok || (len(values) == 0) != (value >= startA) {
			return "", "", 0
		}
		values = append(values, value)
	}
	return "", "", 0
}

func isStop(elements []element) bool {
	const count, total = code128Elements + 1, code128Modules + 2
	var w [count]int
	return len(elements) >= count && modules(elements[:count], total, w[:]) && w == [count]int{2, 3, 3, 1, 1, 1, 2}
}

// code128Checked verifies the check symbol: the sum of the values, weighted by their place, modulo 103.
func code128Checked(values []int, check int) bool {
	sum := values[0]
	for i, v := range values {
		sum += i * v
	}
	return sum%103 == check
}

// code128Text turns symbols into text; shifts and function symbols other than those that change the set are left out.
func code128Text(values []int) string {
	change := map[int]int{99: startC, 100: startB, 101: startA}
	const functions, controls = 96, 64 // the least values of sets A and B that are no characters, and of set A's control characters
	var text strings.Builder
	set := values[0]
	for _, v := range values[1:] {
		next, changes := change[v]
		switch {
		case set == startC && v < 100:
			text.WriteByte(byte('0' + v/10))
			text.WriteByte(byte('0' + v%10))
		case changes:
			set = next
		case v >= functions: // says nothing
		case set == startA && v >= controls:
			text.WriteByte(byte(v - controls))
		default:
			text.WriteByte(byte(v + ' '))
		}
	}
	return text.String()
}
