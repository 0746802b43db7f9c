package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
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
	b, fields := body{}, map[string]string{}
	form := multipart.NewReader(bytes.NewReader(raw), params["boundary"])
	for range maxParts {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			b.json, err = json.Marshal(fields)
			if err != nil {
				return body{}, fail(op.codes.internal)
			}
			return b, nil
		}
		if err != nil {
			return body{}, fail(op.codes.parameter)
		}
		content, err := io.ReadAll(part) // bounded: raw is
		if err != nil {
			return body{}, fail(op.codes.parameter)
		}
		if part.FormName() == "file" {
			b.upload = content
		} else {
			fields[part.FormName()] = string(content)
		}
	}
	return body{}, fail(op.codes.parameter)
}

// decode reads the JSON into parameters. What is no JSON object is AIS.0014, a
// value of the wrong type the family's own code; unknown fields are ignored, as
// newer clients may send them.
func (b body) decode(parameters any, codes family) *Error {
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
