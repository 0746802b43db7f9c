package intake

import (
	"context"
	"errors"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/obs"
	"github.com/ais-operator/ais-operator/internal/outcome"
	"github.com/ais-operator/ais-operator/internal/source"
)

// outcomeOf says what an error of reading a picture means for its object. A picture that cannot be found may come later, for GitOps applies things in
// any order, so it never stalls its object.
func outcomeOf(err error) outcome.Outcome {
	if err == nil {
		return outcome.Continue()
	}
	if errors.Is(err, context.Canceled) {
		return outcome.Retry(err)
	}
	if e, ok := errors.AsType[*source.Error](err); ok {
		return fetched(e)
	}
	if obs.KindOf(err) != "" || ais.ClassOf(err) != "" {
		return StorageOutcome("the picture cannot be read from OBS: ", err)
	}
	// Only the inspection of the bytes is left: they are not a picture that any operation takes.
	return outcome.Stop(v1alpha1.ReasonRejected, err.Error())
}

func fetched(e *source.Error) outcome.Outcome {
	const doing = "the picture cannot be fetched: "
	switch e.Kind {
	case source.KindNotFound:
		return outcome.Wait(v1alpha1.ReasonWaiting, doing+e.Error(), absentDelay)
	case source.KindDenied:
		return outcome.Wait(v1alpha1.ReasonSourceUnavailable, doing+e.Error(), deniedDelay)
	case source.KindTooLarge:
		return outcome.Stop(v1alpha1.ReasonRejected, doing+e.Error())
	case source.KindForbidden, source.KindInvalidURL:
		return outcome.Stop(v1alpha1.ReasonInvalidSpec, doing+e.Error())
	default:
		return outcome.Wait(v1alpha1.ReasonSourceUnavailable, doing+e.Error(), unreachableDelay)
	}
}

// StorageOutcome says what an error of the object storage, or of getting the access key for it, means for an object. doing begins the message.
func StorageOutcome(doing string, err error) outcome.Outcome {
	if e, ok := errors.AsType[*ais.Error](err); ok {
		return keyOutcome(doing+e.Error(), e.Class())
	}
	e, ok := errors.AsType[*obs.Error](err)
	if !ok {
		return outcome.Retry(err)
	}
	message := doing + e.Error()
	switch e.Kind {
	case obs.KindNotFound, obs.KindNoBucket:
		return outcome.Wait(v1alpha1.ReasonWaiting, message, absentDelay)
	case obs.KindDenied:
		return outcome.Wait(v1alpha1.ReasonSourceUnavailable, message, deniedDelay)
	case obs.KindBadCredentials:
		return outcome.Wait(v1alpha1.ReasonInvalidCredentials, message, deniedDelay)
	case obs.KindPathStyle, obs.KindInvalid:
		return outcome.Wait(v1alpha1.ReasonServiceUnavailable, message, deniedDelay)
	case obs.KindTooLarge:
		return outcome.Stop(v1alpha1.ReasonRejected, message)
	case obs.KindForbidden, obs.KindBadName:
		return outcome.Stop(v1alpha1.ReasonInvalidSpec, message)
	case obs.KindThrottled:
		return outcome.Wait(v1alpha1.ReasonThrottled, message, unreachableDelay)
	default:
		return outcome.Wait(v1alpha1.ReasonSourceUnavailable, message, unreachableDelay)
	}
}

// keyOutcome says what it means that IAM gave no access key for the object storage.
func keyOutcome(message string, class ais.Class) outcome.Outcome {
	switch class {
	case ais.ClassCredentials:
		return outcome.Wait(v1alpha1.ReasonInvalidCredentials, message, deniedDelay)
	case ais.ClassAccount:
		return outcome.Wait(v1alpha1.ReasonAccountProblem, message, deniedDelay)
	case ais.ClassService:
		return outcome.Wait(v1alpha1.ReasonServiceUnavailable, message, deniedDelay)
	case ais.ClassThrottled:
		return outcome.Wait(v1alpha1.ReasonThrottled, message, unreachableDelay)
	default:
		return outcome.Wait(v1alpha1.ReasonTransientError, message, unreachableDelay)
	}
}
