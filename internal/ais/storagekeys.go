package ais

import "context"

// StorageKeys are the access keys for the object storage of the account. With a
// token they are temporary: IAM gives them, and they are renewed in time.
type StorageKeys struct{ keys keySource }

// StorageKeys returns the keys that go with the client's credentials. It sends
// nothing.
func (c *Client) StorageKeys() StorageKeys { return StorageKeys{c.auth.storageKeys()} }

// Key returns the key to sign with now. Its error is an *Error.
func (s StorageKeys) Key(ctx context.Context) (AccessKey, error) { return s.keys.key(ctx) }

// Renew reports whether another key can take the place of one that the storage
// refused, and forgets that.
func (s StorageKeys) Renew(refused AccessKey) bool { return s.keys.renew(refused) }
