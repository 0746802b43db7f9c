package scenery

// Bar codes follow ISO/IEC 15420 (EAN/UPC). Each digit has seven modules; the right half's patterns are R, the left half's L (the complement of
// R) or G (R backwards), and which of the two each left digit uses tells the first digit.
var (
	eanRight  = [10]uint8{0b1110010, 0b1100110, 0b1101100, 0b1000010, 0b1011100, 0b1001110, 0b1010000, 0b1000100, 0b1001000, 0b1110100}
	eanParity = [10]uint8{0b000000, 0b001011, 0b001101, 0b001110, 0b010011, 0b011001, 0b011100, 0b010101, 0b010110, 0b011010} // 1: G
)

const eanModules = 95

// eanCheckDigit weighs the first twelve digits 1, 3, 1, 3 and so on.
func eanCheckDigit(first [12]int) int {
	sum := 0
	for i, d := range first {
		sum += d * (1 + 2*(i%2))
	}
	return (10 - sum%10) % 10
}

// ean13 returns the thirteen digits and the modules of the bar code; true is black.
func ean13(first [12]int) (digits [13]int, modules [eanModules]bool) {
	copy(digits[:], first[:])
	digits[12] = eanCheckDigit(first)
	at := 0
	put := func(bits uint8, n int) {
		for i := n - 1; i >= 0; i-- {
			modules[at] = bits>>i&1 == 1
			at++
		}
	}
	put(0b101, 3)
	for i, d := range digits[1:7] {
		if eanParity[digits[0]]>>(5-i)&1 == 1 {
			put(reverse7(eanRight[d]), 7)
		} else {
			put(^eanRight[d], 7)
		}
	}
	put(0b01010, 5)
	for _, d := range digits[7:] {
		put(eanRight[d], 7)
	}
	put(0b101, 3)
	return digits, modules
}

func reverse7(b uint8) uint8 {
	var r uint8
	for range 7 {
		r, b = r<<1|b&1, b>>1
	}
	return r
}
