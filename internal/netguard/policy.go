// Package netguard dials addresses that tenants wrote.
//
// A tenant's picture URL or endpoint may point anywhere, also at the cluster's own services, at a node's loopback or
// at a cloud's metadata service. The guard looks at the address that is about to be connected to, after DNS, so neither
// a name that resolves to a private address nor one that changes between look-up and connection gets past it. What is
// public is decided by the special-purpose registries of IANA, as kept by code.dny.dev/ssrf.
package netguard

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Policy says which addresses may be dialled besides public ones. The zero Policy opens nothing.
// A Policy is a plain value, safe for concurrent use as long as nobody changes it.
type Policy struct {
	// AllowCIDRs are address ranges that are opened, private or not.
	AllowCIDRs []netip.Prefix
	// AllowHosts are host names that are opened whatever they resolve to: "name", "name:port", or with "*." in front
	// for every name below. Whoever controls the DNS of such a name chooses the address. A literal address is
	// a host name here too.
	AllowHosts []string
}

// ParsePolicy reads the values of --allow-cidrs and --allow-hosts. A range may be a single address; host names are
// brought to lower case and to their ASCII form.
func ParsePolicy(cidrs, hosts []string) (Policy, error) {
	var p Policy
	for _, s := range cidrs {
		prefix, err := parsePrefix(strings.TrimSpace(s))
		if err != nil {
			return Policy{}, err
		}
		p.AllowCIDRs = append(p.AllowCIDRs, prefix)
	}
	for _, s := range hosts {
		host, err := parseAllowedHost(strings.TrimSpace(s))
		if err != nil {
			return Policy{}, err
		}
		p.AllowHosts = append(p.AllowHosts, host)
	}
	return p, nil
}

func parsePrefix(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(s)
	switch {
	case err != nil:
		return netip.Prefix{}, fmt.Errorf("allowed range %q: not an address or CIDR such as 10.0.0.0/8", s)
	case prefix.Addr().Is4In6():
		return netip.Prefix{}, fmt.Errorf("allowed range %q: write the IPv4 range itself", s)
	case prefix != prefix.Masked():
		// Most likely the mask is a slip, and it would open more than was meant.
		return netip.Prefix{}, fmt.Errorf("allowed range %q: bits beyond the mask are set; write %s", s, prefix.Masked())
	}
	return prefix, nil
}

func parseAllowedHost(s string) (string, error) {
	pattern, port := splitHost(s)
	name, wildcard := strings.CutPrefix(pattern, "*.")
	name, err := asciiHost(name)
	if err != nil {
		return "", fmt.Errorf("allowed host %q: write a host name, *.suffix or address, with :port if only that is meant", s)
	}
	if _, literal, _ := parseLiteral(name); literal && wildcard {
		return "", fmt.Errorf("allowed host %q: an address has no names below it", s)
	}
	if port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return "", fmt.Errorf("allowed host %q: the port must be 1 to 65535", s)
		}
	}
	if wildcard {
		name = "*." + name
	}
	return joinHost(name, port), nil
}

// opensHost tells whether AllowHosts names the host. Without a port of its own an entry stands for every port; an entry
// with a port matches that port alone.
func (p Policy) opensHost(host, port string) bool {
	name, err := asciiHost(host)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(p.AllowHosts, func(entry string) bool {
		pattern, onlyPort := splitHost(strings.ToLower(entry))
		if onlyPort != "" && onlyPort != port {
			return false
		}
		if suffix, ok := strings.CutPrefix(pattern, "*"); ok {
			return len(name) > len(suffix) && strings.HasPrefix(suffix, ".") && strings.HasSuffix(name, suffix)
		}
		return name == strings.TrimSuffix(pattern, ".")
	})
}

// opensAddr tells whether the address is public or in one of AllowCIDRs.
func (p Policy) opensAddr(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	if slices.ContainsFunc(p.AllowCIDRs, func(c netip.Prefix) bool { return c.Contains(addr) }) {
		return true
	}
	if v4, ok := fromNAT64(addr); ok {
		return p.opensAddr(v4)
	}
	return public.SafeAddr(addr) == nil
}

// ErrAddress is what errors.Is finds in every refusal of this package that an operator could lift.
var ErrAddress = errors.New("not a public address; the operator's --allow-cidrs or --allow-hosts can open it")

// ErrHost is found where a host is neither a name nor an address.
var ErrHost = errors.New("not a valid host name or address")

// AddressError is a refusal. It names the host as it was written and not what it resolved to: the tenant learns
// nothing about the network, and the sentence is the same on every try.
type AddressError struct {
	// Host is the name or address that was asked for, without port.
	Host string
	// Resolved is true when Host is a name whose addresses are refused.
	Resolved bool
}

// Error says what was refused and what opens it.
func (e *AddressError) Error() string {
	if e.Resolved {
		return e.Host + " does not lead to a public address; the operator's --allow-cidrs or --allow-hosts can open it"
	}
	return e.Host + " is " + ErrAddress.Error()
}

// Is reports that an AddressError is an ErrAddress.
func (e *AddressError) Is(target error) bool { return target == ErrAddress }
