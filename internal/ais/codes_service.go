package ais

// Measures that several codes share.
const (
	askSupport    = "If it persists, open a service ticket with the vendor."
	subscribe     = "Subscribe to the service, in the region that is called."
	checkField    = "Compare the request with the API's parameters."
	checkURL      = "Check the address of the picture, and that the service can reach it."
	checkFormat   = "Use a picture format that the operation supports."
	checkToken    = "Check the token; a new one may be needed."
	checkBill     = "Check the account for arrears and top it up."
	checkJSON     = "Check that the body is valid JSON."
	checkAgency   = "Enable the service's OBS authorization."
	checkObject   = "Check that the object exists in OBS and may be read by the service."
	smallerImage  = "Use a picture within the operation's limits."
	imageLimits   = "Use a picture of 10 MB at most as Base64, with sides of 16 to 4096 pixels, as JPEG, PNG, BMP or WEBP."
	checkMethod   = "Check the request method that the API takes; a wrong endpoint or path changes it, too."
	checkJob      = "Check the job ID and the account; finished jobs are cleared."
	checkEndpoint = "Check the endpoint, the region and the path of the API."
)

// serviceCodes are the codes of the recognition service itself: API reference
// 7.2, and AIS.0005 and AIS.0105 of its examples.
func serviceCodes() []codeRow {
	return []codeRow{
		{code: "AIS.0002", class: ClassCredentials, means: "The token is not valid.", measure: checkToken},
		{code: "AIS.0003", class: ClassTransient, means: "The service failed internally.", measure: askSupport},
		{code: "AIS.0004", class: ClassAccount, scope: ScopeOperation, means: "The account may not use the service.", measure: subscribe},
		{code: "AIS.0005", class: ClassService, means: "There is no such service.", measure: checkEndpoint},
		{code: "AIS.0007", class: ClassAccount, scope: ScopeOperation, means: "The service is not enabled.", measure: subscribe},
		{code: "AIS.0010", class: ClassService, means: "A header is missing or empty.", measure: "Check that nothing on the way removes headers such as Content-Type."},
		{code: "AIS.0011", class: ClassRejected, means: "A parameter is missing or empty.", measure: checkField},
		{code: "AIS.0012", class: ClassRejected, means: "A parameter is not supported.", measure: checkField},
		{code: "AIS.0013", class: ClassService, means: "The request method is not allowed.", measure: checkMethod},
		{code: "AIS.0014", class: ClassRejected, means: "The body is not valid JSON.", measure: checkJSON},
		{code: "AIS.0015", class: ClassRejected, means: "The picture is not valid Base64.", measure: "Check the Base64 encoding of the picture."},
		{code: "AIS.0020", class: ClassRejected, means: "The request body is too large.", measure: smallerImage},
		{code: "AIS.0021", class: ClassRejected, means: "The file type is not supported.", measure: checkFormat},
		{code: "AIS.0022", class: ClassSource, means: "The address of the picture is not valid.", measure: "Check the form of the URL."},
		{code: "AIS.0023", class: ClassRejected, means: "The file in OBS is too large.", measure: smallerImage},
		{code: "AIS.0024", class: ClassSource, means: "The file could not be read from OBS: the signature of its URL is expired or wrong.", measure: "Sign the URL anew."},
		{code: "AIS.0025", class: ClassSource, means: "The file in OBS is empty.", measure: "Upload the file to OBS first."},
		{code: "AIS.0026", class: ClassCredentials, means: "The token is of the wrong type.", measure: "Use a token of the project, not of the account.", lasting: true},
		{code: "AIS.0027", class: ClassAccount, scope: ScopeConnection, means: "The account is frozen.", measure: checkBill},
		{code: "AIS.0028", class: ClassRejected, means: "The job belongs to another user.", measure: checkJob},
		{code: "AIS.0029", class: ClassSource, means: "The file could not be downloaded.", measure: checkURL},
		{code: "AIS.0030", class: ClassRejected, means: "The job was not found.", measure: checkJob},
		{code: "AIS.0031", class: ClassThrottled, means: "Too many jobs are under way; no new ones are taken.", measure: "Wait until jobs have finished."},
		{code: "AIS.0032", class: ClassAccount, scope: ScopeConnection, means: "The free calls of the month are used up.", measure: checkBill},
		{code: "AIS.0105", class: ClassFailed, means: "The recognition failed.", measure: "Check the picture. " + askSupport},
		{code: "AIS.0201", class: ClassSource, means: "The input picture could not be obtained.", measure: "Check the picture and provide it again."},
		{code: "AIS.0202", class: ClassRejected, means: "The picture format is not supported.", measure: checkFormat},
		{code: "AIS.0203", class: ClassRejected, means: "A parameter does not meet the requirements.", measure: checkField},
		{code: "AIS.0204", class: ClassRejected, means: "The colour depth is not supported.", measure: "Convert the picture to 8 bits per channel."},
		{code: "AIS.0205", class: ClassRejected, means: "The resolution is too high.", measure: smallerImage},
		{code: "AIS.0206", class: ClassFailed, means: "The algorithm failed.", measure: "Check the parameters. " + askSupport},
		{code: "AIS.0501", class: ClassRejected, means: "A parameter is not valid.", measure: checkField},
		{code: "AIS.0502", class: ClassRejected, means: "The picture format is not supported.", measure: checkFormat},
		{code: "AIS.0503", class: ClassRejected, means: "The picture is damaged.", measure: "Provide an intact picture file."},
		{code: "AIS.0504", class: ClassRejected, means: "The picture's size does not meet the requirements.", measure: imageLimits},
		{code: "AIS.0505", class: ClassFailed, means: "The algorithm did not run.", measure: "Check the parameters. " + askSupport},
		{code: "AIS.0506", class: ClassTransient, means: "The service failed internally.", measure: askSupport},
	}
}

// platformCodes are the codes of the platforms below the service: API
// reference 7.2.
func platformCodes() []codeRow {
	return []codeRow{
		{code: "ModelArts.0203", class: ClassCredentials, means: "The token is not valid.", measure: checkToken},
		{code: "ModelArts.4101", class: ClassCredentials, means: "The token is empty.", measure: "Check that nothing on the way removes the header X-Auth-Token."},
		{code: "ModelArts.4102", class: ClassCredentials, means: "The token could not be parsed.", measure: checkToken},
		{code: "ModelArts.4103", class: ClassCredentials, means: "The token is not valid.", measure: checkToken},
		{code: "ModelArts.4104", class: ClassRejected, means: "The length of the body is not valid.", measure: "Check the length of the request body."},
		{code: "ModelArts.4105", class: ClassRejected, means: "The body is not valid JSON.", measure: checkJSON},
		{code: "ModelArts.4106", class: ClassAccount, scope: ScopeConnection, means: "The account is restricted.", measure: "See the account center for the reason of the restriction."},
		{code: "ModelArts.4107", class: ClassTransient, means: "The platform could not obtain temporary keys.", measure: askSupport},
		{code: "ModelArts.4201", class: ClassService, means: "The URL does not name a service.", measure: checkEndpoint},
		{code: "ModelArts.4202", class: ClassService, means: "The form of the URL is not valid.", measure: checkEndpoint},
		{code: "ModelArts.4203", class: ClassAccount, scope: ScopeOperation, means: "The account has no permission.", measure: "Check the permissions of the user."},
		{code: "ModelArts.4204", class: ClassAccount, scope: ScopeOperation, means: "The API is not subscribed to.", measure: subscribe + " " + checkEndpoint},
		{code: "ModelArts.4601", class: ClassSource, means: "The external URL is not valid.", measure: checkURL},
		{code: "ModelArts.4603", class: ClassSource, means: "The file could not be downloaded from the external URL.", measure: checkURL},
		{code: "ModelArts.4702", class: ClassSource, means: "The OBS agency could not be queried.", measure: checkAgency},
		{code: "ModelArts.4703", class: ClassSource, means: "The OBS URL is not valid.", measure: "Check the form of the OBS URL."},
		{code: "ModelArts.4704", class: ClassSource, means: "The OBS file could not be obtained.", measure: checkObject},
		{code: "ModelArts.4705", class: ClassRejected, means: "The OBS file is too large.", measure: smallerImage},
		{code: "ModelArts.4706", class: ClassSource, means: "The OBS file does not exist.", measure: checkObject},
		{code: "AIP.0001", class: ClassCredentials, means: "The token is not valid.", measure: checkToken},
		{code: "AIP.0003", class: ClassCredentials, means: "The request is not authorised.", measure: "Check the project ID.", lasting: true},
		{code: "AIP.0004", class: ClassService, means: "There is no such service.", measure: "Check the name and the version of the service."},
		{code: "AIP.0005", class: ClassService, means: "A header is missing or empty.", measure: "Check that nothing on the way removes headers."},
		{code: "AIP.0006", class: ClassRejected, means: "A parameter is missing or empty.", measure: checkField},
		{code: "AIP.0007", class: ClassRejected, means: "A parameter is not right.", measure: checkField},
		{code: "AIP.0008", class: ClassService, means: "The request method is not allowed.", measure: checkMethod},
		{code: "AIP.0009", class: ClassRejected, means: "The body is not valid JSON.", measure: checkJSON},
		{code: "AIP.0010", class: ClassRejected, means: "A parameter is out of its range.", measure: "Use a value within the parameter's range."},
		{code: "AIP.0011", class: ClassRejected, means: "The service is subscribed to already.", measure: "Do not subscribe again."},
		{code: "AIP.0012", class: ClassRejected, means: "A parameter is not right.", measure: checkField},
		{code: "AIP.0013", class: ClassRejected, means: "A parameter is missing or not right.", measure: checkField},
		{code: "AIP.0014", class: ClassRejected, means: "The data exists already.", measure: "Check the existing data."},
		{code: "AIP.0015", class: ClassAccount, scope: ScopeOperation, means: "The service is not subscribed to.", measure: subscribe},
		{code: "AIP.0016", class: ClassRejected, means: "A parameter is wrong.", measure: checkField},
		{code: "AIP.0017", class: ClassRejected, means: "The task does not exist.", measure: checkJob},
		{code: "AIP.0018", class: ClassSource, means: "The agency could not be obtained.", measure: checkAgency},
		{code: "AIP.0019", class: ClassRejected, means: "The service takes one input only.", measure: "Send one input."},
		{code: "AIP.0500", class: ClassTransient, means: "The service failed internally.", measure: askSupport},
	}
}
