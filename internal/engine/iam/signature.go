package iam

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	algorithm       = "SDK-HMAC-SHA256"
	dateHeader      = "x-sdk-date"
	dateLayout      = "20060102T150405Z"
	digestHeader    = "X-Sdk-Content-Sha256"
	securityHeader  = "X-Security-Token"
	tokenHeader     = "X-Auth-Token" //nolint:gosec // A name, no secret.
	unsignedPayload = "UNSIGNED-PAYLOAD"
	maxSkew         = 15 * time.Minute
	maxSigned       = 64 // signed headers
)

// signature is the content of an Authorization header
//
//	SDK-HMAC-SHA256 Access=<AK>, SignedHeaders=<a;b>, Signature=<hex>
type signature struct {
	accessKeyID string
	headers     []string // as listed by the client: lower case
	sum         []byte   // 32 bytes
}

// errForm is any Authorization header of another form.
var errForm = errors.New("not an SDK-HMAC-SHA256 authorization header")

// parseSignature reads an Authorization header. Every part stands in it once.
func parseSignature(header string) (*signature, error) {
	rest, ok := strings.CutPrefix(header, algorithm+" ")
	if !ok {
		return nil, errForm
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if _, again := parts[name]; again {
			return nil, errForm
		}
		parts[name] = value
	}
	sum, err := hex.DecodeString(parts["Signature"])
	if err != nil || len(sum) != sha256.Size || len(parts) != 3 || !idPattern.MatchString(parts["Access"]) {
		return nil, errForm
	}
	headers, err := signedHeaders(parts["SignedHeaders"])
	if err != nil {
		return nil, err
	}
	return &signature{accessKeyID: parts["Access"], headers: headers, sum: sum}, nil
}

// signedHeaders reads the names of the signed headers, among them the date.
func signedHeaders(list string) ([]string, error) {
	headers := strings.Split(list, ";")
	if len(headers) > maxSigned || !slices.Contains(headers, dateHeader) {
		return nil, errForm
	}
	for i, name := range headers {
		if name == "" || name != strings.ToLower(name) || slices.Contains(headers[:i], name) {
			return nil, errForm
		}
	}
	return headers, nil
}

// inspectSignature checks a signed request as far as it goes without the body.
// What it refuses counts as no wrong signature.
func (s *Service) inspectSignature(r *http.Request, header string) (*Credentials, error) {
	sig, err := parseSignature(header)
	if err != nil {
		return nil, unauthorized("verify aksk signature fail")
	}
	token := r.Header.Get(securityHeader)
	key, err := s.signingKey(sig.accessKeyID, token)
	switch {
	case errors.Is(err, ErrUnknownKey):
		return nil, unauthorized("Get secretKey failed,ak:%s,err:ak not exist", sig.accessKeyID)
	case err != nil:
		return nil, unauthorized("%s", err)
	case token != "" && !slices.Contains(sig.headers, strings.ToLower(securityHeader)):
		return nil, unauthorized("X-Security-Token is not among the signed headers")
	case s.secrets.isLocked(key.id):
		return nil, unauthorized("AK access failed to reach the limit,forbidden")
	}
	date, err := time.Parse(dateLayout, r.Header.Get(dateHeader))
	if err != nil {
		return nil, unauthorized("verify aksk signature fail")
	}
	if skew := s.now().Sub(date); skew.Abs() > maxSkew {
		return nil, unauthorized("signature expired, signature time:%s,server time:%s",
			date.Format(dateLayout), s.now().UTC().Format(dateLayout))
	}
	caller := Caller{account: key.account, who: key.who, project: r.Header.Get("X-Project-Id"), temporary: !key.ends.IsZero()}
	return &Credentials{service: s, caller: caller, signature: sig, key: key, request: r}, nil
}

// verifySignature compares the signature with that of the request as received.
// Only here a failure counts toward the lock of the key.
func (s *Service) verifySignature(c *Credentials, body []byte) (Caller, error) {
	ok := false
	if digest, allowed := bodyDigest(c.request, body); allowed {
		ok = slices.ContainsFunc(hostForms(c.request), func(host string) bool {
			want := sign(c.key.secret, c.request.Header.Get(dateHeader), canonicalRequest(c.request, host, c.signature.headers, digest))
			return hmac.Equal(want, c.signature.sum)
		})
	}
	switch s.secrets.attempt(c.key.id, ok, c.key.ends) {
	case passed:
		return c.caller, nil
	case locked:
		return Caller{}, unauthorized("AK access failed to reach the limit,forbidden")
	default:
		return Caller{}, unauthorized("verify aksk signature fail")
	}
}

// sign is the signature of a canonical request.
func sign(secret, date, canonical string) []byte {
	sum := sha256.Sum256([]byte(canonical))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(algorithm + "\n" + date + "\n" + hex.EncodeToString(sum[:])))
	return mac.Sum(nil)
}

// canonicalRequest is the text that is signed: method, path, query, one line
// for each signed header, their names, the digest of the body.
func canonicalRequest(r *http.Request, host string, signed []string, digest string) string {
	var headers strings.Builder
	for _, name := range signed {
		values := slices.Sorted(slices.Values(r.Header.Values(name)))
		if name == "host" {
			values = []string{host}
		}
		for _, value := range values {
			headers.WriteString(name + ":" + strings.TrimSpace(value) + "\n")
		}
	}
	return strings.Join([]string{
		r.Method, canonicalPath(r.URL.Path), canonicalQuery(r.URL.Query()), headers.String(), strings.Join(signed, ";"), digest,
	}, "\n")
}

// canonicalPath escapes each segment and ends with a slash.
func canonicalPath(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		segments[i] = escape(segment)
	}
	return strings.TrimSuffix(strings.Join(segments, "/"), "/") + "/"
}

// canonicalQuery sorts keys, and the values of each key.
func canonicalQuery(query url.Values) string {
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(query)) {
		for _, value := range slices.Sorted(slices.Values(query[key])) {
			pairs = append(pairs, escape(key)+"="+escape(value))
		}
	}
	return strings.Join(pairs, "&")
}

// escape is percent-encoding that keeps the unreserved characters of RFC 3986
// alone; a blank is %20.
func escape(s string) string {
	return strings.NewReplacer("+", "%20", "%7E", "~").Replace(url.QueryEscape(s))
}

// bodyDigest is the digest that stands for the body in the signature: of the
// bytes received, or UNSIGNED-PAYLOAD where the content is not JSON (the
// vendor's SDK sends it with multipart forms and streams). A digest that the
// client states has to be the right one.
func bodyDigest(r *http.Request, body []byte) (digest string, allowed bool) {
	stated := r.Header.Get(digestHeader)
	if stated == unsignedPayload {
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		return stated, err == nil && kind != "application/json" && kind != "application/bson"
	}
	sum := sha256.Sum256(body)
	digest = hex.EncodeToString(sum[:])
	return digest, stated == "" || stated == digest
}

// hostForms are the ways in which a signer may have written the host: without
// the default port, as signers should, and as it stands in the request.
func hostForms(r *http.Request) []string {
	short := strings.TrimSuffix(strings.TrimSuffix(r.Host, ":443"), ":80")
	return slices.Compact([]string{short, r.Host})
}
