package ais

import (
	"errors"
	"net/http"
)

// Class says what an error asks of the caller. It is decided by the error
// code, for unknown codes by the HTTP status, and for a call that was not
// answered by whether the request had left.
type Class string

// The classes, from the mildest remedy for this input to the widest fault.
const (
	// ClassRejected: the request itself is at fault. The same request fails
	// again; its author has to change it.
	ClassRejected Class = "Rejected"
	// ClassFailed: the algorithm could not handle the picture. One more try at
	// most.
	ClassFailed Class = "Failed"
	// ClassSource: the service could not fetch the picture from its address.
	ClassSource Class = "Source"
	// ClassCredentials: token, key, password or signature were refused. The
	// client has already renewed a token where that can help.
	ClassCredentials Class = "Credentials"
	// ClassAccount: subscription, arrears, quota or permission of the account.
	ClassAccount Class = "Account"
	// ClassThrottled: too fast. Wait, see Error.RetryAfter, and slow down.
	ClassThrottled Class = "Throttled"
	// ClassTransient: it may well work later, and this try was not carried out.
	ClassTransient Class = "Transient"
	// ClassUnknown: the request left and may have been carried out and billed.
	ClassUnknown Class = "Unknown"
	// ClassService: the API is not there, at this address or any more.
	ClassService Class = "Service"
)

// Classes lists every class, in the order in which the error table shows them.
func Classes() []Class {
	return []Class{
		ClassRejected, ClassFailed, ClassSource, ClassCredentials, ClassAccount,
		ClassThrottled, ClassTransient, ClassUnknown, ClassService,
	}
}

// ClassOf returns the class of the *Error in err's chain. It is empty for nil
// and for an error that did not come from the service or the way to it, such
// as the veto of Call.BeforeSend.
func ClassOf(err error) Class {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class()
	}
	return ""
}

// classOfCode looks the code up; a code without a row, and a row that leaves
// the decision open, fall to the HTTP status.
func classOfCode(code string, status int, retryAfter bool) Class {
	row, ok := lookUp(code)
	if !ok || row.class == "" || row.only4xx && status >= http.StatusInternalServerError {
		return classOfStatus(status, retryAfter)
	}
	return row.class
}

// classOfStatus classifies an answer by its status alone. Zero, no answer, and
// a 2xx that could not be understood are unknown outcomes.
func classOfStatus(status int, retryAfter bool) Class {
	switch status {
	case 0, http.StatusBadGateway, http.StatusGatewayTimeout:
		return ClassUnknown
	case http.StatusUnauthorized:
		return ClassCredentials
	case http.StatusForbidden:
		return ClassAccount
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone, http.StatusNotImplemented:
		return ClassService
	case http.StatusRequestTimeout:
		return ClassTransient
	case http.StatusTooManyRequests:
		return ClassThrottled
	case http.StatusRequestEntityTooLarge:
		// API reference 7.1: with Retry-After the server cannot take it now,
		// without it never.
		if retryAfter {
			return ClassThrottled
		}
		return ClassRejected
	}
	switch status / 100 {
	case 2:
		return ClassUnknown
	case 4:
		return ClassRejected
	case 5:
		return ClassTransient
	default: // 1xx and 3xx: the client asked for neither
		return ClassService
	}
}

// classOfPage classifies an HTML page. It comes from something in between or
// from a place without this API, whatever the status, 2xx included: the service
// answers JSON, so nothing was carried out. Only a status that is about this
// one request, or about an answer lost on the way, is believed.
func classOfPage(status int, retryAfter bool) Class {
	switch class := classOfStatus(status, retryAfter); {
	case class == ClassThrottled, class == ClassUnknown && status >= http.StatusInternalServerError:
		return class
	default:
		return ClassService
	}
}
