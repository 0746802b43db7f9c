package foreign_test

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/foreign"
)

func TestText(t *testing.T) {
	tests := []struct {
		name  string
		in    string
		limit int
		want  string
	}{
		{"what fits stays as it is", "koala", 5, "koala"},
		{"nothing stays nothing", "", 5, ""},
		{"what is too long ends in an ellipsis", "koalas", 5, "koal…"},
		{"characters are counted, not bytes", "考拉考拉考", 5, "考拉考拉考"},
		{"characters are not cut in two", "考拉考拉考拉", 5, "考拉考拉…"},
		{"control characters become blanks", "a\x00b\nc\td\u0085e", 16, "a b c d e"},
		{"bytes that are no UTF-8 are marked", "a\xffb", 5, "a\ufffdb"},
		{"a run of such bytes is marked once", "a\xff\xfe\xfdb", 5, "a\ufffdb"},
		{"the least limit leaves the ellipsis", "koala", 1, "…"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := foreign.Text(tt.in, tt.limit); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "koala", "考拉", "a\xffb", "\xe8\x80", "\x00", "e\u0301\u0301\u0301", "🐨🐨🐨"} {
		f.Add(s, uint8(2))
	}
	f.Fuzz(func(t *testing.T, s string, n uint8) {
		limit := int(n) + 1
		got := foreign.Text(s, limit)
		if !utf8.ValidString(got) {
			t.Errorf("%q is no valid UTF-8", got)
		}
		if length := utf8.RuneCountInString(got); length > limit {
			t.Errorf("%q has %d characters, want %d at most", got, length, limit)
		}
		if strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("%q holds control characters", got)
		}
		if again := foreign.Text(got, limit); again != got {
			t.Errorf("%q became %q the second time", got, again)
		}
	})
}

func TestDecimal(t *testing.T) {
	tests := []struct {
		name string
		in   string
		want v1alpha1.Decimal
	}{
		{"what the schema takes stays as it was written", "0.950", "0.950"},
		{"an integer stays", "98", "98"},
		{"zero stays", "0", "0"},
		{"the most digits stay", "9999.999999", "9999.999999"},
		{"more places are rounded", "0.98765432109", "0.987654"},
		{"rounding carries", "0.9999999", "1"},
		{"rounding up stays within four digits", "9999.9999999", "9999"},
		{"trailing zeros go when it is written anew", "12.50000000", "12.5"},
		{"an exponent is written out", "9.5e-1", "0.95"},
		{"a large exponent is written out", "1e3", "1000"},
		{"a leading zero goes", "007", "7"},
		{"a bare fraction gets its zero", ".5", "0.5"},
		{"a bare point goes", "5.", "5"},
		{"a plus sign goes", "+1.5", "1.5"},
		{"a negative number becomes zero", "-3.2", "0"},
		{"negative zero becomes zero", "-0", "0"},
		{"what is next to nothing becomes zero", "1e-300", "0"},
		{"a number beyond the range becomes its end", "12345", "9999"},
		{"a number beyond float64 becomes its end too", "1e999", "9999"},
		{"and so does one below it", "-1e999", "0"},
		{"nothing is no number", "", ""},
		{"a word is no number", "high", ""},
		{"NaN is no number", "NaN", ""},
		{"a percentage is no number", "95%", ""},
		{"blanks are no number", " 1", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := foreign.Decimal(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// schema is what the schema of v1alpha1.Decimal takes.
var schema = regexp.MustCompile(`^(0|[1-9][0-9]{0,3})(\.[0-9]{1,6})?$`)

func FuzzDecimal(f *testing.F) {
	for _, s := range []string{"", "0.95", "-1", "1e3", "9999.9999999", "Inf", "-Infinity", "NaN", "0x1p-2", "1_000", "0.0000001", "٣"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := string(foreign.Decimal(s))
		in, err := strconv.ParseFloat(s, 64)
		if got == "" {
			if err == nil && !math.IsNaN(in) {
				t.Errorf("%q is a number and was dropped", s)
			}
			return
		}
		if !schema.MatchString(got) || len(got) > 12 {
			t.Fatalf("%q became %q, which the schema does not take", s, got)
		}
		out, err := strconv.ParseFloat(got, 64)
		if err != nil {
			t.Fatal(err)
		}
		if in >= 0 && in < 9999 && math.Abs(in-out) > 0.6e-6 {
			t.Errorf("%q became %q, which is another number", s, got)
		}
		if again := string(foreign.Decimal(got)); again != got {
			t.Errorf("%q became %q the second time", got, again)
		}
	})
}
