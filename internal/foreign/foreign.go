// Package foreign cuts what a foreign server answered to what the schema of a status takes. An answer that is paid for must never be lost because a
// name in it is too long or a number is written in another way.
package foreign

import (
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// Text cuts a string to a number of characters, as the schema counts them, and replaces what is no valid or printable character.
func Text(s string, limit int) string {
	s = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(s, "�"))
	if runes := []rune(s); len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return s
}

var decimal = regexp.MustCompile(`^(0|[1-9][0-9]{0,3})(\.[0-9]{1,6})?$`)

// largest is the largest number that a Decimal holds.
const largest = 9999

// Decimal keeps a number as it was written where the schema takes it, and writes it anew where it does not: rounded to six places, and brought into
// the range of 0 to 9999. What is no number becomes "".
func Decimal(s string) v1alpha1.Decimal {
	if decimal.MatchString(s) && len(s) <= 12 {
		return v1alpha1.Decimal(s)
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) || math.IsNaN(f) {
		return ""
	}
	f = min(max(f, 0), largest)
	text := strconv.FormatFloat(f, 'f', 6, 64)
	return v1alpha1.Decimal(strings.TrimSuffix(strings.TrimRight(text, "0"), "."))
}
