package source

import (
	"strings"
	"testing"

	"github.com/ais-operator/ais-operator/internal/netguard"
)

func TestCheckURL(t *testing.T) {
	policy, err := netguard.ParsePolicy([]string{"10.1.0.0/16"}, []string{"192.168.0.1:443"})
	if err != nil {
		t.Fatal(err)
	}
	for kind, urls := range map[Kind][]string{
		"": {
			"https://pictures.example/koala.jpg", "http://pictures.example:8080/a%20b.jpg?X-Amz-Signature=abc", "HTTPS://8.8.8.8/x",
			"https://[2606:4700::1111]/x", "https://10.1.2.3/x", "https://192.168.0.1/x", "https://bucket.obs.ap-southeast-1.myhuaweicloud.com/k?Expires=1",
			"https://a.example#part", "https://bücher.example/x", "https://a.example:443", "https://a.example:/x",
		},
		KindInvalidURL: {
			"", "koala.jpg", "/koala.jpg", "//a.example/x", "ftp://a.example/x", "file:///etc/passwd", "gopher://a.example", "data:image/png;base64,AA",
			"javascript:alert(1)", "https:a.example", "https://", "https:///x", "https://:443/x", "https://user@a.example/x",
			"https://user:pass@a.example/x", "https://a.example@10.0.0.1/x", "https://a.example:0/x", "https://a.example:65536/x",
			"https://a.example:x/", "https://a b/x", "https://a.example\\@b.example/x", "https://a.example/\x00", "https://a.example/\n",
			" https://a.example", "https://[::1/x", "https://%31%32%37.0.0.1/x", "https://1.2.3.4.5/x", "https://256.1.1.1/x", "https://a..b/x", "http://[fe80::1%25eth0]/",
			"https://a.example/" + strings.Repeat("a", maxURLBytes),
		},
		KindForbidden: {
			"http://127.0.0.1/x", "http://localhost/x", "http://[::1]:8080/x", "http://2130706433/", "http://0x7f.1/", "http://0177.1/", "http://127.1",
			"http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://100.100.100.200/", "http://10.0.0.1/", "http://10.2.0.1/",
			"http://192.168.0.1/x", "http://[::ffff:10.0.0.1]/", "http://[64:ff9b::a00:1]/", "http://１２７.0.0.1/",
			"http://0/", "http://127.0.0.1./",
		},
	} {
		for _, raw := range urls {
			if got := KindOf(CheckURL(policy, raw)); got != kind {
				t.Errorf("CheckURL(%.80q) is %q, want %q: %v", raw, got, kind, CheckURL(policy, raw))
			}
		}
	}
}

func TestCheckURLNeverQuotesTheQuery(t *testing.T) {
	for _, raw := range []string{
		"https://a.example/%zz?sig=SECRET", "ftp://a.example?sig=SECRET", "https://u:SECRET@a.example", "http://127.0.0.1?sig=SECRET",
		"https://a.example:0?sig=SECRET", "https://a b?sig=SECRET", "https://[::1?sig=SECRET",
	} {
		if err := CheckURL(netguard.Policy{}, raw); err == nil || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("CheckURL(%q) = %v, want an error without the secret", raw, err)
		}
	}
}
