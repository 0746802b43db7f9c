package ledger

import (
	"net/url"
	"strings"
)

// URLIdentity is the identity of a picture that the service fetches itself: its URL, and the version of what is there, which is a strong ETag or a
// version ID of the object storage. It is empty when nothing says which version is there: whoever owns the URL may put another picture there at any
// time, so that an equal URL is no equal picture. Two identities are equal only for the same picture; the same picture may have several.
//
// Whoever signs the URL of an object anew gets another URL of the same object, so what belongs to the signature is left out. A URL with a versionId
// names its version by itself.
func URLIdentity(address, version string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return ""
	}
	query, own := unsigned(u.RawQuery)
	if own != "" {
		version = "" // It is in the query, and a picture is not to have two identities for one version.
	} else if version = strong(version); version == "" {
		return ""
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	u.RawQuery, u.ForceQuery = query, false
	u.Fragment, u.RawFragment = "", ""
	return "url " + u.String() + " " + version
}

// strong returns an ETag without its quotes. One that is weak says that two pictures are as good as equal, which is not enough.
func strong(etag string) string {
	if strings.HasPrefix(etag, "W/") {
		return ""
	}
	return strings.Trim(etag, `"`)
}

// unsigned returns a query without what signs it, in its own order, and the version that it names.
func unsigned(query string) (rest, version string) {
	pairs := strings.Split(query, "&")
	signed := false
	for _, pair := range pairs {
		signed = signed || name(pair) == "signature"
	}
	var kept []string
	for _, pair := range pairs {
		n := name(pair)
		if signing[n] || signed && n == "expires" || strings.HasPrefix(n, "x-amz-") || pair == "" {
			continue
		}
		if n == "versionid" {
			version = versionOf(pair)
		}
		kept = append(kept, pair)
	}
	return strings.Join(kept, "&"), version
}

// signing are the parameters by which OBS and older S3 sign a URL; newer S3 has x-amz- before all of them.
// https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0011.html
var signing = map[string]bool{
	"accesskeyid": true, "awsaccesskeyid": true, "signature": true, "x-obs-security-token": true, "x-obs-date": true,
}

func name(pair string) string {
	n, _, _ := strings.Cut(pair, "=")
	return strings.ToLower(n)
}

// versionOf is the value of a pair, unless it is the version of an object whose bucket keeps none: that one can be overwritten.
func versionOf(pair string) string {
	if _, v, _ := strings.Cut(pair, "="); v != "null" {
		return v
	}
	return ""
}
