package netguard

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"testing"
)

// FuzzCheckLiteral holds that whatever Go itself reads as an address is judged as that address, and that no input
// panics.
func FuzzCheckLiteral(f *testing.F) {
	for _, s := range []string{"127.0.0.1", "0x7f.1", "[::1]:80", "a.example", "08", "１２７.1", "1.2.3.4.5", "::ffff:1.2.3.4", "%", "fe80::1%0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, host string) {
		err := Policy{}.CheckLiteral(host)
		addr, parseErr := netip.ParseAddr(host)
		if parseErr == nil && (err == nil) != (Policy{}).opensAddr(addr) {
			t.Errorf("CheckLiteral(%q) = %v although opensAddr says %t", host, err, err != nil)
		}
		if err != nil && !errors.Is(err, ErrAddress) && !errors.Is(err, ErrHost) {
			t.Errorf("CheckLiteral(%q) = %v, want one of the package's errors", host, err)
		}
	})
}

// FuzzNumbers holds that an address is judged alike however its bytes are written.
func FuzzNumbers(f *testing.F) {
	f.Add(uint32(0x7f000001), uint8(0), uint8(3))
	f.Add(uint32(0xa9fea9fe), uint8(1), uint8(0))
	f.Add(uint32(0x08080808), uint8(2), uint8(1))
	f.Add(uint32(0), uint8(7), uint8(2))
	f.Add(uint32(0xffffffff), uint8(255), uint8(3))
	f.Fuzz(func(t *testing.T, value uint32, bases, dots uint8) {
		addr := netip.AddrFrom4([4]byte{byte(value >> 24), byte(value >> 16), byte(value >> 8), byte(value)})
		// Some of its first bytes, and the rest as one number; each decimal, octal or hexadecimal.
		n, rest := int(dots%4), uint64(value)
		var parts []string
		write := func(v uint64) {
			base := bases % 3
			bases /= 3
			parts = append(parts, [...]string{strconv.FormatUint(v, 10), "0" + strconv.FormatUint(v, 8), "0x" + strconv.FormatUint(v, 16)}[base])
		}
		for i := range n {
			shift := 24 - 8*i
			write(rest >> shift)
			rest &= 1<<shift - 1
		}
		write(rest)
		written := strings.Join(parts, ".")
		err := Policy{}.CheckLiteral(written)
		if want := (Policy{}).opensAddr(addr); (err == nil) != want || err != nil && !errors.Is(err, ErrAddress) {
			t.Errorf("CheckLiteral(%q) = %v, but %v is open: %t", written, err, addr, want)
		}
	})
}

// FuzzAllowedHosts holds that a pattern opens what is below its name and nothing else.
func FuzzAllowedHosts(f *testing.F) {
	p, err := ParsePolicy(nil, []string{"*.pics.example", "minio.storage.svc:9000"})
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"a.pics.example", "pics.example", "evilpics.example", "A.PICS.EXAMPLE.", "a.pics.example.evil.example", "minio.storage.svc", "ａ.pics.example", "a。pics。example", ".pics.example"} {
		f.Add(s, "9000")
		f.Add(s, "80")
	}
	f.Fuzz(func(t *testing.T, host, port string) {
		if !p.opensHost(host, port) {
			return
		}
		name, err := asciiHost(host)
		if err != nil {
			t.Fatalf("%q is opened and is no host name: %v", host, err)
		}
		if below := strings.TrimSuffix(name, ".pics.example"); (below == "" || below == name) && (name != "minio.storage.svc" || port != "9000") {
			t.Errorf("%q:%s is opened", host, port)
		}
	})
}
