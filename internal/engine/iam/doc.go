// Package iam is the engine's identity service: the accounts file, project
// tokens and the verification of signed requests.
//
// It answers POST /v3/auth/tokens, GET /v3/projects and GET /v3/auth/projects
// as the vendor's IAM does, and tells the recognition API who is calling.
// Tokens are signed, not stored: every replica that reads the same accounts
// file honours them, and a changed password or a removed user ends them.
//
// The same patience ends here as at the hosted service: five wrong passwords
// within 15 minutes lock a user for 15 minutes, and six consecutive wrong
// signatures lock an access key for 5.
package iam
