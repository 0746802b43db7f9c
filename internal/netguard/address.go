package netguard

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"code.dny.dev/ssrf"
	"golang.org/x/net/idna"
)

// public knows every special-purpose range. Any port is fine: pictures and S3 servers live on many.
var public = ssrf.New(
	ssrf.WithAnyPort(),
	ssrf.WithDeniedV4Prefixes(
		// Azure's host services (WireServer) answer on an address out of public space.
		netip.MustParsePrefix("168.63.129.16/32"),
	),
)

// CheckLiteral judges a host that is an address in one of the forms that resolvers and HTTP clients accept: IPv6,
// dotted IPv4, and what inet_aton(3) takes besides (one number, two or three parts, octal, hexadecimal). localhost
// counts as an address (RFC 6761, section 6.3). Host is as in url.URL.Host, with or without a port. Other names pass:
// they are judged when they are dialled.
func (p Policy) CheckLiteral(host string) error {
	written, port := splitHost(host)
	name, err := asciiHost(written)
	if err != nil {
		return fmt.Errorf("%w: %.80q", ErrHost, written)
	}
	addr, literal, err := parseLiteral(name)
	switch {
	case !literal:
		return nil
	case err != nil:
		return fmt.Errorf("%w: %.80q", ErrHost, written)
	case p.opensHost(name, port), p.opensAddr(addr), isLocalhost(name) && p.opensAddr(netip.IPv6Loopback()):
		return nil
	}
	return &AddressError{Host: written}
}

func isLocalhost(name string) bool {
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}

// parseLiteral reads an address. A host whose last label is a number is always meant as one (WHATWG URL Standard,
// "ends in a number checker"), so it is an error if it cannot be read.
func parseLiteral(host string) (addr netip.Addr, literal bool, err error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap().WithZone(""), true, nil
	}
	if isLocalhost(host) {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1}), true, nil
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	if _, err := parseNumber(last); err != nil && strings.Trim(last, "0123456789") != "" {
		return netip.Addr{}, false, nil
	}
	addr, err = parseAton(host)
	return addr, true, err
}

// parseAton reads an IPv4 address as inet_aton(3) does: up to four numbers, of which the last fills all bytes that
// are left.
func parseAton(host string) (netip.Addr, error) {
	parts := strings.Split(host, ".")
	if len(parts) > 4 {
		return netip.Addr{}, fmt.Errorf("%w: more than four numbers", ErrHost)
	}
	var value uint64
	for i, part := range parts {
		n, err := parseNumber(part)
		if err != nil {
			return netip.Addr{}, err
		}
		width, limit := 8, uint64(1)<<8
		if i == len(parts)-1 {
			width = 8 * (5 - len(parts))
			limit = uint64(1) << width
		}
		if n >= limit {
			return netip.Addr{}, fmt.Errorf("%w: number out of range", ErrHost)
		}
		value = value<<width | n
	}
	return netip.AddrFrom4([4]byte{byte(value >> 24), byte(value >> 16), byte(value >> 8), byte(value)}), nil
}

// parseNumber reads one part of an IPv4 address: 0x is hexadecimal, a leading 0 octal, a bare 0x zero.
func parseNumber(s string) (uint64, error) {
	base := 10
	switch {
	case strings.HasPrefix(s, "0x"):
		s, base = s[2:], 16
		if s == "" {
			return 0, nil
		}
	case len(s) > 1 && s[0] == '0':
		s, base = s[1:], 8
	}
	// 33 bits, so that the caller's range check sees what is one too large.
	return strconv.ParseUint(s, base, 33)
}

// fromNAT64 gives the IPv4 address behind the well-known NAT64 prefix 64:ff9b::/96 (RFC 6052). In a cluster without
// IPv4 that is how public pictures look, so the guard judges what is behind it.
func fromNAT64(addr netip.Addr) (netip.Addr, bool) {
	if !ssrf.IPv6NAT64Prefix.Contains(addr) {
		return netip.Addr{}, false
	}
	b := addr.As16()
	return netip.AddrFrom4([4]byte(b[12:])), true
}

// asciiHost brings a host to the one form in which it is compared: lower case, ASCII (IDNA maps full-width digits and
// dots to plain ones, as HTTP clients do before they dial), no trailing dot.
func asciiHost(host string) (string, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.String(), nil
	}
	ascii, err := idna.Lookup.ToASCII(host)
	if err != nil {
		// IDNA forbids the underscore, which names in clusters and in old zones do have.
		ascii = strings.ToLower(host)
	}
	ascii = strings.TrimSuffix(ascii, ".")
	if !isHostName(ascii) {
		return "", ErrHost
	}
	return ascii, nil
}

func isHostName(s string) bool {
	if len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
		if strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

// splitHost takes "host", "host:port", "[v6]:port", "[v6]" or a bare IPv6 address apart.
func splitHost(s string) (host, port string) {
	if _, err := netip.ParseAddr(s); err == nil {
		return s, ""
	}
	if host, port, err := net.SplitHostPort(s); err == nil {
		return host, port
	}
	if inner, ok := strings.CutPrefix(s, "["); ok && strings.HasSuffix(inner, "]") {
		return inner[:len(inner)-1], ""
	}
	return s, ""
}

func joinHost(host, port string) string {
	if port == "" {
		return host
	}
	return net.JoinHostPort(host, port)
}
