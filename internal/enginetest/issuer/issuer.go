// Package issuer is an issuer of ID tokens for tests, as a Kubernetes cluster is
// one: it signs the tokens of service accounts, and publishes the keys to check
// them with. It is made of the standard library alone, so that no library is held
// against itself.
package issuer

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha256" // for crypto.SHA256
	_ "crypto/sha512" // for crypto.SHA384 and crypto.SHA512
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"sync"
	"time"
)

// Algorithm is how an issuer signs.
type Algorithm string

// The algorithms of Kubernetes.
const (
	RS256 Algorithm = "RS256"
	ES256 Algorithm = "ES256"
	ES384 Algorithm = "ES384"
	ES512 Algorithm = "ES512"
)

// curves are what ECDSA is done on.
var curves = map[Algorithm]struct {
	elliptic.Curve
	crypto.Hash
}{
	ES256: {elliptic.P256(), crypto.SHA256},
	ES384: {elliptic.P384(), crypto.SHA384},
	ES512: {elliptic.P521(), crypto.SHA512},
}

// Issuer signs ID tokens. It is safe for concurrent use.
type Issuer struct {
	// URL is the iss of its tokens. Nothing listens there.
	URL string

	algorithm Algorithm

	mu   sync.Mutex
	keys []key // the last one signs
}

// key is a key pair with its name.
type key struct {
	crypto.Signer

	id string
}

// New makes an issuer with one key.
func New(url string, a Algorithm) (*Issuer, error) {
	i := &Issuer{URL: url, algorithm: a}
	return i, i.Rotate()
}

// Rotate signs with a new key from now on. The older ones stay in the key set.
func (i *Issuer) Rotate() error {
	k := key{id: rand.Text()}
	var err error
	if c, isEC := curves[i.algorithm]; isEC {
		k.Signer, err = ecdsa.GenerateKey(c.Curve, rand.Reader)
	} else {
		k.Signer, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		return fmt.Errorf("making a key of the issuer: %w", err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = append(i.keys, k)
	return nil
}

// JWKS is the key set of the issuer, as it publishes it.
func (i *Issuer) JWKS() json.RawMessage {
	i.mu.Lock()
	defer i.mu.Unlock()
	set := []map[string]string{}
	for _, k := range i.keys {
		set = append(set, k.public(i.algorithm))
	}
	text, err := json.Marshal(map[string]any{"keys": set})
	if err != nil {
		panic(err) // never: it is made of strings
	}
	return text
}

// public describes the public half of a key.
func (k key) public(a Algorithm) map[string]string {
	described := map[string]string{"kid": k.id, "alg": string(a), "use": "sig"}
	switch public := k.Public().(type) {
	case *rsa.PublicKey:
		described["kty"] = "RSA"
		described["n"], described["e"] = encode(public.N.Bytes()), encode(big.NewInt(int64(public.E)).Bytes())
	case *ecdsa.PublicKey:
		point, err := public.Bytes() // 4, x, y
		if err != nil {
			panic(err) // never: the point is on its curve
		}
		half := len(point) / 2
		described["kty"], described["crv"] = "EC", public.Params().Name
		described["x"], described["y"] = encode(point[1:1+half]), encode(point[1+half:])
	}
	return described
}

// ServiceAccount is the token of a service account, as TokenRequest gives it.
func (i *Issuer) ServiceAccount(namespace, name, audience string, issued time.Time, lifetime time.Duration) string {
	return i.Sign(map[string]any{
		"iss": i.URL, "sub": "system:serviceaccount:" + namespace + ":" + name, "aud": []string{audience},
		"iat": issued.Unix(), "nbf": issued.Unix(), "exp": issued.Add(lifetime).Unix(), "jti": rand.Text(),
		"kubernetes.io": map[string]any{"namespace": namespace, "serviceaccount": map[string]string{"name": name}},
	})
}

// Sign is a token of any claims.
func (i *Issuer) Sign(claims map[string]any) string {
	i.mu.Lock()
	k := i.keys[len(i.keys)-1]
	i.mu.Unlock()
	header := map[string]any{"alg": i.algorithm, "kid": k.id}
	return Encode(header, claims, func(text []byte) []byte { return k.sign(i.algorithm, text) })
}

// sign is the signature of a text in the form of JWS.
func (k key) sign(a Algorithm, text []byte) []byte {
	c, isEC := curves[a]
	if !isEC {
		signature, err := crypto.SignMessage(k.Signer, rand.Reader, text, crypto.SHA256)
		if err != nil {
			panic(err) // never: the key is long enough
		}
		return signature
	}
	digest := c.New()
	digest.Write(text)
	r, s, err := ecdsa.Sign(rand.Reader, k.Signer.(*ecdsa.PrivateKey), digest.Sum(nil))
	if err != nil {
		panic(err) // never: the key is on its curve
	}
	size := (c.Params().BitSize + 7) / 8
	return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
}

// Encode is a JWT of any header and claims, with whatever sign returns as its
// signature.
func Encode(header, claims map[string]any, sign func(text []byte) []byte) string {
	part := func(value map[string]any) string {
		text, err := json.Marshal(value)
		if err != nil {
			panic(err) // a mistake of the test
		}
		return encode(text)
	}
	text := part(header) + "." + part(claims)
	return text + "." + encode(sign([]byte(text)))
}

func encode(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }
