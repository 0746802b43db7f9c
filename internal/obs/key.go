package obs

import (
	"context"
	"fmt"
	"io"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// Key is an access key. It prints as a mask.
type Key struct {
	// ID is the access key ID, "AK", and Secret the secret access key, "SK".
	ID, Secret string
	// SecurityToken belongs to a temporary key; empty for a permanent one.
	SecurityToken string
}

// Format prints a mask, whatever the verb.
func (k Key) Format(state fmt.State, _ rune) {
	_, _ = io.WriteString(state, "***") // a fmt.State has no way to report failure
}

// Keys give the key that requests are signed with.
type Keys interface {
	// Key returns the key of now. An operation that gets none ends with its error as it is.
	Key(context.Context) (Key, error)
	// Renew tells whether another key can take the place of one that the storage refused.
	Renew(refused Key) bool
}

// Key implements Keys: it is always the same.
func (k Key) Key(context.Context) (Key, error) { return k, nil }

// Renew implements Keys: there is no other.
func (k Key) Renew(Key) bool { return false }

// signer makes requests with one key.
type signer struct {
	client *Client
	key    Key
	core   *minio.Core
}

// signed makes a request with the key of now. Where the storage refuses the key, and another can take its place, it does so once more: a temporary key
// may end before its time.
func signed[T any](ctx context.Context, c *Client, do func(*signer) (T, error)) (T, error) {
	var none T
	for renewed := false; ; renewed = true {
		key, err := c.keys.Key(ctx)
		if err != nil {
			return none, err
		}
		s, err := c.signerOf(key)
		if err != nil {
			return none, err
		}
		result, err := do(s)
		if renewed || KindOf(err) != KindBadCredentials || !c.keys.Renew(key) {
			return result, err
		}
	}
}

// signerOf returns the signer of a key.
func (c *Client) signerOf(key Key) (*signer, error) {
	if last := c.last.Load(); last != nil && last.key == key {
		return last, nil
	}
	options := c.options
	options.Creds = credentials.NewStaticV4(key.ID, key.Secret, key.SecurityToken)
	core, err := minio.NewCore(c.endpoint.Host, &options)
	if err != nil {
		return nil, invalid(opNew, "the endpoint's host name is not valid")
	}
	s := &signer{client: c, key: key, core: core}
	c.last.Store(s)
	return s, nil
}
