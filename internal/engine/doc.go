// Package engine is the self-hosted server of the Image Recognition REST API:
// tagging, recapture detection, dark enhance, defog and super resolution, with
// the identity service that hands out tokens for them.
//
// Any SDK or command line written for the hosted service works against it. What
// it does is real work on the pictures that it is given; nothing is canned, and
// it has no switches for tests. It shares no code with the operator's client of
// the same API.
package engine
