package ais

// behaviour is what the operator does about the errors of a class, for people
// who run it. The figures are those of the packages that act: ledger for single
// objects, flow for gates and rates, the connection's controller for log-ins.
type behaviour struct {
	// reason of the object's condition Ready.
	reason string
	// long is a sentence or more, short is what fits a row of the table of codes.
	long, short string
}

// behaviourOf describes what the operator does about a class.
func behaviourOf(c Class) behaviour {
	switch c {
	case ClassRejected:
		return behaviour{
			"Rejected", "Stops at once, for the same request would be refused again. The object is Stalled until its spec changes.",
			"stops",
		}
	case ClassFailed:
		return behaviour{
			"Rejected", "The algorithm could not handle the picture. Tries once more after half a minute, then stops.",
			"tries once more",
		}
	case ClassSource:
		return behaviour{
			"SourceUnavailable", "The service could not fetch the picture. Tries 4 times in all, 1, 2 and 4 minutes apart, then stops. " +
				"The URL of an object in OBS is signed anew each time; one that you signed stays as it is.",
			"tries 4 times, slowly",
		}
	case ClassCredentials:
		return behaviour{
			"InvalidCredentials", "Obtains a new token once, where that can help. Then all objects of the connection wait at no cost until " +
				"its Secret or its spec changes, else 30 minutes, doubling to 6 hours; 6 minutes where a clock is wrong. A locked account is left alone " +
				"for 30 minutes at least, whatever changes. Never makes more than 3 log-ins of an account in 15 minutes that may fail.",
			"holds the connection back",
		}
	case ClassAccount:
		return behaviour{
			"AccountProblem", "Objects wait at no cost for 30 minutes or until the connection's Secret or spec changes; then one of them tries. " +
				"Arrears, quota, project and address hold the whole connection back, subscription and permission the one operation.",
			"holds the operation back",
		}
	case ClassThrottled:
		return behaviour{
			"Throttled", "Halves the concurrency and the rate of the operation, which recover slowly, and waits as long as `Retry-After` says, " +
				"5 seconds at least and a day at most. It is not counted as an attempt.",
			"slows down",
		}
	default:
		return behaviourOfFaults(c)
	}
}

// behaviourOfFaults is for the classes in which nothing was wrong with the
// request.
func behaviourOfFaults(c Class) behaviour {
	switch c {
	case ClassTransient:
		return behaviour{
			"TransientError", "Nothing was carried out. Tries again after 2 seconds, doubling to 5 minutes, or later if `Retry-After` says so; " +
				"`spec.runPolicy.maxAttempts` times in all (8), then stops.",
			"tries again",
		}
	case ClassUnknown:
		return behaviour{
			"UnknownOutcome", "The call may have been carried out and counts as billed. `spec.runPolicy.unknownOutcome` decides: RetryOnce " +
				"calls once more after 10 seconds, Fail stops.",
			"as `unknownOutcome` says",
		}
	case ClassService:
		return behaviour{
			"ServiceUnavailable", "The API is not there. The objects of the operation wait at no cost for 10 minutes or until the connection's " +
				"Secret or spec changes; then one of them tries.",
			"holds the operation back",
		}
	default:
		return behaviour{}
	}
}
