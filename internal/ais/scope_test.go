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
