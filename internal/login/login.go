// Package login keeps the failed log-ins of every account, over all connections of the process, below the number that gets the account locked.
//
// The hosted service locks an account for 15 minutes after five wrong passwords in 15 minutes, and an access key for five minutes after more than five
// wrong signatures. Nobody can unlock them earlier, and every further try makes the lock last longer.
package login

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/obs"
)

const (
	// MaxTries is how many tries of an account may fail within Window.
	MaxTries = 3
	// Window is how long a failed try counts: the service's 15 minutes, and as long as a try itself may take, for it is written down before it is made.
	Window = 15*time.Minute + 30*time.Second
	// lockPause is the least pause after the service said that an account is locked.
	lockPause = 30 * time.Minute
)

// Account identifies an account, without naming it. It is the same in every process.
type Account string

// vendor is the domain of the hosted service, whose regions share their accounts.
const vendor = "myhuaweicloud.com"

// AccountOf returns the account that names identify at an IAM. An IAM that is unset is the hosted service's.
func AccountOf(iam string, names ...string) Account {
	identity := strings.ToLower(strings.Join(append([]string{issuerOf(iam)}, names...), "\x00"))
	sum := sha256.Sum256([]byte(identity))
	return Account(hex.EncodeToString(sum[:8]))
}

// issuerOf names who keeps the accounts behind an address. Another spelling of the address must not bring new tries.
func issuerOf(iam string) string {
	u, err := url.Parse(iam)
	if err != nil || u.Hostname() == "" {
		return vendor
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if host == vendor || strings.HasSuffix(host, "."+vendor) {
		return vendor
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(host, port)
}

// IsRefusal tells whether an error is a service's word against the credentials, which counts toward a lock.
func IsRefusal(err error) bool {
	return ais.ClassOf(err) == ais.ClassCredentials && !IsWithheld(err) && !errors.Is(err, ais.ErrNoIdentity) || obs.KindOf(err) == obs.KindBadCredentials
}

// IsWithheld tells whether an error is that of a try that was not made, for it might have locked the account.
func IsWithheld(err error) bool {
	e, ok := errors.AsType[*ais.Error](err)
	return ok && e.Detail == ais.DetailWithheld
}

// PauseOf returns how long nobody may try an account, when the error says that it is locked; otherwise 0.
func PauseOf(err error) time.Duration {
	e, ok := errors.AsType[*ais.Error](err)
	if !ok || e.Detail != ais.DetailLocked {
		return 0
	}
	return max(lockPause, e.RetryAfter)
}
