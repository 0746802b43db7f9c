// Package ais is a client of the Image Recognition REST API, of its gateway
// and of the part of IAM that both need.
//
// Every call of an operation is billed, so the package is built around one
// question: may this request have been carried out? The answer is the class of
// an error. A request whose last byte was never handed to the network is
// [ClassTransient]; one that left and was not clearly answered is
// [ClassUnknown]. The package itself never repeats a call, but for one renewed
// log-in when the service says that the token, and nothing else, is at fault.
//
// The package keeps no state outside of a [Client], never sleeps, follows no
// redirect, and reads every answer up to a limit. Neither its errors nor its
// formatted values show a secret, a token or the query of a URL.
package ais
