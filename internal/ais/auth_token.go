package ais

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// retryRenewal is how long a token that could not be renewed in time is used
// on before the next try.
const retryRenewal = time.Minute

// token is a project token of IAM; it is never written after it was made.
type token struct {
	grant
	renewAt   time.Time // at four fifths of its life
	expiresAt time.Time
}

// tokenAuthenticator logs in with a password and keeps the token.
type tokenAuthenticator struct {
	password Password
	iam      *identity

	flight flight[*token]
	mu     sync.Mutex
	kept   *token // nil: none yet, or dropped
}

// grant implements authenticator.
func (t *tokenAuthenticator) grant(ctx context.Context) (grant, error) {
	if kept := t.current(); kept != nil && t.iam.wire.now().Before(kept.renewAt) {
		return kept.grant, nil
	}
	obtained, err := t.flight.do(ctx, t.obtain)
	if err != nil {
		return grant{}, t.iam.failure(ctx, OpCreateToken, err)
	}
	return obtained.grant, nil
}

// obtain logs in, unless somebody just did. A token that is due but still good
// is used on when IAM cannot be asked; when IAM says no, that stands.
func (t *tokenAuthenticator) obtain(ctx context.Context) (*token, error) {
	kept, now := t.current(), t.iam.wire.now()
	if kept != nil && now.Before(kept.renewAt) {
		return kept, nil
	}
	obtained, err := t.iam.createToken(ctx, t.password)
	if err != nil {
		if kept == nil || !now.Before(kept.expiresAt) || isRefusal(err) {
			return nil, err
		}
		postponed := *kept
		postponed.renewAt = now.Add(retryRenewal)
		obtained = &postponed
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = obtained
	return obtained, nil
}

func (t *tokenAuthenticator) current() *token {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.kept
}

// isRefusal tells an answer about the credentials from trouble on the way.
func isRefusal(err error) bool {
	return slices.Contains([]Class{ClassCredentials, ClassAccount, ClassRejected}, ClassOf(err))
}

// authenticate implements authenticator.
func (t *tokenAuthenticator) authenticate(x *exchange, g grant) {
	x.header.Set("X-Auth-Token", g.token.Reveal())
	x.secrets = append(slices.Clone(x.secrets), nonEmpty(g.token.Reveal())...)
}

// renewable implements authenticator. Only the refused token is dropped: of
// many calls that were refused together the first logs in, the others find the
// new token. A lock, the clock, or a code that a token has no part in is left
// alone.
func (t *tokenAuthenticator) renewable(g grant, err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Class() != ClassCredentials || e.Detail == DetailLocked || e.Detail == DetailClockSkew {
		return false
	}
	if row, known := lookUp(e.Code); known && row.lasting {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept != nil && t.kept.token == g.token {
		t.kept = nil
	}
	return true
}

// verify implements authenticator.
func (t *tokenAuthenticator) verify(ctx context.Context) (string, error) {
	g, err := t.grant(ctx)
	return g.projectID, err
}
