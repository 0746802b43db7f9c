//go:build noclaim

package attempt

// writeClaims is false in the builds that show what the tests of test/faults are worth: without the write of the claim they must fail.
const writeClaims = false
