package barcode

// eanDigits are the widths of the digits in set A, space first; set C has the same with bar first, set B the reverse.
var eanDigits = map[[4]int]byte{
	{3, 2, 1, 1}: '0', {2, 2, 2, 1}: '1', {2, 1, 2, 2}: '2', {1, 4, 1, 1}: '3', {1, 1, 3, 2}: '4',
	{1, 2, 3, 1}: '5', {1, 1, 1, 4}: '6', {1, 3, 1, 2}: '7', {1, 2, 1, 3}: '8', {3, 1, 1, 2}: '9',
}

// eanParity gives the first digit of EAN-13 by which of the left six digits are of set B, the leftmost being the highest bit.
var eanParity = map[int]byte{
	0b000000: '0', 0b001011: '1', 0b001101: '2', 0b001110: '3', 0b010011: '4',
	0b011001: '5', 0b011100: '6', 0b010101: '7', 0b010110: '8', 0b011010: '9',
}

const (
	eanGuard, eanCentre = 3, 5 // elements
	eanDigit            = 4
)

// readEAN13 reads a code that starts at the first element, and says how many elements it has; 0 is none.
func readEAN13(elements []element) (Format, string, int) {
	digits, parity, count := readEAN(elements, 6)
	first, ok := eanParity[parity]
	if count == 0 || !ok {
		return "", "", 0
	}
	text := string(first) + digits
	if !checked(text) {
		return "", "", 0
	}
	if first == '0' {
		return UPCA, digits, count
	}
	return EAN13, text, count
}

func readEAN8(elements []element) (Format, string, int) {
	digits, parity, count := readEAN(elements, 4)
	if count == 0 || parity != 0 || !checked(digits) {
		return "", "", 0
	}
	return EAN8, digits, count
}

// readEAN reads guard, half the digits, centre, half the digits, guard.
func readEAN(elements []element, half int) (digits string, parity, count int) {
	count = 2*eanGuard + eanCentre + 2*half*eanDigit
	if len(elements) < count {
		return "", 0, 0
	}
	unit := width(elements[:count]) / float64(2*eanGuard+eanCentre+2*half*7)
	centre := eanGuard + half*eanDigit
	if !plain(elements[:eanGuard], unit) || !plain(elements[centre:centre+eanCentre], unit) ||
		!plain(elements[count-eanGuard:count], unit) {
		return "", 0, 0
	}
	text := make([]byte, 0, 2*half)
	for i := range 2 * half {
		at := eanGuard + i*eanDigit
		if i >= half {
			at += eanCentre
		}
		var w [eanDigit]int
		if !modules(elements[at:at+eanDigit], 7, w[:]) {
			return "", 0, 0
		}
		digit, ok := eanDigits[w]
		if !ok && i < half {
			digit, ok = eanDigits[[4]int{w[3], w[2], w[1], w[0]}]
			parity |= 1 << (half - 1 - i)
		}
		if !ok {
			return "", 0, 0
		}
		text = append(text, digit)
	}
	return string(text), parity, count
}

// checked verifies the check digit: weights 1 and 3 alternate from the right.
func checked(digits string) bool {
	sum := 0
	for i := range len(digits) {
		weight := 1
		if (len(digits)-i)%2 == 0 {
			weight = 3
		}
		sum += weight * int(digits[i]-'0')
	}
	return sum%10 == 0
}
