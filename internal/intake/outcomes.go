package intake

import (
	"context"
	"errors"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
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
	if errors.Is(err, errNoAccessKey) {
		return outcome.Wait(v1alpha1.ReasonConnectionNotReady, err.Error(), 0)
	}
	if e, ok := errors.AsType[*source.Error](err); ok {
		return fetched(e)
	}
	if e, ok := errors.AsType[*obs.Error](err); ok {
		return StorageOutcome("the picture cannot be read from OBS: ", e)
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

// StorageOutcome says what an error of the object storage means for an object. doing begins the message.
func StorageOutcome(doing string, e *obs.Error) outcome.Outcome {
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
	case obs.KindForbidden:
		return outcome.Stop(v1alpha1.ReasonInvalidSpec, message)
	case obs.KindThrottled:
		return outcome.Wait(v1alpha1.ReasonThrottled, message, unreachableDelay)
	default:
		return outcome.Wait(v1alpha1.ReasonSourceUnavailable, message, unreachableDelay)
	}
}
