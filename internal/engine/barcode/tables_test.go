package barcode

import "testing"

func TestTheTableOfCode128IsThatOfTheStandard(t *testing.T) {
	if len(code128) != code128Stop+1 || len(code128Values) != code128Stop {
		t.Fatalf("%d symbols, %d of them different, want %d and %d", len(code128), len(code128Values), code128Stop+1, code128Stop)
	}
	for value, widths := range code128[:code128Stop] {
		sum, bars := 0, 0
		for i, w := range widths {
			sum += int(w - '0')
			if i%2 == 0 {
				bars += int(w - '0')
			}
		}
		if sum != code128Modules || bars%2 != 0 {
			t.Errorf("symbol %d: %d modules, %d of them dark, want %d and an even number", value, sum, bars, code128Modules)
		}
	}
}

func TestCode128TextFollowsTheSets(t *testing.T) {
	tests := map[string]struct {
		values []int
		want   string
	}{
		"pairs of digits":               {[]int{startC, 12, 34, 0}, "123400"},
		"capitals and small letters":    {[]int{startB, 33, 65}, "Aa"},
		"control characters of set A":   {[]int{startA, 33, 64 + 9}, "A\t"},
		"a change from C to B and back": {[]int{startC, 12, 100, 33, 99, 34}, "12A34"},
		"a change from B to A":          {[]int{startB, 65, 101, 65}, "a\x01"},
		"function symbols say nothing":  {[]int{startB, 102, 33}, "A"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := code128Text(test.values); got != test.want {
				t.Errorf("text %q, want %q", got, test.want)
			}
		})
	}
}
