//go:build !noclaim

package attempt

// writeClaims is true in everything that is shipped; see claim_off.go.
const writeClaims = true
