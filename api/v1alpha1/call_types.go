package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Operation names one operation of the service.
//
// +kubebuilder:validation:Enum=ImageTagging;RecaptureDetection;DarkEnhance;Defog;SuperResolution
type Operation string

// Operations of the service.
const (
	OperationImageTagging       Operation = "ImageTagging"
	OperationRecaptureDetection Operation = "RecaptureDetection"
	OperationDarkEnhance        Operation = "DarkEnhance"
	OperationDefog              Operation = "Defog"
	OperationSuperResolution    Operation = "SuperResolution"
)

// CallState is where an operation's run stands.
//
// +kubebuilder:validation:Enum=Claimed;Succeeded;Failed;Unknown
type CallState string

// States of a call.
const (
	// CallClaimed means that an attempt was announced and may be under way. A claim past its deadline has an unknown outcome.
	CallClaimed CallState = "Claimed"
	// CallSucceeded means that the run has its result. No further call is made for this specHash.
	CallSucceeded CallState = "Succeeded"
	// CallFailed means that the last attempt ended with a definite error; nextAttemptTime says whether another follows.
	CallFailed CallState = "Failed"
	// CallUnknown means that the last attempt's answer was lost.
	CallUnknown CallState = "Unknown"
)

// Call is one operation's entry in the ledger. It is what makes a repeated or interrupted reconcile safe: an attempt is written here before the
// call is made, and its outcome afterwards.
type Call struct {
	// operation that the entry is about.
	// +required
	Operation Operation `json:"operation,omitempty"`

	// state of the run.
	// +required
	State CallState `json:"state,omitempty"`

	// specHash identifies the run: the operation, its normalised parameters and the image reference as written.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	SpecHash string `json:"specHash,omitempty"`

	// inputHash identifies the input: the operation, its parameters and the identity of the picture. Empty when the picture's identity is not
	// known because the service fetches it.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	InputHash string `json:"inputHash,omitempty"`

	// endpoint is the base URL of the service that was called. A result is reused at the same endpoint only. Empty in entries of older versions.
	// +optional
	// +kubebuilder:validation:MaxLength=512
	Endpoint string `json:"endpoint,omitempty"`

	// reusedFrom names the object of this namespace whose result was taken over without a call. Empty when the result is this object's own.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	ReusedFrom string `json:"reusedFrom,omitempty"`

	// attempts counts the calls of this run that were made, those that the service throttled left out.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Attempts int32 `json:"attempts,omitempty"`

	// unknownOutcomes counts the attempts of this run whose answer was lost.
	// +optional
	// +kubebuilder:validation:Minimum=0
	UnknownOutcomes int32 `json:"unknownOutcomes,omitempty"`

	// billed counts the calls of this run that were, or may have been, billed: answered with 2xx, or lost.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Billed int32 `json:"billed,omitempty"`

	// claim is the attempt under way, while state is Claimed.
	// +optional
	Claim *Claim `json:"claim,omitempty"`

	// lastError is what the last failed attempt of this run answered.
	// +optional
	LastError *CallError `json:"lastError,omitempty"`

	// lastAttemptTime is when the last attempt of this run began. Unset means that there was none.
	// +optional
	LastAttemptTime *metav1.MicroTime `json:"lastAttemptTime,omitempty"`

	// nextAttemptTime is the earliest time of the next attempt. Unset while state is Failed means that there is none.
	// +optional
	NextAttemptTime *metav1.MicroTime `json:"nextAttemptTime,omitempty"`

	// finishedTime is when the run ended.
	// +optional
	FinishedTime *metav1.Time `json:"finishedTime,omitempty"`
}

// Claim announces one attempt.
type Claim struct {
	// id of the attempt, unique for ever. It is sent with the call.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=36
	ID string `json:"id,omitempty"`

	// holder is the process that makes the attempt.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Holder string `json:"holder,omitempty"`

	// startTime is when the attempt was announced.
	// +required
	StartTime metav1.MicroTime `json:"startTime,omitempty"`

	// deadline is when the holder gives the attempt up. Nobody repeats it before.
	// +required
	Deadline metav1.MicroTime `json:"deadline,omitempty"`
}

// CallError is an error that the service answered, or the failure to get an answer.
type CallError struct {
	// class of the error, which decides what happens next: Rejected, Failed, Source, Credentials, Account, Throttled, Transient, Unknown or
	// Service.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	Class string `json:"class,omitempty"`

	// code of the service, such as AIS.0503. Empty when there was no answer.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Code string `json:"code,omitempty"`

	// httpStatus of the answer. 0 when there was none.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=999
	HTTPStatus int32 `json:"httpStatus,omitempty"`

	// requestID under which the service's support finds the call.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	RequestID string `json:"requestID,omitempty"`

	// message of the service, shortened.
	// +optional
	// +kubebuilder:validation:MaxLength=512
	Message string `json:"message,omitempty"`

	// measure is what the API reference says to do about the code.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Measure string `json:"measure,omitempty"`
}
