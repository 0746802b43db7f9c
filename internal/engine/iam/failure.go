package iam

import (
	"fmt"
	"net/http"
)

// Failure is a refused request, as the gateway in front of the hosted service
// words it.
type Failure struct {
	Status  int    // HTTP status
	Code    string // error_code
	Message string // error_msg
}

// Error gives the code and the message.
func (f *Failure) Error() string { return f.Code + ": " + f.Message }

// unauthorized is APIG.0301 with the gateway's words for what is wrong (API
// reference 7.2 lists "decrypt token fail", "token expires" and "verify aksk
// signature fail").
func unauthorized(format string, args ...any) *Failure {
	return &Failure{
		Status:  http.StatusUnauthorized,
		Code:    "APIG.0301",
		Message: "Incorrect IAM authentication information: " + fmt.Sprintf(format, args...),
	}
}

// tokenOutdated is the answer to a token whose user is gone or has a new
// password.
func tokenOutdated() *Failure {
	return &Failure{http.StatusUnauthorized, "APIG.0307", "The token must be updated."}
}

// notProjectToken is the answer to a token without a project (AIS.0026).
func notProjectToken() *Failure {
	return &Failure{http.StatusBadRequest, "AIS.0026", "The token type is incorrect. The token of the project type must be used."}
}

// foreignProject is the answer to a project that is not the caller's: "Check
// the project ID in the request URL" (AIP.0003).
func foreignProject() *Failure {
	return &Failure{http.StatusUnauthorized, "AIP.0003", "The request is unauthorized."}
}
