// Package enginetest runs the engine inside a test, with a plan of faults and a
// record of every call that it accepted.
//
//	srv := enginetest.Start(t, enginetest.Options{})
//	srv.Add(enginetest.Fault{Operation: enginetest.DarkEnhance, Nth: 2, Do: enginetest.ResetAfter()})
//	… // a client of srv.URL with srv.Account
//	if got := srv.Billed(enginetest.DarkEnhance); got != 1 { … }
//
// NewPodIdentity starts the agent that gives its keys to pods, and Keys lets an
// object storage know them.
//
// It wraps the engine's handler: the engine itself carries no switches. Nothing
// is random, and without faults the answers are the engine's own, computed from
// the pictures that are sent; small ones keep tests fast.
package enginetest
