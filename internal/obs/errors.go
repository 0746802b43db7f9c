package obs

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/ais-operator/ais-operator/internal/netguard"
)

// Kind says what went wrong, as far as it matters to who acts.
type Kind string

const (
	// KindNotFound is a bucket without that object.
	KindNotFound Kind = "NotFound"
	// KindNoBucket is a bucket that does not exist.
	KindNoBucket Kind = "NoBucket"
	// KindDenied is a permission or a quota that is lacking.
	KindDenied Kind = "Denied"
	// KindBadCredentials are keys that are wrong or expired, or a clock that is.
	KindBadCredentials Kind = "BadCredentials"
	// KindPathStyle is a service that wants the bucket in the host name.
	KindPathStyle Kind = "PathStyle"
	// KindTooLarge is an object beyond the limit of the caller or the service.
	KindTooLarge Kind = "TooLarge"
	// KindIntegrity is content that was changed on its way.
	KindIntegrity Kind = "Integrity"
	// KindThrottled is a service that asks for fewer requests.
	KindThrottled Kind = "Throttled"
	// KindUnavailable is what may pass: network, time limit, 5xx.
	KindUnavailable Kind = "Unavailable"
	// KindForbidden is an endpoint whose address the operator does not dial.
	KindForbidden Kind = "Forbidden"
	// KindBadName is a bucket or a key that no object can have. Nobody is asked for it.
	KindBadName Kind = "BadName"
	// KindInvalid is a request or configuration that cannot succeed as it is.
	KindInvalid Kind = "Invalid"
)

// The operations, as they stand in errors.
const (
	opNew     = "configure object storage"
	opPut     = "put object"
	opGet     = "get object"
	opHead    = "look up object"
	opDelete  = "delete object"
	opPresign = "sign object URL"
)

// Error is why an operation failed.
type Error struct {
	Op   string
	Kind Kind
	// Code is the service's own, "" if it gave none.
	Code string
	// Message is a sentence for conditions and events. It is the same on every try, and names no host, query or
	// duration. What the service wrote is not quoted: it may hold keys, times and addresses.
	Message string
	// HTTPStatus is 0 when there was no answer.
	HTTPStatus int
	// RequestID is what the service's support asks for.
	RequestID string

	cause error
}

// Error gives operation, message and code.
func (e *Error) Error() string {
	s := e.Op + ": " + e.Message
	if e.Code != "" {
		s += " (" + e.Code + ")"
	}
	return s
}

// Unwrap gives the cause where it is one of network, TLS, context or guard, for errors.Is and the log.
func (e *Error) Unwrap() error { return e.cause }

// KindOf gives the kind of an error of this package, and "" for any other.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return ""
}

// sentences are the messages of a kind; a code may have a better one.
var sentences = map[Kind]string{
	KindNotFound:       "there is no such object in the bucket",
	KindNoBucket:       "the bucket does not exist; create it, or correct its name or the endpoint's region",
	KindDenied:         "access to the object is denied; without permission to list the bucket, a missing object looks the same",
	KindBadCredentials: "the access key is wrong or has expired",
	KindPathStyle:      "the service refuses path-style addresses; set obs.pathStyle of the connection to false",
	KindTooLarge:       "the object is larger than allowed",
	KindIntegrity:      "the content was changed on its way to the object storage",
	KindThrottled:      "the object storage asks for fewer requests",
	KindUnavailable:    "the object storage cannot answer now",
	KindInvalid:        "the object storage refuses the request as invalid",
}

// CodeSkew is the code of a request whose time differs too much from the service's.
const CodeSkew = "RequestTimeTooSkewed"

// byCode is the meaning of the codes that matter (OBS API reference, error codes; Amazon S3 API reference, error
// responses).
var byCode = map[string]struct {
	kind    Kind
	message string // "": the kind's
}{
	"NoSuchKey":                          {kind: KindNotFound},
	"NoSuchVersion":                      {kind: KindNotFound},
	"NoSuchBucket":                       {kind: KindNoBucket},
	"AccessDenied":                       {kind: KindDenied},
	"AllAccessDisabled":                  {kind: KindDenied},
	"InArrearOrInsufficientBalance":      {KindDenied, "the account is in arrears"},
	"InsufficientStorageSpace":           {KindDenied, "the bucket's quota is used up"},
	"SignatureDoesNotMatch":              {KindBadCredentials, "the signature does not match; the secret access key is wrong"},
	"InvalidAccessKeyId":                 {KindBadCredentials, "the access key ID is not known to the service"},
	"ExpiredToken":                       {KindBadCredentials, "the temporary access key has expired"},
	"InvalidToken":                       {KindBadCredentials, "the security token is wrong"},
	"InvalidSecurityToken":               {KindBadCredentials, "the security token is missing, or is not that of the access key"},
	"InvalidSecurity":                    {kind: KindBadCredentials},
	CodeSkew:                             {KindBadCredentials, "the operator's clock and the service's differ too much"},
	"VirtualHostDomainRequired":          {kind: KindPathStyle},
	"EntityTooLarge":                     {kind: KindTooLarge},
	"BadDigest":                          {kind: KindIntegrity},
	"InvalidDigest":                      {kind: KindIntegrity},
	"PreconditionFailed":                 {KindIntegrity, "the object has changed since it was looked at"},
	"IncompleteBody":                     {kind: KindIntegrity},
	"XAmzContentSHA256Mismatch":          {kind: KindIntegrity},
	"SlowDown":                           {kind: KindThrottled},
	"SlowDownRead":                       {kind: KindThrottled},
	"SlowDownWrite":                      {kind: KindThrottled},
	"RequestLimitExceeded":               {kind: KindThrottled},
	"InternalError":                      {kind: KindUnavailable},
	"RequestTimeout":                     {kind: KindUnavailable},
	"ServiceUnavailable":                 {kind: KindUnavailable},
	"InvalidObjectState":                 {KindInvalid, "the object is archived; restore it first"},
	"PermanentRedirect":                  {KindInvalid, elsewhere},
	"TemporaryRedirect":                  {KindInvalid, elsewhere},
	"AuthorizationHeaderMalformed":       {KindInvalid, elsewhere},
	"IllegalLocationConstraintException": {KindInvalid, elsewhere},
}

const elsewhere = "the bucket is in another region; correct the connection's region or OBS endpoint"

func byStatus(status int) Kind {
	switch {
	case status == http.StatusUnauthorized:
		return KindBadCredentials
	case status == http.StatusForbidden:
		return KindDenied
	case status == http.StatusNotFound:
		return KindNotFound
	case status == http.StatusRequestEntityTooLarge:
		return KindTooLarge
	case status == http.StatusTooManyRequests:
		return KindThrottled
	case status >= 300 && status < 500 && status != http.StatusRequestTimeout:
		return KindInvalid
	}
	return KindUnavailable
}

// classify turns what minio-go returns into an *Error.
func classify(op string, err error) *Error {
	var reply minio.ErrorResponse
	switch {
	case errors.As(err, &reply):
		return classifyReply(op, reply)
	case errors.Is(err, netguard.ErrAddress):
		message, cause := netguard.Describe("the object storage", err)
		return &Error{Op: op, Kind: KindForbidden, Message: message, cause: cause}
	case errors.Is(err, netguard.ErrHost):
		return invalid(op, "the endpoint's host name is not valid")
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return &Error{Op: op, Kind: KindUnavailable, Message: "the object storage's answer broke off", cause: io.ErrUnexpectedEOF}
	}
	message, cause := netguard.Describe("the object storage", err)
	return &Error{Op: op, Kind: KindUnavailable, Message: message, cause: cause}
}

func classifyReply(op string, reply minio.ErrorResponse) *Error {
	if reply.StatusCode == 0 { // a success that minio-go could not read
		return &Error{Op: op, Kind: KindUnavailable, Message: "the endpoint does not answer as object storage does; check the connection's OBS endpoint"}
	}
	// minio-go puts the status line into the code when the service gave none.
	e := &Error{Op: op, Code: word(reply.Code, maxCode), HTTPStatus: reply.StatusCode, RequestID: word(reply.RequestID, maxRequestID)}
	if e.RequestID == "minio" {
		e.RequestID = "" // refused by minio-go itself, before anything was sent
	}
	known, ok := byCode[e.Code]
	if !ok {
		known.kind = byStatus(e.HTTPStatus)
	}
	if e.HTTPStatus >= 300 && e.HTTPStatus < 400 {
		known.message = elsewhere
	}
	e.Kind, e.Message = known.kind, known.message
	if e.Message == "" {
		e.Message = sentences[e.Kind]
	}
	return e
}

// Limits of what is taken over from a service, in bytes.
const (
	maxCode      = 64
	maxRequestID = 128
	maxETag      = 128 // what the status of an object takes; every service's are shorter
)

// word returns what a service wrote if it is one printable word of bounded length, else nothing: a part of it would be
// something else.
func word(s string, limit int) string {
	if len(s) > limit || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ""
	}
	return s
}

func failure(op string, kind Kind) *Error {
	return &Error{Op: op, Kind: kind, Message: sentences[kind]}
}

func invalid(op, message string) *Error {
	return &Error{Op: op, Kind: KindInvalid, Message: message}
}

func badName(op, message string) *Error {
	return &Error{Op: op, Kind: KindBadName, Message: message}
}
