package ais

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"time"
)

// PictureResult is the answer of an operation that returns a picture.
type PictureResult struct {
	// Data is the picture file. The API does not announce its format: it shows
	// in the first bytes.
	Data []byte
	// RequestID identifies the call to the vendor's support.
	RequestID string
}

// envelope is what every answer looks like: a result, or an error code.
type envelope struct {
	Result    window `json:"result"`
	ErrorCode text   `json:"error_code"`
	ErrorMsg  text   `json:"error_msg"`
}

// window is a JSON value that stays where it is in the answer: json.RawMessage
// would copy it, which for a picture is megabytes.
type window []byte

// UnmarshalJSON keeps data, which is part of a body that nobody else uses.
func (w *window) UnmarshalJSON(data []byte) error {
	*w = data
	return nil
}

// open finds the result in an answer, or the error that it holds.
func (x *exchange) open(a *answer, now time.Time) (window, error) {
	var e envelope
	if err := json.Unmarshal(a.body, &e); err != nil {
		if page := parseFault(a.header.Get("Content-Type"), a.body); page.page {
			return nil, x.refused(a.status, a.header, page, now)
		}
		return nil, x.unreadable(a, "the answer is not valid JSON", err)
	}
	if e.ErrorCode != "" {
		return nil, x.refused(a.status, a.header, parseFault("", a.body), now)
	}
	if len(e.Result) == 0 || string(e.Result) == "null" {
		return nil, x.unreadable(a, "the answer has no result", nil)
	}
	return e.Result, nil
}

// decode decodes the result of an answer into a struct.
func (x *exchange) decode(a *answer, result any, now time.Time) error {
	found, err := x.open(a, now)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(found, result); err != nil {
		return x.unreadable(a, "the result does not have the documented form", err)
	}
	return nil
}

// picture decodes the result of an answer from Base64, in the answer's memory.
func (x *exchange) picture(a *answer, now time.Time) ([]byte, error) {
	found, err := x.open(a, now)
	if err != nil {
		return nil, err
	}
	data, err := decodeInPlace(found)
	if err != nil {
		return nil, x.unreadable(a, "the result is not a picture in Base64", err)
	}
	return data, nil
}

// decodeInPlace turns a JSON string of Base64 into what it encodes, and
// overwrites it. The picture stays in the memory that it was received in.
func decodeInPlace(quoted []byte) ([]byte, error) {
	if len(quoted) < 2 || quoted[0] != '"' {
		return nil, errors.New("it is not a string")
	}
	value, err := unescape(quoted[1 : len(quoted)-1])
	if err != nil {
		return nil, err
	}
	if len(value) == 0 {
		return nil, errors.New("it is empty")
	}
	// Every block is decoded aside, then put down where it, or an earlier one,
	// has been read already.
	const block = 4 << 10 // a multiple of four: whole groups of Base64
	var aside [block / 4 * 3]byte
	n := 0
	for start := 0; start < len(value); start += block {
		m, err := base64.StdEncoding.Decode(aside[:], value[start:min(start+block, len(value))])
		if err != nil {
			return nil, err
		}
		if m < len(aside) && start+block < len(value) {
			return nil, errors.New("it goes on after its padding")
		}
		n += copy(value[n:], aside[:m])
	}
	return value[:n:n], nil
}

var errLetter = errors.New("it holds a letter that is not of Base64")

// unescape undoes, in place, the escapes of a JSON string of Base64: some
// encoders escape the slash, others write letters as \uXXXX, and line breaks
// say nothing. The string is valid JSON, so every escape is complete.
func unescape(value []byte) ([]byte, error) {
	if bytes.IndexByte(value, '\\') < 0 {
		return value, nil
	}
	kept := value[:0]
	for i := 0; i < len(value); i++ {
		c := value[i]
		if c != '\\' {
			kept = append(kept, c)
			continue
		}
		i++
		switch value[i] {
		case 'n', 'r':
		case '/':
			kept = append(kept, '/')
		case 'u':
			code, err := strconv.ParseUint(string(value[i+1:i+5]), 16, 7)
			if err != nil {
				return nil, errLetter
			}
			if code != '\n' && code != '\r' {
				kept = append(kept, byte(code))
			}
			i += 4
		default: // \b, \f and \t are no letters b, f and t
			return nil, errLetter
		}
	}
	return kept, nil
}
