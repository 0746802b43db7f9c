package obs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// keyRing hands out keys in turn: the next one when the last was refused.
type keyRing struct {
	list  []Key
	given []string
	err   error
}

func (k *keyRing) Key(context.Context) (Key, error) {
	if k.err != nil {
		return Key{}, k.err
	}
	k.given = append(k.given, k.list[0].Secret)
	return k.list[0], nil
}

func (k *keyRing) Renew(refused Key) bool {
	if len(k.list) > 1 && k.list[0] == refused {
		k.list = k.list[1:]
	}
	return true
}

func TestAKeyThatWasRefusedIsRenewedOnce(t *testing.T) {
	good, bad, worse := Key{ID: accessKey, Secret: secretKey}, Key{ID: accessKey, Secret: "EXPIRED"}, Key{ID: "UNKNOWN", Secret: "WORSE"}
	operations := map[string]func(context.Context, *Client) error{
		"Put": func(ctx context.Context, c *Client) error {
			_, err := c.Put(ctx, bucket, "a", Object{Data: []byte("a")})
			return err
		},
		"Get":    func(ctx context.Context, c *Client) error { _, _, err := c.Get(ctx, bucket, "a", 10); return err },
		"Head":   func(ctx context.Context, c *Client) error { _, err := c.Head(ctx, bucket, "a"); return err },
		"Delete": func(ctx context.Context, c *Client) error { return c.Delete(ctx, bucket, "b") },
	}
	for name, operation := range operations {
		for _, tc := range []struct {
			name string
			list []Key
			kind Kind
			want []string
		}{
			{"a good key", []Key{good}, "", []string{secretKey}},
			{"a key that has expired, and a good one", []Key{bad, good}, "", []string{"EXPIRED", secretKey}},
			{"two bad ones, and no third is tried", []Key{bad, worse, good}, KindBadCredentials, []string{"EXPIRED", "WORSE"}},
		} {
			t.Run(name+" with "+tc.name, func(t *testing.T) {
				s := plainStorage(t)
				if _, err := s.client(t, nil).Put(t.Context(), bucket, "a", Object{Data: []byte("a")}); err != nil {
					t.Fatal(err)
				}
				source := &keyRing{list: tc.list}
				err := operation(t.Context(), s.client(t, func(c *Config) { c.Keys = source }))
				if KindOf(err) != tc.kind {
					t.Errorf("got %v, want kind %q", err, tc.kind)
				}
				if diff := cmp.Diff(tc.want, source.given); diff != "" {
					t.Errorf("keys (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestWithoutAKeyNothingIsSent(t *testing.T) {
	none, s := errors.New("none"), plainStorage(t)
	c := s.client(t, func(c *Config) { c.Keys = &keyRing{err: none} })
	if _, err := c.Head(t.Context(), bucket, "a"); !errors.Is(err, none) {
		t.Errorf("Head = %v, want the error of the keys", err)
	}
	if _, err := c.PresignGet(t.Context(), bucket, "a", time.Minute); !errors.Is(err, none) {
		t.Errorf("PresignGet = %v, want the error of the keys", err)
	}
	if len(s.requests) > 0 {
		t.Errorf("%d requests", len(s.requests))
	}
}

func TestAKeyPrintsAsAMask(t *testing.T) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if got := fmt.Sprintf(verb, Key{ID: "SECRET", Secret: "SECRET"}); strings.Contains(got, "SECRET") || !strings.Contains(got, "***") {
			t.Errorf("%s prints %s", verb, got)
		}
	}
}
