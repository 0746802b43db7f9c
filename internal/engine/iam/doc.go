// Package iam is the engine's identity service: the accounts file, project
// tokens, temporary access keys and the verification of signed requests.
//
// It answers as the vendor's IAM does, and tells the recognition API who is
// calling:
//
//   - POST /v3/auth/tokens: a token for a password,
//   - POST /v3.0/OS-AUTH/id-token/tokens: a token for an ID token of an identity
//     provider, such as a Kubernetes cluster,
//   - POST /v3.0/OS-CREDENTIAL/securitytokens: a temporary access key for a token
//     or a signature,
//   - GET /v3/projects and GET /v3/auth/projects.
//
// Tokens and temporary access keys are signed, not stored: every replica that
// reads the same accounts file honours them, and what they were issued for ends
// them: a changed password or secret, a removed user, key or rule.
//
// The same patience ends here as at the hosted service: five wrong passwords
// within 15 minutes lock a user for 15 minutes, and six consecutive wrong
// signatures lock an access key for 5.
package iam
