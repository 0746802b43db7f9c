package attempt

import (
	"errors"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/foreign"
	"github.com/ais-operator/ais-operator/internal/ledger"
)

// Limits of the schema of status.calls[].lastError. What a foreign server answers must never make a record invalid, for then the call would be lost.
const (
	maxCode      = 64
	maxMessage   = 512
	maxMeasure   = 1024
	maxRequestID = 128
)

// failureOf turns the error of a call into what the ledger keeps of it.
func failureOf(err error) *ledger.Failure {
	var e *ais.Error
	if !errors.As(err, &e) {
		// Not from the service and not from the way to it: nothing is known, so the worst is assumed.
		return &ledger.Failure{
			Class: ais.ClassUnknown, Billed: true,
			Error: v1alpha1.CallError{Class: string(ais.ClassUnknown), Message: foreign.Text(err.Error(), maxMessage)},
		}
	}
	return &ledger.Failure{
		Class: e.Class(), Billed: e.Billed(), RetryAfter: e.RetryAfter,
		Error: v1alpha1.CallError{
			Class: string(e.Class()), Code: foreign.Text(e.Code, maxCode), HTTPStatus: int32(min(max(e.HTTPStatus, 0), 999)),
			RequestID: foreign.Text(e.RequestID, maxRequestID), Message: foreign.Text(e.Message, maxMessage), Measure: foreign.Text(e.Measure(), maxMeasure),
		},
	}
}
