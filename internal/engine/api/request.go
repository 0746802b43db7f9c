package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"unicode/utf8"
)

const (
	// maxBody is the gateway's limit on a request body, in bytes (API reference
	// 3.3: 12 MB).
	maxBody = 12 << 20
	// maxEncoded is the limit on the Base64 text of a picture, in characters, and
	// on an uploaded file, in bytes (API reference 4.1 and following: 10 MB).
	maxEncoded = 10 << 20
	// maxParts bounds the fields of a form; no API has more than four.
	maxParts = 16
	// maxParameters bounds what a body holds besides its picture, in bytes. Small
	// values can take many times their length in memory once they are read.
	maxParameters = 64 << 10
)

// source is where the picture of a request comes from: the parameters that all
// APIs share. Exactly one of them is to be given; empty strings are the same as
// leaving them out, as the reference's own examples send them.
type source struct {
	Image string `json:"image"` // Base64
	URL   string `json:"url"`
	// File is tolerated when empty: the vendor's samples send "file":"" beside
	// image. A file can only be given in a form.
	File string `json:"file"`

	upload []byte // the file of a form
}

// body is a request body before its parameters are known.
type body struct {
	json   []byte
	upload []byte // the file of a form; nil for JSON
}

// readForm turns a body into JSON and, for forms, a file. Whatever is not a form
// counts as JSON: the parser says what it thinks of it.
func readForm(r *http.Request, raw []byte, op *operation) (body, *Error) {
	contentType := r.Header.Get("Content-Type")
	if contentType == "" {
		return body{}, fail(codeHeaderMissing)
	}
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "multipart/form-data" || !op.forms {
		return body{json: raw}, nil //nolint:nilerr // What is no form is JSON.
	}
	return readParts(multipart.NewReader(bytes.NewReader(raw), params["boundary"]), len(raw), op)
}

// readParts reads the fields of a form of a size in bytes, its boundaries
// included.
func readParts(form *multipart.Reader, size int, op *operation) (body, *Error) {
	fields, left := map[string]string{}, int64(maxParameters)
	file := bytes.NewBuffer(nil)
	for range maxParts {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			parameters, err := json.Marshal(fields)
			if err != nil {
				return body{}, fail(op.codes.internal)
			}
			return body{json: parameters, upload: file.Bytes()}, nil
		}
		if err != nil {
			return body{}, fail(op.codes.parameter)
		}
		if part.FormName() == "file" {
			if file.Reset(); file.Cap() == 0 {
				file = bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead)) // no part is longer than all of them
			}
			if _, err := file.ReadFrom(part); err != nil {
				return body{}, fail(op.codes.parameter)
			}
			continue
		}
		value, err := io.ReadAll(io.LimitReader(part, left+1))
		if left -= int64(len(value)); err != nil || left < 0 {
			return body{}, fail(op.codes.parameter)
		}
		fields[part.FormName()] = string(value)
	}
	return body{}, fail(op.codes.parameter)
}

// decode reads the JSON into parameters. What is no JSON object is AIS.0014, a
// value of the wrong type the family's own code; unknown fields are ignored, as
// newer clients may send them.
func (b body) decode(parameters any, codes family) *Error {
	if err := checkShape(b.json); err != nil {
		return err
	}
	err := json.Unmarshal(b.json, parameters)
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax), errors.As(err, &mismatch) && mismatch.Field == "":
		return fail(codeJSON)
	default:
		return fail(codes.parameter)
	}
}

// checkShape refuses JSON that would take many times its length in memory: that
// which holds more than one long string, the Base64 text of a picture, and small
// things around it; and a long string that grows when it is read, since each byte
// that is no UTF-8 becomes three.
func checkShape(text []byte) *Error {
	if len(text) <= maxParameters {
		return nil
	}
	if !json.Valid(text) {
		return fail(codeJSON)
	}
	start, end := longestString(text)
	if len(text)-(end-start) > maxParameters {
		return fail(codeParameterUnknown)
	}
	for _, c := range text[start:end] {
		if c >= utf8.RuneSelf {
			return fail(codeBase64)
		}
	}
	return nil
}

// longestString is where the longest string of a JSON text stands, without its
// quotes.
func longestString(text []byte) (start, end int) {
	for at := 0; at < len(text); at++ {
		open := bytes.IndexByte(text[at:], '"')
		if open < 0 {
			break
		}
		from := at + open + 1
		for at = from; at < len(text) && text[at] != '"'; at++ {
			if text[at] == '\\' {
				at++
			}
		}
		if to := min(at, len(text)); to-from > end-start {
			start, end = from, to
		}
	}
	return start, end
}

// check says whether exactly one picture is given, in a way that the API takes.
func (s *source) check(op *operation) *Error {
	given := 0
	for _, is := range []bool{s.Image != "", s.URL != "", len(s.upload) > 0} {
		if is {
			given++
		}
	}
	switch {
	case given > 1, s.File != "", s.URL != "" && !op.urls:
		return fail(codeParameterUnknown)
	case given == 0:
		return fail(codeParameterMissing)
	case len(s.Image) > maxEncoded, len(s.upload) > maxEncoded:
		return fail(op.codes.encoded)
	}
	return nil
}
