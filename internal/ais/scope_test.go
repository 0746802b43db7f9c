package ais

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestArrearsStopAConnectionAndASubscriptionOneOperation(t *testing.T) {
	want := map[string]Scope{
		"AIS.0004": ScopeOperation, "AIS.0007": ScopeOperation, "AIP.0015": ScopeOperation,
		"ModelArts.4203": ScopeOperation, "ModelArts.4204": ScopeOperation,
		"APIG.0302": ScopeOperation, "APIG.0304": ScopeOperation, "APIG.0306": ScopeOperation,
		"IAM.0002": ScopeOperation, "IAM.0003": ScopeOperation,

		"AIS.0027": ScopeConnection, "AIS.0032": ScopeConnection, "ModelArts.4106": ScopeConnection,
		"APIG.0310": ScopeConnection, "APIG.0401": ScopeConnection, "APIG.0402": ScopeConnection,
		"APIG.0404": ScopeConnection, "APIG.0501": ScopeConnection, "APIG.0502": ScopeConnection,
	}
	got := map[string]Scope{}
	for _, family := range codeFamilies() {
		for _, row := range family.rows {
			if (row.scope != "") != (row.class == ClassAccount) {
				t.Errorf("%s is of class %s and has scope %q", row.code, row.class, row.scope)
			}
			if row.class == ClassAccount {
				got[row.code] = (&Error{Code: row.code, HTTPStatus: 400}).Scope()
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("scopes of ClassAccount (-want +got):\n%s", diff)
	}
}

func TestScopeWithoutAKnownCode(t *testing.T) {
	for name, tc := range map[string]struct {
		err  Error
		want Scope
	}{
		"a 403 without a code":           {Error{HTTPStatus: 403}, ScopeOperation},
		"a 403 with an unknown code":     {Error{Code: "AIS.9999", HTTPStatus: 403}, ScopeOperation},
		"a code whose status decides":    {Error{Code: "IAM.0083", HTTPStatus: 403}, ScopeOperation},
		"the gateway's older prefix":     {Error{Code: "APIGW.0502", HTTPStatus: 403}, ScopeConnection},
		"an API that is not there":       {Error{Code: "APIG.0101", HTTPStatus: 404}, ScopeOperation},
		"a page in place of the API":     {Error{HTTPStatus: 403, class: ClassService}, ScopeOperation},
		"a picture that was refused":     {Error{Code: "AIS.0501", HTTPStatus: 400}, ""},
		"credentials that were refused":  {Error{Code: "APIG.0301", HTTPStatus: 401}, ""},
		"a request that came too fast":   {Error{Code: "APIG.0308", HTTPStatus: 429}, ""},
		"a failure that may have passed": {Error{HTTPStatus: 503}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.err.Scope(); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestWhatTheServiceHasConsidered(t *testing.T) {
	for name, tc := range map[string]struct {
		err  *Error
		want bool
	}{
		"a request that it rejected":                 {&Error{Code: "AIS.0011", HTTPStatus: 400}, true},
		"a picture that it could not handle":         {&Error{Code: "AIS.0105", HTTPStatus: 200}, true},
		"a picture that it could not fetch":          {&Error{Code: "AIS.0029", HTTPStatus: 400}, true},
		"a code that nobody knows":                   {&Error{Code: "AIS.9999", HTTPStatus: 400}, true},
		"a request that the gateway rejected":        {&Error{Code: "APIG.0201", HTTPStatus: 413}, false},
		"one that the older gateway rejected":        {&Error{Code: "APIGW.0201", HTTPStatus: 413}, false},
		"a log-in":                                   {&Error{Op: OpCreateToken, Code: "IAM.0011", HTTPStatus: 400}, false},
		"a status without a code":                    {&Error{HTTPStatus: 400}, false},
		"a request that was never sent":              {(&exchange{op: "X"}).invalid("there is no picture"), false},
		"a failure of its own":                       {&Error{Code: "AIS.0003", HTTPStatus: 500}, false},
		"an account that may not":                    {&Error{Code: "AIS.0027", HTTPStatus: 403}, false},
		"an API that is not there":                   {&Error{Code: "AIS.0005", HTTPStatus: 404}, false},
		"a token that it refused":                    {&Error{Code: "AIS.0002", HTTPStatus: 401}, false},
		"too many jobs":                              {&Error{Code: "AIS.0031", HTTPStatus: 400}, false},
		"an answer that was lost, whatever its code": {&Error{Code: "AIS.9999", HTTPStatus: 502}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.err.Considered(); got != tc.want {
				t.Errorf("%v: got %t", tc.err, got)
			}
		})
	}
}
