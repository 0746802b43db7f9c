package netguard

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestDescribe(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	for _, tt := range []struct {
		err   error
		want  string
		cause error
	}{
		{&AddressError{Host: "10.0.0.1"}, "10.0.0.1 is not a public address; the operator's --allow-cidrs or --allow-hosts can open it", ErrAddress},
		{context.Canceled, "the request to the server was cancelled", context.Canceled},
		{context.DeadlineExceeded, "the server did not answer in time", context.DeadlineExceeded},
		{dial(&net.DNSError{Err: "no such host", IsNotFound: true}), "the server's host name does not exist", nil},
		{dial(&net.DNSError{Err: "server misbehaving"}), "the server's host name could not be looked up", nil},
		{dial(os.NewSyscallError("connect", syscall.ECONNREFUSED)), "the server could not be connected to", syscall.ECONNREFUSED},
		{dial(os.ErrDeadlineExceeded), "the server did not answer in time", nil},
		{&net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}, "the connection to the server broke off", syscall.ECONNRESET},
		{&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, "the server's certificate is not trusted", nil},
		{&tls.CertificateVerificationError{Err: x509.HostnameError{Certificate: &x509.Certificate{}, Host: "a"}}, "the server's certificate is for another host name", nil},
		{tls.RecordHeaderError{Msg: "SECRET"}, "the server does not speak TLS", nil},
		{http.ErrSchemeMismatch, "the server does not speak TLS", nil},
		{fmt.Errorf("malformed HTTP response %q", "SECRET"), "the server's answer broke off or is not HTTP", nil},
	} {
		got, cause := Describe("the server", &url.Error{Op: "Get", URL: "https://a.example/?SECRET", Err: tt.err})
		if got != tt.want {
			t.Errorf("Describe(%v) = %q, want %q", tt.err, got, tt.want)
		}
		if tt.cause != nil && !errors.Is(cause, tt.cause) {
			t.Errorf("Describe(%v) has the cause %v, want %v", tt.err, cause, tt.cause)
		}
		if strings.Contains(fmt.Sprint(got, cause), "SECRET") {
			t.Errorf("Describe(%v) quotes the remote: %v", tt.err, cause)
		}
	}
}
