package ais

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

func FuzzErrorBody(f *testing.F) {
	for _, seed := range []string{
		`{"error_code":"AIS.0014","error_msg":"The JSON","request_id":"r"}`,
		`{"error":{"code":401,"message":"The account is locked.","title":"Unauthorized"}}`,
		`{"error":"x","code":[1]}`, "<html><title>a</title>", "\ufeff<", "", "\x00\xff", `{"error_msg":"https://h/p?sig=1"}`,
	} {
		f.Add(401, "application/json", []byte(seed))
	}
	f.Fuzz(func(t *testing.T, status int, contentType string, body []byte) {
		x := &exchange{op: "X", paid: true, secrets: []string{testSecret}}
		e := x.refused(status, http.Header{"Retry-After": {contentType}}, parseFault(contentType, body), time.Time{})
		if e.Class() == "" {
			t.Error("no class")
		}
		if !utf8.ValidString(e.Message) || utf8.RuneCountInString(e.Message) > maxMessageRunes || strings.Contains(e.Message, testSecret) {
			t.Errorf("message %q", e.Message)
		}
		for _, r := range e.Code + e.RequestID + e.Message {
			if !unicode.IsPrint(r) {
				t.Errorf("%q holds %q", e.Error(), r)
			}
		}
	})
}

func FuzzTaggingAnswer(f *testing.F) {
	for _, seed := range []string{
		oneTag, `{"result":{"tags":[{"confidence":1e400,"instances":[{"bounding_box":{"width":"-0"}}]}]}}`,
		`{"result":{"tags":null}}`, `{"result":[]}`, `{"error_code":5}`, `{"error_code":"AIS.0105"}`, `[`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		x := &exchange{op: "X", paid: true}
		var result struct {
			Tags []Tag `json:"tags"`
		}
		err := x.decode(&answer{status: 200, body: body}, &result, time.Time{})
		if err != nil && ClassOf(err) == "" {
			t.Errorf("no class: %v", err)
		}
		for _, tag := range result.Tags {
			if tag.Confidence != "" && !json.Valid([]byte(tag.Confidence)) {
				t.Errorf("confidence %q is no number", tag.Confidence)
			}
		}
	})
}

func FuzzPictureAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"result":"YWJj"}`, `{"result":"YQ=="}`, `{"result":"\/9j\/\u002B\r\n"}`, `{"result":"YW\u000aJj\n"}`, `{"result":"YWJj\tYWJ"}`, `{"result":"\u00e9"}`, `{"result":1}`, `{"result":"`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var whole struct {
			Result string `json:"result"`
		}
		plain := json.Unmarshal(body, &whole) == nil
		want, refused := base64.StdEncoding.DecodeString(whole.Result)

		x := &exchange{op: "X", paid: true}
		got, err := x.picture(&answer{status: 200, body: bytes.Clone(body)}, time.Time{})
		if err == nil && (!plain || refused != nil || !bytes.Equal(got, want)) {
			t.Errorf("decoded %q from %q, which ordinary decoding does not: %q, %v", got, body, want, refused)
		}
	})
}
