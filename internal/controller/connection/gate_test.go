package connection

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/obs"
)

func TestRefusalOf(t *testing.T) {
	const (
		lock  = "the service has locked the account after log-ins that failed. Nobody may try before the lock has ended, or it lasts longer; then check the Secret"
		clock = "the clock of the operator's node differs from the service's. Correct the clock"
		wrong = "the service refused the credentials: CreateToken: IAM.0062: HTTP 401: The username or password is wrong. Correct the Secret"
	)
	refused := func(detail ais.Detail, retryAfter time.Duration) *ais.Error {
		return &ais.Error{
			Op: ais.OpCreateToken, Code: "IAM.0062", HTTPStatus: 401, Message: "The username or password is wrong.", RequestID: "r1", Detail: detail, RetryAfter: retryAfter,
		}
	}
	for name, tt := range map[string]struct {
		err    error
		before int32
		want   refusal
	}{
		"wrong credentials wait half an hour":            {refused(ais.DetailWrong, 0), 0, refusal{30 * time.Minute, 1, wrong}},
		"and twice as long every time":                   {refused(ais.DetailWrong, 0), 2, refusal{2 * time.Hour, 3, wrong}},
		"but no longer than six hours":                   {refused(ais.DetailWrong, 0), 40, refusal{6 * time.Hour, 41, wrong}},
		"a lock lasts half an hour at least":             {refused(ais.DetailLocked, 15*time.Minute), 0, refusal{30 * time.Minute, 0, lock}},
		"a lock lasts as long as the service says":       {refused(ais.DetailLocked, 24*time.Hour), 0, refusal{24 * time.Hour, 0, lock}},
		"a lock does not say that credentials are wrong": {refused(ais.DetailLocked, 0), 3, refusal{30 * time.Minute, 3, lock}},
		"a clock is corrected soon":                      {refused(ais.DetailClockSkew, 0), 0, refusal{6 * time.Minute, 0, clock}},
		"a clock does not say that credentials are wrong": {
			refused(ais.DetailClockSkew, 0), 3, refusal{6 * time.Minute, 3, clock},
		},
		"the object storage knows about clocks, too": {
			&obs.Error{Op: "put object", Kind: obs.KindBadCredentials, Code: obs.CodeSkew}, 0, refusal{6 * time.Minute, 0, clock},
		},
		"the object storage's sentences have no full stop": {
			&obs.Error{Op: "put object", Kind: obs.KindBadCredentials, Message: "the access key is wrong"}, 0,
			refusal{30 * time.Minute, 1, "the service refused the credentials: put object: the access key is wrong. Correct the Secret"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, refusalOf(tt.err, tt.before), cmp.AllowUnexported(refusal{})); diff != "" {
				t.Errorf("refusal (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCodeOf(t *testing.T) {
	for want, err := range map[string]error{
		"IAM.0062": &ais.Error{Code: "IAM.0062"}, "InvalidAccessKeyId": &obs.Error{Code: "InvalidAccessKeyId"}, "": errors.New("vetoed"),
	} {
		if got := codeOf(err); got != want {
			t.Errorf("code %q, want %q", got, want)
		}
	}
}
