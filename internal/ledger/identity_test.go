package ledger_test

import (
	"regexp"
	"testing"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ledger"
)

func TestURLIdentity(t *testing.T) {
	const etag = `"9b2cf535f27731c974343645a3985328"`
	const koala = "url https://photos.example.com/koala.jpg "
	const known = koala + "9b2cf535f27731c974343645a3985328"
	tests := []struct{ name, url, version, want string }{
		{"a URL alone is none: another picture may be there tomorrow", "https://photos.example.com/koala.jpg", "", ""},
		{"a strong ETag says which picture is there", "https://photos.example.com/koala.jpg", etag, known},
		{"an ETag needs no quotes", "https://photos.example.com/koala.jpg", "9b2cf535f27731c974343645a3985328", known},
		{"a weak ETag does not say it", "https://photos.example.com/koala.jpg", "W/" + etag, ""},
		{"an empty ETag does not say it", "https://photos.example.com/koala.jpg", `""`, ""},
		{"a version ID says it", "https://photos.example.com/koala.jpg", "G001016A", koala + "G001016A"},

		{
			"a signature of OBS is left out", "https://photos.example.com/koala.jpg?AccessKeyId=AK&Expires=1777&Signature=a%2Bb&x-obs-security-token=t",
			etag, known,
		},
		{"a signature of old S3 is left out", "https://photos.example.com/koala.jpg?AWSAccessKeyId=AK&Expires=1777&Signature=x", etag, known},
		{
			"a signature of S3 is left out", "https://photos.example.com/koala.jpg?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AK%2F20260301&" +
				"X-Amz-Date=20260301T120000Z&X-Amz-Expires=7200&X-Amz-SignedHeaders=host&X-Amz-Security-Token=t&X-Amz-Signature=00", etag, known,
		},
		{"whatever asks for another picture stays", "https://photos.example.com/koala.jpg?w=100&Signature=x&h=1", "v", "url https://photos.example.com/koala.jpg?w=100&h=1 v"},
		{"an end without a signature stays", "https://photos.example.com/koala.jpg?expires=1", "v", "url https://photos.example.com/koala.jpg?expires=1 v"},
		{"a fragment is never sent", "https://photos.example.com/koala.jpg#top", etag, known},
		{"the case of scheme and host says nothing", "HTTPS://Photos.Example.com/koala.jpg", etag, known},
		{"the case of the path does", "https://photos.example.com/Koala.jpg", "v", "url https://photos.example.com/Koala.jpg v"},

		{
			"a URL with a versionId names its version by itself", "https://photos.example.com/koala.jpg?versionId=G001&Signature=x&Expires=1", "",
			"url https://photos.example.com/koala.jpg?versionId=G001 ",
		},
		{
			"it has one identity whether the ETag is known or not", "https://photos.example.com/koala.jpg?versionId=G001", etag,
			"url https://photos.example.com/koala.jpg?versionId=G001 ",
		},
		{"the version of an object without versions can be overwritten", "https://photos.example.com/koala.jpg?versionId=null", "", ""},
		{"an empty versionId names none", "https://photos.example.com/koala.jpg?versionId=", "", ""},

		{"no URL is none", "", etag, ""},
		{"what is no URL is none", "https://photos.example.com/%zz", etag, ""},
		{"a URL with a password is none", "https://u:p@photos.example.com/koala.jpg", etag, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := ledger.URLIdentity(tt.url, tt.version); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzURLIdentity(f *testing.F) {
	f.Add("https://photos.example.com/koala.jpg?w=1&AccessKeyId=AK&Expires=1&Signature=x", "v")
	f.Add("https://photos.example.com/koala.jpg?versionId=G001", "")
	f.Add("http://[::1]:8080/?&&=&versionId", `W/"x"`)
	bytes := regexp.MustCompile("^[0-9a-f]{64}$")
	f.Fuzz(func(t *testing.T, address, version string) {
		got := ledger.URLIdentity(address, version)
		if bytes.MatchString(got) {
			t.Errorf("%q is taken for the bytes of a picture", got)
		}
		if got == "" && ledger.InputHash(v1alpha1.OperationDefog, nil, got) != "" {
			t.Error("no identity has a hash")
		}
		if again := ledger.URLIdentity(address, version); again != got {
			t.Errorf("got %q and then %q", got, again)
		}
	})
}
