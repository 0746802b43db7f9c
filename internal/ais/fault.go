package ais

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// fault is what the body of a failed answer tells, whatever its form.
type fault struct {
	code, message, requestID string
	page                     bool // it is an HTML page: not the API speaking
}

// faultBody joins the forms in use: {error_code, error_msg, request_id} of the
// service and the gateway, {error: {code, message}} of IAM, and {code, message}.
type faultBody struct {
	ErrorCode text            `json:"error_code"`
	ErrorMsg  text            `json:"error_msg"`
	RequestID text            `json:"request_id"`
	Code      text            `json:"code"`
	Message   text            `json:"message"`
	Error     json.RawMessage `json:"error"`
}

// parseFault reads any body, an empty one included.
func parseFault(contentType string, body []byte) fault {
	trimmed := bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	if strings.Contains(strings.ToLower(contentType), "html") || bytes.HasPrefix(trimmed, []byte("<")) {
		return fault{message: "an HTML page: " + title(trimmed), page: true}
	}
	var outer faultBody
	if json.Unmarshal(trimmed, &outer) != nil {
		return fault{message: string(trimmed)}
	}
	found := outer.fault()
	var inner faultBody
	if json.Unmarshal(outer.Error, &inner) == nil {
		nested := inner.fault()
		found.code = cmp.Or(found.code, nested.code)
		found.message = cmp.Or(found.message, nested.message)
		found.requestID = cmp.Or(found.requestID, nested.requestID)
	}
	return found
}

func (b faultBody) fault() fault {
	return fault{
		code:      cmp.Or(errorCode(b.ErrorCode), errorCode(b.Code)),
		message:   cmp.Or(string(b.ErrorMsg), string(b.Message)),
		requestID: identifier(string(b.RequestID)),
	}
}

// errorCode drops what is no code: IAM repeats the HTTP status there.
func errorCode(t text) string {
	if _, err := strconv.Atoi(string(t)); err == nil {
		return ""
	}
	return identifier(string(t))
}

// title is the title of an HTML page, which is the best summary it has.
func title(page []byte) string {
	lower := bytes.ToLower(page)
	if len(lower) != len(page) { // some letters change their length with their case
		return ""
	}
	start := bytes.Index(lower, []byte("<title>"))
	if start < 0 {
		return ""
	}
	start += len("<title>")
	end := bytes.Index(lower[start:], []byte("</title>"))
	if end < 0 {
		return ""
	}
	return string(page[start : start+end])
}

// detailOf says what is wrong with credentials, from the message, which is
// where APIG.0301 and IAM's 401 differ, else from the code's row.
func detailOf(code, message string) Detail {
	row, _ := lookUp(code)
	lower := strings.ToLower(message)
	holds := func(parts ...string) bool {
		for _, part := range parts {
			if strings.Contains(lower, part) {
				return true
			}
		}
		return false
	}
	switch {
	case row.detail == DetailLocked || holds("locked", "reach the limit"):
		return DetailLocked
	case holds("signature expired", "signature time", "clock", "x-sdk-date"):
		return DetailClockSkew
	case holds("expire"):
		return DetailExpired
	case row.detail != "":
		return row.detail
	case holds("wrong", "incorrect", "invalid", "fail", "not exist", "does not match"):
		return DetailWrong
	}
	return ""
}

const (
	// accountLock and keyLock are how long IAM locks an account after failed
	// log-ins and the gateway an access key after wrong signatures, by default.
	// https://support.huaweicloud.com/intl/en-us/usermanual-iam/iam_01_0704.html
	accountLock = 15 * time.Minute
	keyLock     = 5 * time.Minute
	// maxRetryAfter bounds what an answer may ask for.
	maxRetryAfter = 24 * time.Hour
)

// lockOf is how long a lock is documented to last.
func lockOf(message string) time.Duration {
	if strings.Contains(strings.ToLower(message), "ak access") {
		return keyLock
	}
	return accountLock
}

// retryAfter reads the header of RFC 9110, section 10.2.3: seconds, or a date
// that is compared with the server's own clock where it is given.
func retryAfter(header http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if value == "" {
		return 0
	}
	seconds, err := strconv.ParseUint(value, 10, 31)
	switch {
	case errors.Is(err, strconv.ErrRange): // a number all the same
		return maxRetryAfter
	case err == nil:
		return min(time.Duration(seconds)*time.Second, maxRetryAfter)
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if served, err := http.ParseTime(header.Get("Date")); err == nil {
		now = served
	}
	return min(max(at.Sub(now), 0), maxRetryAfter)
}
