package v1alpha1

// Condition types. Ready is always present; Reconciling and Stalled are present only while they are True, so that kstatus reads an object as
// Current, InProgress or Failed from its conditions alone.
const (
	// ConditionReady is True once the object is what its spec asks for: results are in status, the output is stored, or the connection works.
	//
	// Reasons when True: Succeeded. Reasons when False: every other one of this package.
	ConditionReady = "Ready"

	// ConditionReconciling is True while the controller is working on the object or waits for something that may still come by itself.
	//
	// Reasons: Progressing, Waiting, Throttled, BudgetExhausted, Suspended, TransientError, SourceUnavailable, InvalidCredentials,
	// AccountProblem, ConnectionNotReady, ServiceUnavailable, UnknownOutcome.
	ConditionReconciling = "Reconciling"

	// ConditionStalled is True when nothing more happens until somebody changes the spec.
	//
	// Reasons: InvalidSpec, Rejected, SourceUnavailable, TransientError, UnknownOutcome.
	ConditionStalled = "Stalled"
)

// Reasons say who has to act; the message says what happened. They are used for conditions and events alike.
const (
	// ReasonSucceeded (Ready True): done. Nobody has to act.
	ReasonSucceeded = "Succeeded"

	// ReasonProgressing (Ready False, Reconciling True): a call is on its way. Nobody has to act.
	ReasonProgressing = "Progressing"

	// ReasonWaiting (Ready False, Reconciling True): something that the object needs is not there yet, such as a picture in OBS. It is looked
	// for again by itself; whoever provides it has to act.
	ReasonWaiting = "Waiting"

	// ReasonThrottled (Ready False, Reconciling True): the service asked for a pause, or other connections have used up the log-ins of the account.
	// Nobody has to act; raise the quota, or look for the connection with the wrong credentials, if it lasts.
	ReasonThrottled = "Throttled"

	// ReasonBudgetExhausted (Ready False, Reconciling True): the connection's budget of billed calls for this UTC day is used up. Nobody has to
	// act, for the next day brings a new one; whoever owns the connection may raise spec.budget.
	ReasonBudgetExhausted = "BudgetExhausted"

	// ReasonSuspended (Ready False, Reconciling True): the object or its connection is suspended. Whoever suspended it has to act.
	ReasonSuspended = "Suspended"

	// ReasonTransientError (Ready False; Reconciling True while attempts are left, then Stalled True): the service failed in a way that
	// usually passes. Nobody has to act until it stalls.
	ReasonTransientError = "TransientError"

	// ReasonSourceUnavailable (Ready False; Reconciling True, then Stalled True): the picture cannot be fetched. The author of the object
	// has to check its address and its permissions.
	ReasonSourceUnavailable = "SourceUnavailable"

	// ReasonInvalidSpec (Ready False, Stalled True): the spec asks for something that cannot be done. The author has to change it.
	ReasonInvalidSpec = "InvalidSpec"

	// ReasonRejected (Ready False, Stalled True): the picture or the parameters were refused, by the service or by a check against the
	// service's documented limits that spared the call. The author has to change the spec.
	ReasonRejected = "Rejected"

	// ReasonInvalidCredentials (Ready False, Reconciling True): a Secret or a key in it is missing, or the service refused it. Whoever owns
	// the connection has to correct the Secret, or, where the message says so, to wait for the end of a lock or have a clock corrected.
	ReasonInvalidCredentials = "InvalidCredentials"

	// ReasonAccountProblem (Ready False, Reconciling True): subscription, arrears, quota or permission. Whoever owns the account has to act.
	ReasonAccountProblem = "AccountProblem"

	// ReasonConnectionNotReady (Ready False, Reconciling True): the connection is missing, may not be used from this namespace, or is not
	// Ready. Whoever owns the connection has to act.
	ReasonConnectionNotReady = "ConnectionNotReady"

	// ReasonServiceUnavailable (Ready False, Reconciling True): the address does not answer as the service does, or the operation was
	// retired. Whoever owns the connection has to check its endpoints.
	ReasonServiceUnavailable = "ServiceUnavailable"

	// ReasonUnknownOutcome (Ready False; Reconciling True while it is being settled, Stalled True when runPolicy says Fail): a call was made
	// and its answer was lost, so it may have been billed. With Fail the author has to decide.
	ReasonUnknownOutcome = "UnknownOutcome"
)
