package v1alpha1

import (
	"cmp"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Limits toward the service. They hold for each operation toward one endpoint and project, summed over all connections that name them; of several the
// lowest holds.
type Limits struct {
	// concurrency bounds the calls of one operation in flight at a time, 1 to 1000. Unset means 10.
	// +optional
	// +kubebuilder:default=10
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	Concurrency int32 `json:"concurrency,omitempty"`

	// requestsPerSecond bounds the calls of one operation begun in a second, 1 to 10000. Unset means no limit beyond what the service answers.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10000
	RequestsPerSecond int32 `json:"requestsPerSecond,omitempty"`

	// timeoutSeconds bounds one call from its claim to the last byte of its answer, the service's own download of the picture included, 1 to
	// 3600. Unset means 60.
	// +optional
	// +kubebuilder:default=60
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=3600
	TimeoutSeconds int32 `json:"timeoutSeconds,omitempty"`

	// operations replace limits for single operations, at most 8.
	// +optional
	// +listType=map
	// +listMapKey=operation
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	Operations []LimitOverride `json:"operations,omitempty"`
}

// LimitOverride replaces limits for one operation. What it leaves out is that of all operations.
//
// +kubebuilder:validation:AtLeastOneOf=concurrency;requestsPerSecond;timeoutSeconds
type LimitOverride struct {
	// operation that the limits are for.
	// +required
	Operation Operation `json:"operation,omitempty"`

	// concurrency bounds the calls of the operation in flight at a time, 1 to 1000. Unset means that of all operations.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	Concurrency int32 `json:"concurrency,omitempty"`

	// requestsPerSecond bounds the calls of the operation begun in a second, 1 to 10000. Unset means that of all operations.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10000
	RequestsPerSecond int32 `json:"requestsPerSecond,omitempty"`

	// timeoutSeconds bounds one call of the operation, 1 to 3600. Unset means that of all operations.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=3600
	TimeoutSeconds int32 `json:"timeoutSeconds,omitempty"`
}

// What the schema sets where limits are there but say nothing. Limits that are not there mean the same.
const (
	defaultConcurrency    = 10
	defaultTimeoutSeconds = 60
)

// OperationLimits are what the limits of one operation come to. They are no part of the schema.
//
// +kubebuilder:object:generate=false
type OperationLimits struct {
	// Concurrency bounds the calls in flight at a time; it is at least 1.
	Concurrency int32 `json:"-"`
	// RequestsPerSecond bounds the calls begun in a second; 0 means that nothing does.
	RequestsPerSecond int32 `json:"-"`
	// Timeout bounds one call from its claim to the last byte of its answer.
	Timeout time.Duration `json:"-"`
}

// For returns the limits of an operation. Nil limits have every default; an operation without an override has the limits of all operations.
func (l *Limits) For(op Operation) OperationLimits {
	if l == nil {
		l = &Limits{}
	}
	var override LimitOverride
	for _, o := range l.Operations {
		if o.Operation == op {
			override = o
		}
	}
	return OperationLimits{
		Concurrency:       cmp.Or(override.Concurrency, l.Concurrency, defaultConcurrency),
		RequestsPerSecond: cmp.Or(override.RequestsPerSecond, l.RequestsPerSecond),
		Timeout:           time.Duration(cmp.Or(override.TimeoutSeconds, l.TimeoutSeconds, defaultTimeoutSeconds)) * time.Second,
	}
}

// Budget bounds the billed calls of one UTC day: those that were answered with 2xx, and those whose answer was lost. When it is spent, objects wait for
// the next day with reason BudgetExhausted.
//
// +kubebuilder:validation:AtLeastOneOf=callsPerDay;callsPerDayPerNamespace
type Budget struct {
	// callsPerDay bounds the billed calls of all objects of the connection per UTC day, 1 to 1000000000. Unset means no limit.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000000
	CallsPerDay int32 `json:"callsPerDay,omitempty"`

	// callsPerDayPerNamespace bounds the billed calls of the objects of each namespace per UTC day, 1 to 1000000000. Unset means no limit.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000000
	CallsPerDayPerNamespace int32 `json:"callsPerDayPerNamespace,omitempty"`
}

// CallsToday counts the billed calls of one day.
type CallsToday struct {
	// day that the count is of, in UTC, such as 2026-11-23.
	// +required
	// +kubebuilder:validation:Format=date
	// +kubebuilder:validation:MinLength=10
	// +kubebuilder:validation:MaxLength=10
	Day string `json:"day,omitempty"`

	// calls that were, or may have been, billed.
	// +required
	// +kubebuilder:validation:Minimum=0
	Calls int32 `json:"calls"` //nolint:kubeapilinter // 0 is written, for it is a count like any other.
}

// GateReason says why objects are held back. Objects that wait at a gate show it as the reason of their conditions.
//
// +kubebuilder:validation:Enum=InvalidCredentials;AccountProblem;ServiceUnavailable
type GateReason string

// Reasons of a gate.
const (
	// GateInvalidCredentials means that the service refused the credentials. Such a gate holds a whole connection.
	GateInvalidCredentials GateReason = "InvalidCredentials"
	// GateAccountProblem means subscription, arrears, quota or permission. Such a gate holds one operation if it is about that alone.
	GateAccountProblem GateReason = "AccountProblem"
	// GateServiceUnavailable means that the API of an operation is not there. Such a gate holds one operation.
	GateServiceUnavailable GateReason = "ServiceUnavailable"
)

// Gate holds all objects of a connection back at no cost after the service refused its credentials or its account, so that nobody is locked out. It
// opens when the Secret or the connection's spec changes.
type Gate struct {
	// reason of the gate.
	// +required
	Reason GateReason `json:"reason,omitempty"`

	// code of the service that closed the gate, such as AIS.0027. Empty when the answer had none.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Code string `json:"code,omitempty"`

	// message says what happened and what to do.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message,omitempty"`

	// until is when the service is asked again if nothing changes.
	// +required
	Until metav1.Time `json:"until,omitempty"`

	// rejections counts the refusals of the credentials in a row, which set the length of the pause.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Rejections int32 `json:"rejections,omitempty"`
}

// OperationGate holds the objects of one operation back at no cost after the service said that the operation is not there, or not for this account. It
// opens when the Secret or the connection's spec changes.
type OperationGate struct {
	// operation that is held back.
	// +required
	Operation Operation `json:"operation,omitempty"`

	// reason of the gate.
	// +required
	Reason GateReason `json:"reason,omitempty"`

	// code of the service that closed the gate, such as ModelArts.4204. Empty when the answer had none.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Code string `json:"code,omitempty"`

	// message says what happened and what to do.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message,omitempty"`

	// until is when one call tries again.
	// +required
	Until metav1.Time `json:"until,omitempty"`
}
