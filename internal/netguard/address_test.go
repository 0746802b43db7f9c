package netguard

import (
	"errors"
	"strings"
	"testing"
)

func TestHostileLiteralsAreRefused(t *testing.T) {
	for name, hosts := range map[string][]string{
		"loopback":                {"127.0.0.1", "127.0.0.1:8080", "127.255.255.254", "::1", "[::1]", "[::1]:443", "localhost", "LOCALHOST:80", "localhost.", "a.localhost"},
		"unspecified":             {"0.0.0.0", "0", "[::]", "0.1.2.3"},
		"private":                 {"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "[fd00::1]", "[fc00::1]", "[fec0::1]"},
		"carrier-grade NAT":       {"100.64.0.1", "100.127.255.255"},
		"link-local":              {"169.254.1.1", "[fe80::1]", "[fe80::1%eth0]"},
		"metadata":                {"169.254.169.254", "100.100.100.200", "192.0.0.192", "168.63.129.16", "[fd00:ec2::254]", "[fd20:ce::254]"},
		"multicast and broadcast": {"224.0.0.1", "239.255.255.250", "255.255.255.255", "240.0.0.1", "[ff02::1]"},
		"documentation":           {"192.0.2.1", "198.51.100.1", "203.0.113.1", "[2001:db8::1]", "198.18.0.1"},
		"decimal":                 {"2130706433", "2852039166", "3232235777:80"},
		"hexadecimal":             {"0x7f000001", "0x7f.0.0.1", "0X7F.1", "0xa9.0xfe.0xa9.0xfe", "0xA9FEA9FE", "0x"},
		"octal":                   {"0177.0.0.1", "017700000001", "0251.0376.0251.0376", "012.1"},
		"short":                   {"127.1", "10.1", "192.168.257", "127.0.1"},
		"trailing dot":            {"127.0.0.1.", "2130706433.", "0x7f.1."},
		"IPv4 in IPv6":            {"[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:a9fe:a9fe]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]"},
		"NAT64, 6to4 and Teredo":  {"[64:ff9b::127.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::a00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]"},
		"full-width digits":       {"１２７.０.０.１", "127。0。0。1", "①②⑦.0.0.1", "ｌocalhost"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, host := range hosts {
				if err := (Policy{}).CheckLiteral(host); !errors.Is(err, ErrAddress) {
					t.Errorf("CheckLiteral(%q) = %v, want ErrAddress", host, err)
				}
			}
		})
	}
}

func TestMalformedHostsAreRefused(t *testing.T) {
	for _, host := range []string{
		"", ".", "..", "[", "[]", "a..b", "1.2.3.4.5", "256.1.1.1", "1.2.3.256", "08.1.1.1", "4294967296", "0x1ffffffff",
		"1.16777216", "99999999999999999999", "a b", "a\tb", "a/b", "a\\b", "a%00b", "a@b", "::1::2", "host.1",
		strings.Repeat("a", 64) + ".example", strings.Repeat("a.", 127) + "example",
	} {
		if err := (Policy{}).CheckLiteral(host); !errors.Is(err, ErrHost) {
			t.Errorf("CheckLiteral(%q) = %v, want ErrHost", host, err)
		}
	}
}

func TestPublicAddressesAndNamesPass(t *testing.T) {
	for _, host := range []string{
		"8.8.8.8", "8.8.8.8:8080", "134744072", "0x8.8.8.8", "[2606:4700::1111]", "[2606:4700::1111]:443", "2606:4700::1111",
		"[::ffff:8.8.8.8]", "[64:ff9b::8.8.8.8]", "example.com", "EXAMPLE.com.", "bucket_1.example", "münchen.example",
		"1e100.example", "0xcafe.example", "127.0.0.1.example", "localhost.example", "99.example:8443", "168.63.129.17",
	} {
		if err := (Policy{}).CheckLiteral(host); err != nil {
			t.Errorf("CheckLiteral(%q) = %v, want nil", host, err)
		}
	}
}

func TestPolicyOpensWhatTheOperatorNamed(t *testing.T) {
	p, err := ParsePolicy([]string{"127.0.0.0/8", " 10.1.2.3 ", "fd00:1::/32"}, []string{"192.168.0.9:9000", "[::1]:80"})
	if err != nil {
		t.Fatal(err)
	}
	for host, open := range map[string]bool{
		"127.0.0.1":                  true,
		"localhost:80":               true,
		"2130706433":                 true,
		"[::ffff:127.0.0.1]":         true,
		"[64:ff9b::127.0.0.1]":       true,
		"10.1.2.3":                   true,
		"10.1.2.4":                   false,
		"[fd00:1::7]":                true,
		"[fd00:2::7]":                false,
		"192.168.0.9:9000":           true,
		"192.168.0.9:9001":           false,
		"192.168.0.9":                false,
		"[::1]:80":                   true,
		"[0:0:0:0:0:0:0:1]:80":       true,
		"[::1]:81":                   false,
		"169.254.169.254":            false,
		"[::ffff:169.254.169.254]:1": false,
	} {
		if err := p.CheckLiteral(host); (err == nil) != open {
			t.Errorf("CheckLiteral(%q) = %v, want open: %t", host, err, open)
		}
	}
}

func TestAllowedHostsAreMatchedByName(t *testing.T) {
	p, err := ParsePolicy(nil, []string{"Minio.storage.SVC.", "*.pics.example", "api.example:8443", "bücher.example"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		host, port string
		open       bool
	}{
		{"minio.storage.svc", "9000", true},
		{"MINIO.storage.svc.", "80", true},
		{"xminio.storage.svc", "9000", false},
		{"minio.storage.svc.evil.example", "80", false},
		{"a.pics.example", "80", true},
		{"a.b.pics.example", "443", true},
		{"pics.example", "80", false},
		{"evilpics.example", "80", false},
		{"api.example", "8443", true},
		{"api.example", "443", false},
		{"xn--bcher-kva.example", "443", true},
		{"", "80", false},
	} {
		if got := p.opensHost(tt.host, tt.port); got != tt.open {
			t.Errorf("opensHost(%q, %s) = %t, want %t", tt.host, tt.port, got, tt.open)
		}
	}
}

func TestParsePolicyRefusesSlips(t *testing.T) {
	for name, tt := range map[string]struct{ cidrs, hosts []string }{
		"bits beyond the mask":   {cidrs: []string{"10.0.0.1/8"}},
		"no range":               {cidrs: []string{"cluster"}},
		"an empty range":         {cidrs: []string{""}},
		"a mapped range":         {cidrs: []string{"::ffff:10.0.0.0/104"}},
		"a zone":                 {cidrs: []string{"fe80::1%eth0"}},
		"a URL for a host":       {hosts: []string{"https://a.example"}},
		"a path behind a host":   {hosts: []string{"a.example/x"}},
		"everything":             {hosts: []string{"*"}},
		"a star in the middle":   {hosts: []string{"a.*.example"}},
		"names below an address": {hosts: []string{"*.10.0.0.1"}},
		"port 0":                 {hosts: []string{"a.example:0"}},
		"port 65536":             {hosts: []string{"a.example:65536"}},
		"an empty host":          {hosts: []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			if p, err := ParsePolicy(tt.cidrs, tt.hosts); err == nil {
				t.Errorf("ParsePolicy(%q, %q) = %v, want an error", tt.cidrs, tt.hosts, p)
			}
		})
	}
}

func TestAddressErrorSaysWhatToDo(t *testing.T) {
	err := Policy{}.CheckLiteral("10.0.0.7:80")
	want := "10.0.0.7 is not a public address; the operator's --allow-cidrs or --allow-hosts can open it"
	if err == nil || err.Error() != want {
		t.Errorf("CheckLiteral = %v, want %q", err, want)
	}
}

func TestLocalhostIsOpenWhenEitherLoopbackIs(t *testing.T) {
	for _, addr := range []string{"127.0.0.1", "::1"} {
		p, err := ParsePolicy([]string{addr}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.CheckLiteral("localhost:8080"); err != nil {
			t.Errorf("with %s open: CheckLiteral(localhost) = %v", addr, err)
		}
	}
}
