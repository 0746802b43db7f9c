package ais

import (
	"context"
	"net/http"
)

// exchangeIDToken exchanges an ID token for a token of the project: POST
// /v3.0/OS-AUTH/id-token/tokens.
// https://support.huaweicloud.com/intl/en-us/api-iam/iam_13_0605.html
func (i *identity) exchangeIDToken(ctx context.Context, w WorkloadIdentity) (*lease[grant], error) {
	type object = map[string]any
	x := i.exchange(OpExchangeIDToken, http.MethodPost, "/v3.0/OS-AUTH/id-token/tokens")
	idToken, err := w.IDToken(ctx)
	if err != nil {
		return nil, x.noIdentity(ctx, err)
	}
	x.secrets = append(nonEmpty(idToken.Reveal()), x.secrets...)
	x.header.Set("X-Idp-Id", w.IdentityProvider)
	x.body, err = newJSONPayload(object{"auth": object{
		"id_token": object{"id": idToken.Reveal()},
		"scope":    object{"project": i.project()},
	}})
	if err != nil {
		return nil, x.invalid(err.Error())
	}
	askedAt := i.wire.now()
	a, err := i.wire.send(ctx, x)
	if err != nil {
		return nil, err
	}
	return newToken(x, a, askedAt)
}
