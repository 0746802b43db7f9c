package ais

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	// signatureAlgorithm is the scheme of Huawei Cloud's API Request Signing
	// Guide, https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm.html.
	signatureAlgorithm = "SDK-HMAC-SHA256"
	// signatureTime is the layout of X-Sdk-Date, always in UTC.
	signatureTime = "20060102T150405Z"
	// signatureWindow is how far the gateway lets X-Sdk-Date be off its clock.
	signatureWindow = 15 * time.Minute
)

// signable is the part of a request that a signature covers.
type signable struct {
	method string
	// path is decoded, as in url.URL.Path.
	path  string
	query url.Values
	// headers are signed, all of them: lower-case names, x-sdk-date included.
	headers map[string]string
	// bodyHash is the lower-case hex SHA-256 of the bytes sent.
	bodyHash string
}

// authorization returns the value of the Authorization header. It depends on
// nothing but its arguments.
func (s signable) authorization(keyID string, secret Secret) string {
	names := slices.Sorted(maps.Keys(s.headers))
	signed := strings.Join(names, ";")

	mac := hmac.New(sha256.New, []byte(secret.Reveal()))
	mac.Write([]byte(s.stringToSign(names, signed)))
	return signatureAlgorithm + " Access=" + keyID +
		", SignedHeaders=" + signed +
		", Signature=" + hex.EncodeToString(mac.Sum(nil))
}

func (s signable) stringToSign(names []string, signed string) string {
	sum := sha256.Sum256([]byte(s.canonicalRequest(names, signed)))
	return signatureAlgorithm + "\n" + s.headers["x-sdk-date"] + "\n" + hex.EncodeToString(sum[:])
}

func (s signable) canonicalRequest(names []string, signed string) string {
	var headers strings.Builder
	for _, name := range names {
		headers.WriteString(name + ":" + strings.TrimSpace(s.headers[name]) + "\n")
	}
	return strings.Join([]string{
		s.method, canonicalPath(s.path), canonicalQuery(s.query), headers.String(), signed, s.bodyHash,
	}, "\n")
}

// canonicalPath encodes each segment and always ends with a slash, which the
// path on the wire need not have.
func canonicalPath(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		segments[i] = percentEncode(segment)
	}
	if segments[len(segments)-1] != "" {
		segments = append(segments, "")
	}
	if len(segments) == 1 { // the empty path
		return "/"
	}
	return strings.Join(segments, "/")
}

// canonicalQuery sorts by key, then value, and always writes the equals sign.
func canonicalQuery(query url.Values) string {
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(query)) {
		for _, value := range slices.Sorted(slices.Values(query[key])) {
			pairs = append(pairs, percentEncode(key)+"="+percentEncode(value))
		}
	}
	return strings.Join(pairs, "&")
}

// percentEncode keeps the unreserved characters of RFC 3986 and encodes every
// other byte in upper-case hex; net/url has no function that does exactly that.
func percentEncode(s string) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9', strings.IndexByte("-_.~", c) >= 0:
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
		}
	}
	return b.String()
}

// signedHost is the host as the gateway canonicalises it: without a port that
// is the default of http or https.
func signedHost(host string) string {
	host = strings.TrimSuffix(host, ":443")
	return strings.TrimSuffix(host, ":80")
}
