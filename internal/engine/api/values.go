package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
)

// errValue is a parameter whose value cannot be read as its type.
var errValue = errors.New("the value is not of the type of its parameter")

// maxNumber is the most characters that a number may have.
const maxNumber = 64

// number is an optional numeric parameter. Old clients send numbers as strings
// ("gamma":"1.5"), so both are read; null and "" are the same as leaving it out.
type number struct {
	set   bool
	value float64
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *number) UnmarshalJSON(data []byte) error {
	text, err := scalar(data)
	if err != nil || text == "" {
		return err
	}
	// Decimals only: ParseFloat alone would take Inf, NaN and hexadecimal too.
	if len(text) > maxNumber || strings.Trim(text, "0123456789+-.eE") != "" {
		return errValue
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return errValue
	}
	*n = number{set: true, value: value}
	return nil
}

// or is the value, or the default when there is none.
func (n number) or(unset float64) float64 {
	if n.set {
		return n.value
	}
	return unset
}

// orWithin is the value, or the default when there is none or it is out of
// range.
func (n number) orWithin(low, high, unset float64) float64 {
	if n.set && low <= n.value && n.value <= high {
		return n.value
	}
	return unset
}

// within says whether the number is unset or in range.
func (n number) within(low, high float64) bool {
	return !n.set || low <= n.value && n.value <= high
}

// whole says whether the number is unset or an integer in range.
func (n number) whole(low, high int) bool {
	return n.within(float64(low), float64(high)) && n.value == math.Trunc(n.value)
}

// flag is an optional boolean parameter; "true" and "false" are read as well, as
// forms and old clients send them.
type flag struct {
	set   bool
	value bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (f *flag) UnmarshalJSON(data []byte) error {
	text, err := scalar(data)
	if err != nil || text == "" {
		return err
	}
	switch strings.ToLower(text) {
	case "true":
		*f = flag{set: true, value: true}
	case "false":
		*f = flag{set: true}
	default:
		return errValue
	}
	return nil
}

// or is the value, or the default when there is none.
func (f flag) or(unset bool) bool {
	if f.set {
		return f.value
	}
	return unset
}

// scalar is the text of a JSON string, number or boolean; null is "".
func scalar(data []byte) (string, error) {
	switch {
	case bytes.Equal(data, []byte("null")):
		return "", nil
	case len(data) > 0 && data[0] == '"':
		var text string
		if err := json.Unmarshal(data, &text); err != nil {
			return "", errValue
		}
		return strings.TrimSpace(text), nil
	case len(data) > 0 && (data[0] == '{' || data[0] == '['):
		return "", errValue
	default:
		return string(data), nil
	}
}
