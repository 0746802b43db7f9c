package intake_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/hostile"
	"github.com/ais-operator/ais-operator/internal/intake"
	"github.com/ais-operator/ais-operator/internal/netguard"
	"github.com/ais-operator/ais-operator/internal/outcome"
	"github.com/ais-operator/ais-operator/internal/session"
	"github.com/ais-operator/ais-operator/internal/source"
)

// hostileWorld is a session of an operator who opened nothing but the open host, with name servers of an attacker.
func hostileWorld(t *testing.T) *session.Session {
	t.Helper()
	guard := netguard.Policy{AllowCIDRs: []netip.Prefix{netip.MustParsePrefix(hostile.Open)}}
	transport, err := guard.Transport(netguard.TransportOptions{Resolver: hostile.Resolver()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &session.Session{Ref: own, Guard: guard, Pictures: source.NewFetcher(transport)}
}

func TestHostileAddressesAreNotReached(t *testing.T) {
	internet := hostile.NewInternet(t)
	proxy := "http://" + strings.Replace(internet.OpenAddress(), "127.0.0.1", "127.0.0.2", 1)
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"} {
		t.Setenv(name, proxy)
	}
	for _, a := range hostile.Addresses() {
		t.Run(a.Name, func(t *testing.T) {
			var dials hostile.Dials
			var got outcome.Outcome
			ctx, s := dials.Watch(t.Context(), netguard.ErrAddress), hostileWorld(t)
			request := intake.Request{Image: v1alpha1.ImageSource{URL: internet.At(a.URL)}, Delivery: v1alpha1.DeliveryInline}
			const memory = 2 << 20 // the servers and the name server are in this process too
			if n := allocated(func() { _, got = intake.Get(ctx, s, request) }); n > memory {
				t.Errorf("%d bytes were allocated", n)
			}
			if diff := cmp.Diff(expected(a), got, same()); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(slices.Repeat([]string{internet.OpenAddress()}, a.Connections), dials.To(), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("connections (-want +got):\n%s", diff)
			}
			if n := internet.Reached(); n != 0 {
				t.Errorf("a private host was reached %d times", n)
			}
		})
	}
}

// expected is the outcome that the table describes.
func expected(a hostile.Address) outcome.Outcome {
	const doing = "the picture cannot be fetched: fetch picture: "
	switch a.Reason {
	case "":
		return outcome.Continue()
	case v1alpha1.ReasonInvalidSpec:
		return outcome.Stop(a.Reason, doing+a.Says)
	default:
		return outcome.Wait(a.Reason, doing+a.Says, time.Minute)
	}
}

// A picture that the service is to fetch is not looked up by the operator, so its address is judged as it is written.
func TestHostileAddressesAreNotHandedOn(t *testing.T) {
	internet := hostile.NewInternet(t)
	for _, a := range hostile.Addresses() {
		// What a name leads to, and where servers redirect to, the service has to judge.
		literal := a.Connections == 0 && !strings.Contains(a.Says, "host name does not exist") && !strings.Contains(a.Says, "does not lead to")
		t.Run(a.Name, func(t *testing.T) {
			var dials hostile.Dials
			request := intake.Request{Image: v1alpha1.ImageSource{URL: internet.At(a.URL)}, Delivery: v1alpha1.DeliveryURL}
			picture, got := intake.Get(dials.Watch(t.Context(), netguard.ErrAddress), hostileWorld(t), request)
			if got.IsContinue() == literal || (picture.Image.URL == "") != literal {
				t.Errorf("outcome %+v, address %q", got, picture.Image.URL)
			}
			if made := dials.To(); len(made) != 0 {
				t.Errorf("connections to %q", made)
			}
		})
	}
}
