package ais

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Error is every failure of a call but a veto of Call.BeforeSend. None of its
// fields holds a secret, a token or the query of a URL, and none but RequestID
// and RetryAfter varies between two failures of the same kind.
type Error struct {
	// Op is what was done: an Operation, or one of the Op constants.
	Op string
	// Code is the service's error code, as received; empty when none came.
	Code string
	// Message is the service's message or, without an answer, what went wrong
	// on the way: one line of bounded length.
	Message string
	// HTTPStatus is zero when no answer came.
	HTTPStatus int
	// RequestID identifies the request to the vendor's support.
	RequestID string
	// RetryAfter is how long the service asked to wait, or how long a lock is
	// documented to last; zero when neither is known.
	RetryAfter time.Duration
	// Detail refines ClassCredentials.
	Detail Detail

	class Class // decided by what happened; empty: by code and status
	page  bool  // an HTML page was answered
	cause error
}

// What a client does besides calling operations; see Error.Op.
const (
	// OpCreateToken logs in to IAM with a password.
	OpCreateToken = "CreateToken"
	// OpExchangeIDToken exchanges an ID token for a token of IAM.
	OpExchangeIDToken = "ExchangeIDToken"
	// OpCreateTemporaryKey obtains a temporary access key from IAM.
	OpCreateTemporaryKey = "CreateTemporaryAccessKey"
	// OpGetPodIdentity obtains a temporary access key from the node's agent.
	OpGetPodIdentity = "GetPodIdentity"
	// OpListProjects looks a project up in IAM.
	OpListProjects = "ListProjects"
	// OpConnect connects to the image endpoint without calling anything.
	OpConnect = "Connect"
)

// Detail says what is wrong with credentials.
type Detail string

// The details; an error without one is not known more closely.
const (
	// DetailExpired: the token is at the end of its life.
	DetailExpired Detail = "Expired"
	// DetailWrong: token, key, signature or password are not right.
	DetailWrong Detail = "Wrong"
	// DetailLocked: too many failed tries. Every further one prolongs the lock.
	DetailLocked Detail = "Locked"
	// DetailClockSkew: this machine's clock and the service's are too far apart.
	DetailClockSkew Detail = "ClockSkew"
	// DetailWithheld: the credentials were not tried, for that might have locked
	// the account; see Config.BeginTry.
	DetailWithheld Detail = "Withheld"
	// DetailProject: the credentials do not name exactly one project.
	DetailProject Detail = "Project"
)

// Class says what the error asks of the caller.
func (e *Error) Class() Class {
	return cmp.Or(e.class, classOfCode(e.Code, e.HTTPStatus, e.RetryAfter > 0))
}

// Scope says what a gate holds back after the error.
func (e *Error) Scope() Scope { return scopeOf(e.Class(), e.Code) }

// Billed tells whether the call was, or may have been, billed: it was answered
// 2xx, be it with an error code, or nobody knows its outcome. A page is no
// answer of the service, and what a client does besides calls is free.
func (e *Error) Billed() bool {
	if !slices.Contains(Operations(), Operation(e.Op)) {
		return false
	}
	return e.Class() == ClassUnknown || e.HTTPStatus/100 == 2 && !e.page
}

// Considered tells whether the service itself looked at the request and found
// fault with it alone, so that account and API are in order. It says so with a
// code of its own: without one, or with one of the gateway, which looks at a
// request before that, nothing is known.
func (e *Error) Considered() bool {
	code := canonicalCode(e.Code)
	if code == "" || strings.HasPrefix(code, "APIG.") || strings.HasPrefix(code, "IAM.") {
		return false
	}
	switch e.Class() {
	case ClassRejected, ClassFailed, ClassSource:
		return true
	default:
		return false
	}
}

// Measure tells what to do about the error; empty when the code is not known.
func (e *Error) Measure() string { return Measure(e.Code) }

// Error returns a stable line without the request ID.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Code != "" {
		b.WriteString(": " + e.Code)
	}
	if e.HTTPStatus != 0 {
		b.WriteString(": HTTP " + strconv.Itoa(e.HTTPStatus))
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	return b.String()
}

// Unwrap returns the error of the network or of the decoder, if there was one.
// Its text may name hosts and addresses: it is for logs.
func (e *Error) Unwrap() error { return e.cause }
