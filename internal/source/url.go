package source

import (
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/ais-operator/ais-operator/internal/netguard"
)

// maxURLBytes is what clients, servers and proxies commonly take; signed URLs with a session token stay well below.
const maxURLBytes = 8 << 10

// CheckURL judges a URL that is handed on without being fetched: its syntax, and a literal address against the policy.
// Nothing is resolved. The error is an *Error of KindInvalidURL or KindForbidden.
func CheckURL(p netguard.Policy, raw string) error {
	u, err := parseURL(raw)
	if err != nil {
		return err
	}
	var address *netguard.AddressError
	switch err := p.CheckLiteral(hostPort(u)); {
	case errors.As(err, &address):
		return &Error{Kind: KindForbidden, message: address.Error(), cause: address}
	case err != nil:
		return invalid("the address has no valid host name")
	}
	return nil
}

// parseURL takes what a picture's address may be. The result has no fragment, which is not sent.
func parseURL(raw string) (*url.URL, error) {
	if len(raw) > maxURLBytes {
		return nil, invalid("the address is longer than %d bytes", maxURLBytes)
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, invalid("the address is not a valid URL") // err quotes it, query included
	}
	if err := checkParts(u); err != nil {
		return nil, err
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// checkParts holds for the first address and for every redirect.
func checkParts(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return invalid("the address must begin with https:// or http://")
	case u.User != nil:
		return invalid("the address must not hold a user name or password; use a signed URL, or a reference to OBS")
	case u.Opaque != "" || u.Hostname() == "" || strings.ContainsAny(u.Host, "\\% \t"):
		return invalid("the address has no valid host name")
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return invalid("the port of the address must be 1 to 65535")
		}
	}
	return nil
}

// hostPort is the host with the port that is dialled, so that an allowed "host:443" holds for https://host too.
func hostPort(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	port := "443"
	if u.Scheme == "http" {
		port = "80"
	}
	return strings.TrimSuffix(u.Host, ":") + ":" + port
}
