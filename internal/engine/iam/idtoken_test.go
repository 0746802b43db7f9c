package iam

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ais-operator/ais-operator/internal/enginetest/issuer"
)

func newIssuer(url string) *issuer.Issuer {
	i, err := issuer.New(url, issuer.ES256)
	if err != nil {
		panic(err)
	}
	return i
}

func TestIDTokensOfEveryAlgorithm(t *testing.T) {
	for _, a := range []issuer.Algorithm{issuer.RS256, issuer.ES256, issuer.ES384, issuer.ES512} {
		t.Run(string(a), func(t *testing.T) {
			w := newWorld(t)
			var err error
			if w.cluster, err = issuer.New(w.cluster.URL, a); err != nil {
				t.Fatal(err)
			}
			old := w.serviceAccount()
			if err := w.cluster.Rotate(); err != nil {
				t.Fatal(err)
			}
			w.file.Accounts[0].IdentityProviders[0].JWKS = w.cluster.JWKS()
			w.restart(t)
			for name, token := range map[string]string{"the older key": old, "the newer key": w.serviceAccount()} {
				if got := w.exchange("cluster", token, "{}"); got.Code != http.StatusCreated {
					t.Errorf("a token of %s was answered %d %s", name, got.Code, got.Body)
				}
				changed := token[:len(token)-8] + strings.Map(func(r rune) rune {
					if r == 'A' {
						return 'B'
					}
					return 'A'
				}, token[len(token)-8:])
				checkCode(t, w.exchange("cluster", changed, "{}"), 401, "The signature of the ID token is wrong.", changed)
			}
		})
	}
}

func TestIDTokensThatAreForged(t *testing.T) {
	// forge makes a token with the claims of a good one.
	forge := func(w *world, header map[string]any, sign func([]byte) []byte) string {
		return issuer.Encode(header, goodClaims(w), sign)
	}
	kid := func(w *world) any {
		header := decodePart(w.serviceAccount(), 0)
		return header["kid"]
	}
	none := func([]byte) []byte { return nil }
	const form, key = "is not a JWT that is signed with", "is not in the key set"
	cases := []struct {
		name  string
		token func(*world) string
		want  string
	}{
		{"no JWT", func(*world) string { return "x" }, form},
		{"two parts", func(w *world) string { return strings.Join(strings.Split(w.serviceAccount(), ".")[:2], ".") }, form},
		{"no signature, and alg none", func(w *world) string { return forge(w, map[string]any{"alg": "none", "kid": kid(w)}, none) }, form},
		{"no signature, and alg of any case", func(w *world) string { return forge(w, map[string]any{"alg": "nOnE", "kid": kid(w)}, none) }, form},
		{"no signature", func(w *world) string { return forge(w, map[string]any{"alg": "ES256", "kid": kid(w)}, none) }, "signature"},
		{"no algorithm", func(w *world) string { return forge(w, map[string]any{"kid": kid(w)}, none) }, form},
		{"HMAC with the public key", func(w *world) string {
			return forge(w, map[string]any{"alg": "HS256", "kid": kid(w)}, func(text []byte) []byte {
				mac := hmac.New(sha256.New, w.cluster.JWKS())
				mac.Write(text)
				return mac.Sum(nil)
			})
		}, form},
		{"another issuer's key of the same name", func(w *world) string {
			other := newIssuer(w.cluster.URL).ServiceAccount("shop", "operator", "ais", w.time, time.Hour)
			_, rest, _ := strings.Cut(other, ".")
			head, _, _ := strings.Cut(w.serviceAccount(), ".")
			return head + "." + rest
		}, "signature"},
		{"a key that is not in the set", func(w *world) string {
			return newIssuer(w.cluster.URL).ServiceAccount("shop", "operator", "ais", w.time, time.Hour)
		}, key},
		{"no kid", func(w *world) string { return forge(w, map[string]any{"alg": "ES256"}, none) }, key},
		{"a key of its own", func(w *world) string {
			return forge(w, map[string]any{"alg": "ES256", "jwk": map[string]any{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}, none)
		}, ""},
		{"another algorithm than the key's", func(w *world) string { return forge(w, map[string]any{"alg": "RS256", "kid": kid(w)}, none) }, "another algorithm"},
		{"a critical extension", func(w *world) string {
			return forge(w, map[string]any{"alg": "ES256", "kid": kid(w), "crit": []string{"exp"}, "exp": 1}, none)
		}, ""},
		{"changed claims", func(w *world) string {
			parts := strings.Split(w.serviceAccount(), ".")
			parts[1] = strings.Split(w.cluster.ServiceAccount("shop", "admin", "ais", w.time, time.Hour), ".")[1]
			return strings.Join(parts, ".")
		}, "signature"},
		{"too long", func(w *world) string {
			claims := goodClaims(w)
			claims["more"] = strings.Repeat("x", maxIDToken)
			return w.cluster.Sign(claims)
		}, "too long"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			token := c.token(w)
			checkCode(t, w.exchange("cluster", token, "{}"), 401, c.want, token)
		})
	}
}

// goodClaims are what an ID token needs, with an hour to live.
func goodClaims(w *world) map[string]any {
	return map[string]any{
		"iss": w.cluster.URL, "sub": "somebody", "aud": "ais", "iat": w.time.Unix(), "exp": w.time.Add(time.Hour).Unix(),
	}
}

func TestClaimsOfIDTokens(t *testing.T) {
	const secondsOfLeeway = 60
	cases := []struct {
		name   string
		claims map[string]any // besides the good ones; nil leaves one out, a time.Duration is from now
		want   string         // a part of the message; empty: accepted
	}{
		{"the good ones", nil, ""},
		{"several audiences", map[string]any{"aud": []string{"other", "ais"}}, ""},
		{"no audience", map[string]any{"aud": nil}, "another audience"},
		{"an empty list of audiences", map[string]any{"aud": []string{}}, "another audience"},
		{"an audience that begins as ours", map[string]any{"aud": "ais2"}, "another audience"},
		{"another issuer", map[string]any{"iss": "https://kubernetes.default.svc.cluster.local/"}, "issuer"},
		{"no issuer", map[string]any{"iss": nil}, "issuer"},
		{"expired within the leeway", map[string]any{"iat": -time.Hour, "exp": -(secondsOfLeeway - 1) * time.Second}, ""},
		{"expired", map[string]any{"iat": -time.Hour, "exp": -secondsOfLeeway * time.Second}, "has expired"},
		{"no expiry", map[string]any{"exp": nil}, "when it expires"},
		{"no time of issue", map[string]any{"iat": nil}, "when it was issued"},
		{"issued in the future within the leeway", map[string]any{"iat": secondsOfLeeway * time.Second}, ""},
		{"issued in the future", map[string]any{"iat": (secondsOfLeeway + 1) * time.Second}, "issued in the future"},
		{"issued when it expires", map[string]any{"iat": time.Minute, "exp": time.Minute}, "before it is issued"},
		{"valid soon", map[string]any{"nbf": secondsOfLeeway * time.Second}, ""},
		{"valid later", map[string]any{"nbf": (secondsOfLeeway + 1) * time.Second}, "not valid yet"},
		{"an expiry that is no number", map[string]any{"exp": "tomorrow"}, "claims"},
		{"an expiry that no time has", map[string]any{"exp": 1e30}, "claims"},
		{"the last expiry there is", map[string]any{"exp": 4e18}, ""},
		{"a time of issue before all times", map[string]any{"iat": -4e18}, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.time = w.time.Truncate(time.Second)
			claims := goodClaims(w)
			for name, value := range c.claims {
				if after, ok := value.(time.Duration); ok {
					value = w.time.Add(after).Unix()
				}
				claims[name] = value
			}
			maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
			token := w.cluster.Sign(claims)
			answer := w.exchange("cluster", token, projectScopeByName)
			if c.want != "" {
				checkCode(t, answer, 401, c.want, token)
			} else if answer.Code != http.StatusCreated {
				t.Errorf("answered %d %s", answer.Code, answer.Body)
			}
		})
	}
}

// decodePart reads a part of a JWT.
func decodePart(token string, i int) map[string]any {
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[i])
	if err != nil {
		panic(err)
	}
	var part map[string]any
	if err := json.Unmarshal(text, &part); err != nil {
		panic(err)
	}
	return part
}
