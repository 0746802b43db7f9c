package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// hashVersion is part of every hash. It stays: hashes in status outlive every version of the operator, and another hash for the same run would bill
// it again.
const hashVersion = "v1"

// SpecHash identifies a run: the operation, its parameters and the image reference as written. It decides alone that an object is done.
func SpecHash(op v1alpha1.Operation, parameters map[string]string, image v1alpha1.ImageSource) string {
	reference := map[string]string{"url": image.URL}
	if image.OBS != nil {
		reference = map[string]string{"bucket": image.OBS.Bucket, "key": image.OBS.Key}
	}
	return hash("spec", op, parameters, reference)
}

// InputHash identifies an input: the operation, its parameters and the identity of the picture. The identity is the SHA-256 of the picture's bytes in
// hexadecimal or, when the service fetches it, what [URLIdentity] says. Where it is empty, so is the hash, and no result is reused.
func InputHash(op v1alpha1.Operation, parameters map[string]string, identity string) string {
	if identity == "" {
		return ""
	}
	// The key is from when bytes were the only pictures with an identity. No identity of a URL looks like a SHA-256.
	return hash("input", op, parameters, map[string]string{"sha256": identity})
}

// hash writes its parts as JSON, whose objects have sorted keys, so that the result depends on nothing else.
func hash(kind string, op v1alpha1.Operation, parameters, input map[string]string) string {
	if parameters == nil {
		parameters = map[string]string{} // JSON tells none from an empty map.
	}
	text, err := json.Marshal([]any{hashVersion, kind, op, []map[string]string{parameters, input}})
	if err != nil {
		panic("ledger: strings always encode: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Normalise writes a decimal in its shortest form, so that "60", "60.0" and "60.00" are one run.
func Normalise(d v1alpha1.Decimal) string {
	s := string(d)
	if strings.Contains(s, ".") {
		s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	return s
}
