package ais

import (
	_ "embed"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

//go:embed testdata/codes.txt
var documentedCodes string

func codesOf(t *testing.T) []string {
	t.Helper()
	var codes []string
	for line := range strings.Lines(documentedCodes) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			codes = append(codes, line)
		}
	}
	return codes
}

func TestEveryDocumentedCodeHasOneRow(t *testing.T) {
	var rows []string
	for _, family := range codeFamilies() {
		for _, row := range family.rows {
			rows = append(rows, row.code)
			if row.means == "" || row.measure == "" || Measure(row.code) != row.measure {
				t.Errorf("%s: meaning %q, measure %q", row.code, row.means, row.measure)
			}
		}
	}
	want := codesOf(t)
	slices.Sort(want)
	slices.Sort(rows)
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows (-documented +table):\n%s", diff)
	}
	if Measure("AIS.9999") != "" {
		t.Error("an unknown code has a measure")
	}
}

//go:embed testdata/classes.txt
var classTable string

// decidedClasses is the decision on every code.
func decidedClasses(t *testing.T) map[string]Class {
	t.Helper()
	decided := map[string]Class{}
	for line := range strings.Lines(classTable) {
		class, codes, ok := strings.Cut(line, ":")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		words := strings.Fields(codes)
		for _, number := range words[1:] {
			code := words[0] + "." + number
			if decided[code] != "" {
				t.Errorf("%s is decided twice", code)
			}
			decided[code] = Class(class)
		}
	}
	return decided
}

func TestEveryCodeOfTheReferenceHasADecidedClass(t *testing.T) {
	decided, section := decidedClasses(t), ""
	counts := map[string]int{}
	for line := range strings.Lines(documentedCodes) {
		switch line = strings.TrimSpace(line); {
		case strings.HasPrefix(line, "#"):
			section = strings.TrimPrefix(line, "# ")
		case line != "":
			counts[section]++
			if strings.HasPrefix(section, "API reference") && decided[line] == "" {
				t.Errorf("%s of %s has no decided class", line, section)
			}
		}
	}
	if counts["API reference 7.2"] != 77 || counts["API reference, examples of 4 and 5"] != 2 {
		t.Errorf("codes by section: %v, want all 77 of the reference and 2 of its examples", counts)
	}
	for code := range decided {
		if !slices.Contains(codesOf(t), code) {
			t.Errorf("%s is decided but not documented", code)
		}
	}
}

func TestTheCodeDecidesWhateverTheStatus(t *testing.T) {
	for code, class := range decidedClasses(t) {
		for _, status := range []int{200, 400, 401, 403, 404, 429, 500, 502} {
			want := class
			if code == "APIG.0201" && status >= 500 {
				want = classOfStatus(status, false)
			}
			for _, spelt := range []string{code, strings.Replace(code, "APIG.", "APIGW.", 1)} {
				if got := (&Error{Code: spelt, HTTPStatus: status}).Class(); got != want {
					t.Errorf("%s with %d: got %s, want %s", spelt, status, got, want)
				}
			}
		}
	}
}

// Codes beyond that decision have a row for their measure, and the class that
// the status they are documented with has.
func TestOtherCodesHaveTheClassOfTheirStatus(t *testing.T) {
	documented := map[string]int{
		"APIG.0106": 400, "APIG.0311": 401, "APIG.0602": 400, "APIG.1009": 400,
		"IAM.0004": 404, "IAM.0011": 400, "IAM.0020": 410, "IAM.0083": 403,
	}
	decided := decidedClasses(t)
	for _, code := range codesOf(t) {
		if decided[code] != "" {
			continue
		}
		e := &Error{Code: code, HTTPStatus: documented[code]}
		if want := classOfStatus(documented[code], false); e.Class() != want {
			t.Errorf("%s: got %s, want %s as for %d", code, e.Class(), want, documented[code])
		}
	}
}

func TestStatusDecidesForUnknownCodes(t *testing.T) {
	for status, want := range map[int]Class{
		0: ClassUnknown, 101: ClassService, 200: ClassUnknown, 301: ClassService, 302: ClassService, 304: ClassService,
		400: ClassRejected, 401: ClassCredentials, 402: ClassRejected, 403: ClassAccount, 404: ClassService, 405: ClassService,
		408: ClassTransient, 409: ClassRejected, 410: ClassService, 413: ClassRejected, 414: ClassRejected, 415: ClassRejected,
		422: ClassRejected, 429: ClassThrottled, 494: ClassRejected, 500: ClassTransient, 501: ClassService,
		502: ClassUnknown, 503: ClassTransient, 504: ClassUnknown, 505: ClassTransient,
	} {
		for _, code := range []string{"", "AIS.9999"} {
			if got := ClassOf(fmt.Errorf("wrapped: %w", &Error{Code: code, HTTPStatus: status})); got != want {
				t.Errorf("%d with code %q: got %s, want %s", status, code, got, want)
			}
		}
	}
	if got := (&Error{HTTPStatus: 413, RetryAfter: time.Second}).Class(); got != ClassThrottled {
		t.Errorf("413 with Retry-After: got %s", got)
	}
	if got := ClassOf(nil) + ClassOf(http.ErrBodyNotAllowed); got != "" {
		t.Errorf("what is no *Error has class %s", got)
	}
}
