package api

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"syscall"

	"code.dny.dev/ssrf"
)

// wireServer answers for Azure's host to every machine there, on an address out
// of public space.
var wireServer = netip.MustParsePrefix("168.63.129.16/32")

// errAddress is a host that is no name and no plain address either.
var errAddress = errors.New("an address is written in another form than its usual one")

// guard judges the addresses that clients make the engine connect to: public
// ones, and those that the operator of the engine allows.
type guard struct{ ranges *ssrf.Guardian }

func newGuard(allowed []netip.Prefix) guard {
	var v4, v6 []netip.Prefix
	for _, prefix := range allowed {
		if prefix.Addr().Is4() {
			v4 = append(v4, prefix)
		} else {
			v6 = append(v6, prefix)
		}
	}
	return guard{ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...), ssrf.WithDeniedV4Prefixes(wireServer))}
}

// dial implements http.Transport.DialContext. What a host leads to is judged
// after name resolution and before every connection, so that neither a name of a
// private address nor one that changes in between gets past it.
func (g guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if host, _, err := net.SplitHostPort(address); err != nil || isDisguised(host) {
		return nil, errAddress
	}
	dialer := &net.Dialer{Timeout: fetchDeadline, Control: g.control}
	return dialer.DialContext(ctx, network, address)
}

// control implements net.Dialer.Control. Behind the well-known NAT64 prefix (RFC
// 6052), which is how public IPv4 looks from a network without it, the address
// that is inside counts.
func (g guard) control(network, address string, conn syscall.RawConn) error {
	err := g.ranges.Safe(network, address, conn)
	target, invalid := netip.ParseAddrPort(address)
	if err == nil || invalid != nil || !ssrf.IPv6NAT64Prefix.Contains(target.Addr()) {
		return err
	}
	inside := target.Addr().As16()
	return g.ranges.SafeAddr(netip.AddrFrom4([4]byte(inside[12:])))
}

// isDisguised tells a host that ends in a number and is no plain address: 127.1,
// 0x7f000001, 2130706433 and 10.0.0.1. (WHATWG URL Standard, "ends in a number
// checker"). Resolvers differ in what they take them for.
func isDisguised(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	host = strings.TrimSuffix(host, ".")
	last := strings.ToLower(host[strings.LastIndexByte(host, '.')+1:])
	if hex, ok := strings.CutPrefix(last, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(last, "0123456789") == ""
}
