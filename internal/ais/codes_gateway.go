package ais

// Measures that several codes share.
const (
	checkKeys     = "Check the access key, its secret and the clock of this machine."
	checkAccess   = "Ask the API's owner for access."
	checkUser     = "Ask the account's administrator about this IAM user."
	checkGateway  = "Retry later; if it persists, report the code to whoever runs the gateway."
	checkRequest  = "Compare the request with the API reference."
	checkPassword = "Check user name, account name and password."
)

const (
	noteGateway = "Regions differ in the prefix: APIGW.0301 is APIG.0301, and so is every other code. The message of APIG.0301 tells an expired token " +
		"from a wrong key, a clock that is off, and a lock after too many wrong signatures, which lasts 5 minutes.\n\n"
	noteIAM = "Older APIs of IAM answer a number in place of a code, which is the HTTP status and is treated as such. An account is locked for 15 " +
		"minutes after 5 failed log-ins.\n\n"
)

// gatewayCodes are the codes of API Gateway. They come with the prefix APIG.
// or APIGW., and with the statuses of the gateway's own list or, as API
// reference 7.2 has it, with 400.
func gatewayCodes() []codeRow {
	return []codeRow{
		{code: "APIG.0101", class: ClassService, means: "The API does not exist or is not published.", measure: checkEndpoint},
		{code: "APIG.0103", class: ClassTransient, means: "The backend was not found.", measure: checkGateway},
		{code: "APIG.0104", class: ClassTransient, means: "The plug-ins were not found.", measure: checkGateway},
		{code: "APIG.0105", class: ClassTransient, means: "The backend's configuration was not found.", measure: checkGateway},
		{code: "APIG.0106", class: ClassRejected, means: "The gateway could not map the parameters.", measure: checkRequest},
		{code: "APIG.0201", class: ClassRejected, only4xx: true, means: "The request is not valid or too large; with a 5xx status, the backend failed.", measure: "Check the size of the request body; retry a 5xx."},
		{code: "APIG.0204", class: ClassService, means: "The TLS version is not supported.", measure: "Use TLS 1.2 or later toward the endpoint."},
		{code: "APIG.0301", class: ClassCredentials, means: "Token or signature are wrong, expired or locked; the message says which.", measure: "Obtain a new token, or check the access key and the account for arrears."},
		{code: "APIG.0302", class: ClassAccount, scope: ScopeOperation, means: "The IAM user may not call the API.", measure: checkUser},
		{code: "APIG.0303", class: ClassCredentials, means: "The app's authentication is wrong.", measure: checkKeys, lasting: true},
		{code: "APIG.0304", class: ClassAccount, scope: ScopeOperation, means: "The app may not call the API.", measure: checkAccess},
		{code: "APIG.0305", class: ClassCredentials, means: "The authentication is wrong.", measure: checkKeys, lasting: true},
		{code: "APIG.0306", class: ClassAccount, scope: ScopeOperation, means: "Access to the API is denied.", measure: checkAccess},
		{code: "APIG.0307", class: ClassCredentials, means: "The token must be updated.", measure: "Obtain a new token.", detail: DetailExpired},
		{code: "APIG.0308", class: ClassThrottled, means: "The rate limit is exceeded.", measure: "Send fewer requests, or ask the vendor for a higher limit."},
		{code: "APIG.0310", class: ClassAccount, scope: ScopeConnection, means: "The project is not available.", measure: "Use another project, or check the state of this one."},
		{code: "APIG.0311", class: ClassCredentials, means: "The debugging authentication is wrong.", measure: checkKeys, lasting: true},
		{code: "APIG.0401", class: ClassAccount, scope: ScopeConnection, means: "The client's address is not known.", measure: checkAccess},
		{code: "APIG.0402", class: ClassAccount, scope: ScopeConnection, means: "The client's address is not allowed.", measure: checkAccess},
		{code: "APIG.0404", class: ClassAccount, scope: ScopeConnection, means: "The backend's address is not allowed.", measure: checkAccess},
		{code: "APIG.0501", class: ClassAccount, scope: ScopeConnection, means: "The app's quota is used up.", measure: "Raise the quota."},
		{code: "APIG.0502", class: ClassAccount, scope: ScopeConnection, means: "The app is frozen.", measure: checkBill},
		{code: "APIG.0601", class: ClassTransient, means: "The gateway failed internally.", measure: checkGateway},
		{code: "APIG.0602", class: ClassRejected, means: "The request is not valid.", measure: checkRequest},
		{code: "APIG.0605", class: ClassTransient, means: "The backend's name was not resolved.", measure: checkGateway},
		{code: "APIG.0606", class: ClassTransient, means: "The API's configuration could not be loaded.", measure: checkGateway},
		{code: "APIG.0607", class: ClassTransient, means: "The protocol is not supported.", measure: checkGateway},
		{code: "APIG.0608", class: ClassTransient, means: "The gateway could not obtain its own token.", measure: checkGateway},
		{code: "APIG.0609", class: ClassTransient, means: "The backend's network was not found.", measure: checkGateway},
		{code: "APIG.0610", class: ClassTransient, means: "No backend is available.", measure: checkGateway},
		{code: "APIG.0611", class: ClassTransient, means: "The backend's port was not found.", measure: checkGateway},
		{code: "APIG.0612", class: ClassTransient, means: "The API calls itself.", measure: checkGateway},
		{code: "APIG.0613", class: ClassTransient, means: "IAM is not available.", measure: checkGateway},
		{code: "APIG.0705", class: ClassTransient, means: "The signature toward the backend failed.", measure: checkGateway},
		{code: "APIG.0802", class: ClassService, means: "The IAM user may not use this region.", measure: "Use another region. " + checkUser},
		{code: "APIG.1009", class: ClassRejected, means: "The app key or its secret is not valid.", measure: checkKeys},
	}
}

// iamCodes are the codes of IAM. Its older APIs answer a number in place of a
// code, which is the HTTP status and is classified as such.
func iamCodes() []codeRow {
	return []codeRow{
		{code: "IAM.0001", class: ClassCredentials, means: "The request is not authenticated.", measure: checkToken},
		{code: "IAM.0002", class: ClassAccount, scope: ScopeOperation, means: "The user may not do this.", measure: checkUser},
		{code: "IAM.0003", class: ClassAccount, scope: ScopeOperation, means: "The permission is missing.", measure: checkUser},
		{code: "IAM.0004", class: ClassService, means: "The resource was not found.", measure: checkEndpoint},
		{code: "IAM.0006", class: ClassTransient, means: "IAM failed internally.", measure: askSupport},
		{code: "IAM.0011", class: ClassRejected, means: "The body is not valid.", measure: checkRequest},
		{code: "IAM.0012", class: ClassThrottled, means: "The rate limit of IAM is exceeded.", measure: "Send fewer requests."},
		{code: "IAM.0020", class: ClassService, means: "The API is gone.", measure: checkEndpoint},
		{code: "IAM.0061", class: ClassCredentials, means: "The account is locked.", measure: "Wait until the lock ends, without any log-in, then check the password.", lasting: true, detail: DetailLocked},
		{code: "IAM.0062", class: ClassCredentials, means: "The password is wrong.", measure: checkPassword, lasting: true, detail: DetailWrong},
		{code: "IAM.0066", class: ClassCredentials, means: "The token is expired.", measure: "Obtain a new token.", detail: DetailExpired},
		{code: "IAM.0067", class: ClassCredentials, means: "The token is not valid.", measure: checkToken, detail: DetailWrong},
		{code: "IAM.0080", class: ClassCredentials, means: "The user of this access key is disabled.", measure: checkUser, lasting: true, detail: DetailWrong},
		{code: "IAM.0081", class: ClassCredentials, means: "The user may use the console only.", measure: "Grant the user programmatic access.", lasting: true, detail: DetailWrong},
		{code: "IAM.0082", class: ClassCredentials, means: "The user is disabled.", measure: checkUser, lasting: true, detail: DetailWrong},
		{code: "IAM.0083", means: "The user may not use this private region.", measure: checkUser},
	}
}
