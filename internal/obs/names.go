package obs

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/minio/minio-go/v7/pkg/s3utils"
)

// maxKeyBytes is the longest object name (OBS API reference, PUT Object).
const maxKeyBytes = 1024

// checkNames refuses names before they become part of a URL.
func checkNames(op, bucket, key string) error {
	if s3utils.CheckValidBucketNameStrict(bucket) != nil {
		return badName(op, "the bucket name must be 3 to 63 lower-case letters, digits, hyphens and dots")
	}
	switch {
	case strings.TrimSpace(key) == "":
		return badName(op, "the object key is empty")
	case len(key) > maxKeyBytes:
		return badName(op, fmt.Sprintf("the object key is longer than %d bytes", maxKeyBytes))
	case !utf8.ValidString(key) || strings.ContainsFunc(key, unicode.IsControl):
		return badName(op, "the object key is not UTF-8 or holds control characters")
	}
	// Proxies and servers resolve such segments, so the object reached would not be the one whose prefix was allowed.
	for segment := range strings.SplitSeq(key, "/") {
		if segment == "." || segment == ".." {
			return badName(op, `the object key must not have "." or ".." between slashes`)
		}
	}
	return nil
}

// metadataHeaders turns metadata into headers. HTTP would change or drop what is not allowed here, and with it the
// signature or the value that is read back.
func metadataHeaders(metadata map[string]string, sha string) (map[string]string, error) {
	const prefix = "x-amz-meta-"
	headers := make(map[string]string, len(metadata)+1)
	for k, v := range metadata {
		if k == "" || strings.Trim(k, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return nil, invalid(opPut, "metadata keys must be lower-case letters, digits and hyphens")
		}
		if v != strings.TrimSpace(v) || strings.ContainsFunc(v, func(r rune) bool { return r < 0x20 || r > 0x7e }) {
			return nil, invalid(opPut, "metadata values must be printable ASCII without blanks around them")
		}
		headers[prefix+k] = v
	}
	headers[prefix+MetadataSHA256] = sha
	return headers, nil
}
