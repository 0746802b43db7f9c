package ais

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func noise(n int) []byte {
	random := rand.New(rand.NewPCG(1, uint64(n)))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}

func TestPayloadIsThePlainEncodingHoweverItIsRead(t *testing.T) {
	params := struct {
		Language  string  `json:"language,omitempty"`
		Threshold Decimal `json:"threshold,omitempty"`
	}{"en", "60.5"}
	for _, size := range []int{1, 2, 3, 4, 5, 100, 4095, 4096, 4097} {
		picture := noise(size)
		p, err := newPayload(Image{Data: picture}, params)
		if err != nil {
			t.Fatal(err)
		}
		want := `{"image":"` + base64.StdEncoding.EncodeToString(picture) + `","language":"en","threshold":60.5}`
		for name, wrap := range map[string]func(io.Reader) io.Reader{
			"at once":         func(r io.Reader) io.Reader { return r },
			"byte by byte":    iotest.OneByteReader,
			"by halves":       iotest.HalfReader,
			"by five":         func(r io.Reader) io.Reader { return chunked{r, 5} },
			"by seventy-nine": func(r io.Reader) io.Reader { return chunked{r, 79} },
		} {
			got, err := io.ReadAll(wrap(p.open()))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, string(got)); diff != "" {
				t.Errorf("%d bytes %s (-want +got):\n%s", size, name, diff)
			}
		}
		sum := sha256.Sum256([]byte(want))
		if p.size() != int64(len(want)) || p.sum() != hex.EncodeToString(sum[:]) {
			t.Errorf("%d bytes: size %d and sum %s are not those of the body", size, p.size(), p.sum())
		}
	}
}

type chunked struct {
	r io.Reader
	n int
}

func (c chunked) Read(b []byte) (int, error) { return c.r.Read(b[:min(len(b), c.n)]) }

func TestPayloadFields(t *testing.T) {
	type params struct {
		Limit *int `json:"limit,omitempty"`
	}
	for name, tc := range map[string]struct {
		image  Image
		params any
		want   string
	}{
		"a picture alone":                     {Image{Data: []byte("abc")}, params{}, `{"image":"YWJj"}`},
		"an address alone, as it was written": {Image{URL: "https://h/a?x=1&y=<2>"}, params{}, `{"url":"https://h/a?x=1&y=<2>"}`},
		"an address and a parameter":          {Image{URL: "https://h/a"}, params{Limit: new(5)}, `{"url":"https://h/a","limit":5}`},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := newPayload(tc.image, tc.params)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(p.open())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSealedPayloadHandsOutNothingMore(t *testing.T) {
	p, err := newPayload(Image{Data: noise(100)}, struct{}{})
	if err != nil {
		t.Fatal(err)
	}
	body := p.open()
	if _, err := io.CopyN(io.Discard, body, p.size()-1); err != nil {
		t.Fatal(err)
	}
	if body.seal() {
		t.Error("complete with one byte missing")
	}
	if n, err := body.Read(make([]byte, 10)); n != 0 || !errors.Is(err, errSealed) {
		t.Errorf("read %d bytes, %v after the seal", n, err)
	}

	body = p.open()
	if _, err := io.Copy(io.Discard, body); err != nil {
		t.Fatal(err)
	}
	if !body.seal() {
		t.Error("not complete after the last byte")
	}
}
