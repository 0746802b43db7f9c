package api

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image"
	"net/http"
	"strconv"
	"strings"

	"github.com/ais-operator/ais-operator/internal/engine/picture"
)

const (
	jsonType = "application/json;charset=UTF-8"
	// retryAfter is what a client that is turned away is told to wait, in seconds:
	// about one picture's work.
	retryAfter = "2"
)

// reply is a successful answer. A picture inside JSON is encoded on its way out:
// its text is never held in memory.
type reply struct {
	contentType string
	before      string // plain text before the content
	content     []byte
	base64      bool // the content is to be encoded
	after       string
}

// jsonResult is {"result": value}.
func jsonResult(value any) (*reply, error) {
	content, err := json.Marshal(map[string]any{"result": value})
	if err != nil {
		return nil, err
	}
	return &reply{contentType: jsonType, content: content}, nil
}

// pictureResult is {"result": "<Base64>"}, or for a form the picture itself.
func pictureResult(img *image.NRGBA, f picture.Format, form bool) (*reply, error) {
	var encoded bytes.Buffer
	if err := picture.Encode(&encoded, img, f); err != nil {
		return nil, err
	}
	if form {
		return &reply{contentType: "image/" + string(f), content: encoded.Bytes()}, nil
	}
	return &reply{contentType: jsonType, before: `{"result":"`, content: encoded.Bytes(), base64: true, after: `"}`}, nil
}

// send writes the answer. The error is the client's departure.
func (r *reply) send(w http.ResponseWriter) error {
	size := len(r.content)
	if r.base64 {
		size = base64.StdEncoding.EncodedLen(size)
	}
	w.Header().Set("Content-Type", r.contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(r.before)+size+len(r.after)))
	w.WriteHeader(http.StatusOK)
	if !r.base64 {
		_, err := w.Write(r.content) //nolint:gosec // A picture, sent as one.
		return err
	}
	const chunk = 64 << 10
	out := bufio.NewWriterSize(w, chunk) // keeps the first error for Flush
	_, _ = out.WriteString(r.before)
	encoder := base64.NewEncoder(base64.StdEncoding, out)
	if _, err := encoder.Write(r.content); err != nil {
		return err
	}
	if err := encoder.Close(); err != nil {
		return err
	}
	_, _ = out.WriteString(r.after)
	return out.Flush()
}

// sendError writes an error in the form of the API reference, section 3.4. The
// gateway, unlike the service behind it, puts the request ID into the body too.
func sendError(w http.ResponseWriter, e *Error) {
	noteCode(w, e.Code)
	content := errorBody{Code: e.Code, Message: e.Message}
	if strings.HasPrefix(e.Code, "APIG.") {
		content.RequestID = w.Header().Get(RequestIDHeader)
	}
	if e.Code == codeThrottled {
		w.Header().Set("Retry-After", retryAfter)
	}
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(e.Status)
	_ = json.NewEncoder(w).Encode(content) // a client that is gone cannot be told
}

type errorBody struct {
	Code      string `json:"error_code"`
	Message   string `json:"error_msg"`
	RequestID string `json:"request_id,omitempty"`
}
