package netguard

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
)

// Describe says why a remote could not be reached, or why its answer broke off, in a sentence that is the same on every
// try: the subject ("the server") and what became of it, without host, address, duration or URL. Cause is the part of
// err that is fit for a log, nil where err may quote the remote's answer: a redirect in it may be signed.
func Describe(subject string, err error) (sentence string, cause error) {
	var address *AddressError
	var dns *net.DNSError
	var op *net.OpError
	var timeout net.Error
	switch {
	case errors.As(err, &address):
		return address.Error(), address
	case errors.Is(err, context.Canceled):
		return "the request to " + subject + " was cancelled", context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return subject + " did not answer in time", context.DeadlineExceeded
	case errors.As(err, &dns) && dns.IsNotFound:
		return subject + "'s host name does not exist", dns
	case errors.As(err, &dns):
		return subject + "'s host name could not be looked up", dns
	case errors.As(err, &timeout) && timeout.Timeout():
		return subject + " did not answer in time", nil
	case errors.As(err, &op) && op.Op == "dial":
		return subject + " could not be connected to", op
	case errors.As(err, &op):
		return "the connection to " + subject + " broke off", op
	}
	return describeTLS(subject, err)
}

func describeTLS(subject string, err error) (sentence string, cause error) {
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var hostname x509.HostnameError
	switch {
	case errors.As(err, &hostname):
		return subject + "'s certificate is for another host name", hostname
	case errors.As(err, &certificate):
		return subject + "'s certificate is not trusted", certificate
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return subject + " does not speak TLS", nil
	}
	return subject + "'s answer broke off or is not HTTP", nil
}
