package ais

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// temporaryKeyLifetime is what is asked for. A key is renewed at four fifths of
// it, and what is left then has to outlast the addresses that are signed with it
// for two hours.
const temporaryKeyLifetime = 12 * time.Hour

// createTemporaryKey obtains an access key for a token: POST
// /v3.0/OS-CREDENTIAL/securitytokens.
// https://support.huaweicloud.com/intl/en-us/api-iam/iam_04_0002.html
func (i *identity) createTemporaryKey(ctx context.Context, auth authenticator, g grant) (*lease[AccessKey], error) {
	type object = map[string]any
	x := i.exchange(OpCreateTemporaryKey, http.MethodPost, "/v3.0/OS-CREDENTIAL/securitytokens")
	var err error
	x.body, err = newJSONPayload(object{"auth": object{"identity": object{
		"methods": []string{"token"}, "token": object{"duration_seconds": int(temporaryKeyLifetime / time.Second)},
	}}})
	if err != nil {
		return nil, x.invalid(err.Error())
	}
	auth.authenticate(x, g)
	askedAt := i.wire.now()
	a, err := i.wire.send(ctx, x)
	if err != nil {
		return nil, err
	}
	var body struct {
		Credential struct {
			Access        string    `json:"access"`
			Secret        Secret    `json:"secret"`
			SecurityToken Secret    `json:"securitytoken"`
			ExpiresAt     time.Time `json:"expires_at"`
		} `json:"credential"`
	}
	if err := json.Unmarshal(a.body, &body); err != nil {
		return nil, x.unreadable(a, "the answer of IAM is not a temporary access key: check the IAM endpoint", nil)
	}
	c := body.Credential
	return x.keyLease(a, AccessKey{ID: c.Access, Secret: c.Secret, SecurityToken: c.SecurityToken}, askedAt, c.ExpiresAt)
}

// keyLease checks a temporary key that was answered. Its end is a time of the
// server's clock, and so is the Date of the answer: the difference of the two
// does not depend on the clock here.
func (x *exchange) keyLease(a *answer, key AccessKey, askedAt, expiresAt time.Time) (*lease[AccessKey], error) {
	if key.ID == "" || key.Secret == "" || key.SecurityToken == "" {
		return nil, x.unreadable(a, "the answer holds no temporary access key: check the endpoint", nil)
	}
	answeredAt, err := http.ParseTime(a.header.Get("Date"))
	if err != nil {
		answeredAt = askedAt
	}
	lifetime := expiresAt.Sub(answeredAt)
	if lifetime <= 0 {
		return nil, x.unreadable(a, "the temporary access key that was answered is at its end already: check the endpoint", nil)
	}
	return newLease(key, askedAt, lifetime), nil
}
