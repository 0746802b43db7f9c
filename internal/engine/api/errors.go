package api

import (
	"net/http"

	"github.com/ais-operator/ais-operator/internal/engine/iam"
)

// Error is a refused or failed request.
type Error struct {
	Status  int    // HTTP status
	Code    string // error_code
	Message string // error_msg
}

// Error gives the code and the message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Codes that are answered by name. The codes of recognition and enhancement
// are in the two families below.
const (
	codeHeaderMissing    = "AIS.0010"
	codeParameterMissing = "AIS.0011"
	codeParameterUnknown = "AIS.0012"
	codeMethod           = "AIS.0013"
	codeJSON             = "AIS.0014"
	codeBase64           = "AIS.0015"
	codeFileType         = "AIS.0021"
	codeURL              = "AIS.0022"
	codeFileOversized    = "AIS.0023"
	codeFileForbidden    = "AIS.0024"
	codeFileEmpty        = "AIS.0025"
	codeDownload         = "AIS.0029"
	codeNoAPI            = "APIG.0101"
	codeBodyOversized    = "APIG.0201"
	codeThrottled        = "APIG.0308"
)

// family is the set of codes for what may be wrong with parameters, pictures
// and algorithms.
type family struct {
	parameter string // a value is out of range or of the wrong type
	format    string // not a picture, or in a format that the API does not take
	damaged   string // the picture is broken
	size      string // the picture is too large or too small
	encoded   string // the Base64 text or the uploaded file is too long
	depth     string // the samples have a width that cannot be read
	algorithm string // the algorithm could not
	internal  string // the engine's own mistake
}

// recognition are the codes of tagging and recapture detection.
var recognition = family{
	parameter: "AIS.0501", format: "AIS.0502", damaged: "AIS.0503", size: "AIS.0504",
	encoded: "AIS.0504", // its measure: "The size of the Base64-encoded image cannot exceed 10 MB"
	depth:   "AIS.0502", algorithm: "AIS.0505", internal: "AIS.0506",
}

// enhancement are the codes of dark enhance, defog and super resolution.
var enhancement = family{
	parameter: "AIS.0203", format: "AIS.0202",
	damaged: "AIS.0201", // its measure: "Check the input image and obtain the image again"
	size:    "AIS.0205", encoded: "AIS.0020", depth: "AIS.0204", algorithm: "AIS.0206", internal: "AIS.0003",
}

// descriptions are the error messages: the descriptions of the API reference,
// section 7.2, word for word.
var descriptions = map[string]string{
	"AIS.0003":  "Failed to complete the request because of an internal service error.",
	"AIS.0010":  "The header is missing or left empty.",
	"AIS.0011":  "The request parameter is missing or left empty.",
	"AIS.0012":  "The request parameter is not supported.",
	"AIS.0013":  "The request method is not allowed.",
	"AIS.0014":  "The JSON format of the input data is incorrect.",
	"AIS.0015":  "Base64 decoding of the input data is incorrect.",
	"AIS.0020":  "The size of the request body exceeds the upper limit.",
	"AIS.0021":  "The requested file type is not supported.",
	"AIS.0022":  "The URL is invalid.",
	"AIS.0023":  "The file stored on OBS is oversized.",
	"AIS.0024":  "Failed to obtain the file from OBS. The signature has expired or fails to pass the authentication.",
	"AIS.0025":  "The file stored on OBS is empty.",
	"AIS.0029":  "Failed to download the file from the Internet. Check whether the URL of the file is correct and supported.",
	"AIS.0201":  "An exception occurred during the process of obtaining the input image.",
	"AIS.0202":  "The image format is not supported.",
	"AIS.0203":  "The input parameter does not meet the requirements.",
	"AIS.0204":  "The color depth is not supported.",
	"AIS.0205":  "The resolution of the image exceeds the upper limit.",
	"AIS.0206":  "Algorithm calculation failed.",
	"AIS.0501":  "The input parameter is invalid.",
	"AIS.0502":  "The image format is not supported.",
	"AIS.0503":  "The image is damaged.",
	"AIS.0504":  "The image size does not meet requirements.",
	"AIS.0505":  "Failed to run the algorithm.",
	"AIS.0506":  "An internal error occurred.",
	"APIG.0101": "The API does not exist or has not been published.",
	"APIG.0201": "The request body is oversized.",
	"APIG.0308": "The request is sent too fast and exceeds the default rate limit of the service.",
}

// fail makes the error of a code. The status is 400 as in the reference's
// table, except where the gateway's own documentation, or the "Return Value"
// tables of the APIs (500 for unexpected conditions), name another.
func fail(code string) *Error {
	status := http.StatusBadRequest
	switch code {
	case codeNoAPI:
		status = http.StatusNotFound
	case codeMethod:
		status = http.StatusMethodNotAllowed
	case codeBodyOversized:
		status = http.StatusRequestEntityTooLarge
	case codeThrottled:
		status = http.StatusTooManyRequests
	case recognition.internal, enhancement.internal:
		status = http.StatusInternalServerError
	}
	return &Error{Status: status, Code: code, Message: descriptions[code]}
}

// fromIAM takes over a refusal of the identity service.
func fromIAM(f *iam.AccessError) *Error {
	return &Error{Status: f.Status, Code: f.Code, Message: f.Message}
}
