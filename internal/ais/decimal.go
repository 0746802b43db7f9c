package ais

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
)

// Decimal is a number in its decimal spelling, such as "0.95". It is sent as a
// JSON number, and read from a number or from a string that holds one: the API
// answers confidences both ways. The empty Decimal is no number at all: it is
// not sent, and stands for what an answer left out or spelt unreadably.
type Decimal string

// plainDecimal is a JSON number without exponent and of a bounded length.
var plainDecimal = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,20})?$`)

// MarshalJSON writes a JSON number and refuses anything else.
func (d Decimal) MarshalJSON() ([]byte, error) {
	if !plainDecimal.MatchString(string(d)) {
		return nil, fmt.Errorf("%q is not a decimal number, such as 0.95", string(d))
	}
	return []byte(d), nil
}

// UnmarshalJSON accepts a number or a string and never fails: one odd
// confidence must not cost an answer that was paid for.
func (d *Decimal) UnmarshalJSON(data []byte) error {
	*d = ""
	spelling := string(bytes.Trim(data, `"`))
	if plainDecimal.MatchString(spelling) {
		*d = Decimal(spelling)
		return nil
	}
	if f, err := strconv.ParseFloat(spelling, 64); err == nil {
		if rounded := strconv.FormatFloat(f, 'f', -1, 64); plainDecimal.MatchString(rounded) {
			*d = Decimal(rounded)
		}
	}
	return nil
}

// text is a string that an answer may also spell as a number or a boolean.
type text string

// UnmarshalJSON never fails: a value of another shape is read as empty.
func (t *text) UnmarshalJSON(data []byte) error {
	*t = ""
	var s string
	var n json.Number
	var b bool
	switch {
	case json.Unmarshal(data, &s) == nil:
		*t = text(s)
	case json.Unmarshal(data, &n) == nil:
		*t = text(n)
	case json.Unmarshal(data, &b) == nil:
		*t = text(strconv.FormatBool(b))
	}
	return nil
}
