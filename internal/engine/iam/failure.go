package iam

import (
	"fmt"
	"net/http"
)

// AccessError is a refused request, as the gateway in front of the hosted service
// words it.
type AccessError struct {
	Status  int    // HTTP status
	Code    string // error_code
	Message string // error_msg
}

// Error gives the code and the message.
func (f *AccessError) Error() string { return f.Code + ": " + f.Message }

// unauthorized is APIG.0301 with the gateway's words for what is wrong (API
// reference 7.2 lists "decrypt token fail", "token expires" and "verify aksk
// signature fail").
func unauthorized(format string, args ...any) *AccessError {
	return &AccessError{
		Status:  http.StatusUnauthorized,
		Code:    "APIG.0301",
		Message: "Incorrect IAM authentication information: " + fmt.Sprintf(format, args...),
	}
}

// tokenOutdated is the answer to a token whose user is gone or has a new
// password.
func tokenOutdated() *AccessError {
	return &AccessError{http.StatusUnauthorized, "APIG.0307", "The token must be updated."}
}

// notProjectToken is the answer to a token without a project (AIS.0026).
func notProjectToken() *AccessError {
	return &AccessError{http.StatusBadRequest, "AIS.0026", "The token type is incorrect. The token of the project type must be used."}
}

// foreignProject is the answer to a project that is not the caller's: "Check
// the project ID in the request URL" (AIP.0003).
func foreignProject() *AccessError {
	return &AccessError{http.StatusUnauthorized, "AIP.0003", "The request is unauthorized."}
}
