package iam

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// clusterKeys is a key set as a cluster publishes it.
const clusterKeys = `{"keys":[{"use":"sig","kty":"EC","kid":"DHhTV0wLq1","crv":"P-256","alg":"ES256",` +
	`"x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]}`

const goodProvider = `
- domainName: globex
  users: [{name: robot}]
  identityProviders:
  - id: cluster
    issuer: https://kubernetes.default.svc.cluster.local
    audiences: [ais]
    jwks: ` + clusterKeys + `
    rules: [{subject: "system:serviceaccount:shop:*", user: robot}]
`

func TestParseSaysWhatIsWrongWithAnIdentityProvider(t *testing.T) {
	const at = "accounts[1].identityProviders[0]"
	replace := func(old, replacement string) string { return strings.Replace(goodProvider, old, replacement, 1) }
	cases := []struct{ name, text, want string }{
		{"a good one", goodProvider, ""},
		{"an exact subject", replace("system:serviceaccount:shop:*", "auth0|1234"), ""},
		{"keys in a file", replace("jwks: "+clusterKeys, "jwksFile: jwks.json"), ""},
		{"an unknown field", replace("issuer:", "url: x\n    issuer:"), `unknown field`},
		{"an ID with a blank", replace("id: cluster", "id: a cluster"), at + ".id must be"},
		{"an ID of two accounts", goodProvider + strings.Replace(goodProvider, "globex", "initech", 1), "accounts[2].identityProviders[0].id repeats " + at + ".id"},
		{"no issuer", replace("issuer: https://kubernetes.default.svc.cluster.local", "issuer: ''"), at + ".issuer must be"},
		{"no audience", replace("[ais]", "[]"), at + ".audiences is empty"},
		{"an empty audience", replace("[ais]", "['']"), at + ".audiences[0] must be"},
		{"no keys", replace("jwks: "+clusterKeys, ""), at + " needs one of jwks and jwksFile"},
		{"keys twice", replace("rules:", "jwksFile: jwks.json\n    rules:"), at + " needs one of jwks and jwksFile"},
		{"keys that are none", replace(clusterKeys, "{keys: 1}"), at + ".jwks: it is not a JSON Web Key Set"},
		{"no rules", replace(`[{subject: "system:serviceaccount:shop:*", user: robot}]`, "[]"), at + ".rules is empty"},
		{"no subject", replace("system:serviceaccount:shop:*", ""), at + ".rules[0].subject must be"},
		{"every subject", replace("system:serviceaccount:shop:*", "*"), at + ".rules[0].subject must be"},
		{"every service account", replace("system:serviceaccount:shop:*", "system:serviceaccount:*"), at + ".rules[0].subject must be"},
		{"a part of a namespace", replace("system:serviceaccount:shop:*", "system:serviceaccount:shop*:*"), at + ".rules[0].subject must be"},
		{"a part of a name", replace("system:serviceaccount:shop:*", "system:serviceaccount:shop:a*"), at + ".rules[0].subject must be"},
		{"a subject with a blank", replace("system:serviceaccount:shop:*", "some body"), at + ".rules[0].subject must be"},
		{"a user of another account", replace("user: robot", "user: ann"), at + ".rules[0].user is no user of the account"},
		{"a user whom no rule names", replace("[{name: robot}]", "[{name: robot}, {name: bob}]"), "accounts[1].users[1].password is empty"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse([]byte(strings.TrimSpace(goodFile) + c.text))
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestKeySets(t *testing.T) {
	const (
		ec = `"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"`
		ed = `"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"`
	)
	rsaKey := func(bits int) string {
		return fmt.Sprintf(`"kty":"RSA","e":"AQAB","n":"%s"`, strings.Repeat("v", bits/6))
	}
	cases := []struct{ name, keys, want string }{
		{"two keys", "{" + ec + `,"kid":"a"},{` + rsaKey(2052) + `,"kid":"b","alg":"RS256","use":"sig"}`, ""},
		{"none", "", "no keys"},
		{"no kid", "{" + ec + "}", "keys[0] has no kid"},
		{"a kid twice", "{" + ec + `,"kid":"a"},{` + ec + `,"kid":"a"}`, "keys[1] has the kid of another key"},
		{"a small RSA key", "{" + rsaKey(1026) + `,"kid":"a"}`, "keys[0] is an RSA key of fewer than 2048 bits"},
		{"a key for encryption", "{" + ec + `,"kid":"a","use":"enc"}`, "keys[0] is not for signatures"},
		{"a private key", "{" + ec + `,"kid":"a","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"}`, "keys[0] is no public RSA or EC key"},
		{"a symmetric key", `{"kty":"oct","kid":"a","k":"c2VjcmV0"}`, "keys[0] is no public RSA or EC key"},
		{"an Ed25519 key", "{" + ed + `,"kid":"a"}`, "keys[0] is no public RSA or EC key"},
		{"a point off the curve", strings.Replace("{"+ec+`,"kid":"a"}`, "MKBC", "MKBD", 1), "not a JSON Web Key Set"},
		{"no objects", "1", "not a JSON Web Key Set"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := keySet([]byte(`{"keys":[` + c.keys + `]}`))
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestLoadFileReadsKeySets(t *testing.T) {
	dir := t.TempDir()
	accounts := filepath.Join(dir, "accounts.yaml")
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ name, file, keys, want string }{
		{"a file beside the accounts", "jwks.json", clusterKeys, ""},
		{"a file elsewhere", filepath.Join(dir, "jwks.json"), clusterKeys, ""},
		{"a file that is not there", "none.json", clusterKeys, "reading the key set of the identity provider cluster"},
		{"a file without keys", "jwks.json", "{}", "jwks.json: it has no keys"},
	} {
		t.Run(c.name, func(t *testing.T) {
			write("accounts.yaml", strings.TrimSpace(goodFile)+strings.Replace(goodProvider, "jwks: "+clusterKeys, "jwksFile: "+c.file, 1))
			write("jwks.json", c.keys)
			file, err := LoadFile(accounts)
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error %v, want %q", err, c.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := New(Config{File: file}); err != nil {
				t.Errorf("the file makes no service: %v", err)
			}
			if text, err := os.ReadFile(accounts); err != nil || !strings.Contains(string(text), "jwksFile: "+c.file) {
				t.Errorf("the accounts file became %s, %v", text, err)
			}
		})
	}
}

func TestAKeySetHasToBeLoaded(t *testing.T) {
	file, err := Parse([]byte(strings.TrimSpace(goodFile) + strings.Replace(goodProvider, "jwks: "+clusterKeys, "jwksFile: jwks.json", 1)))
	if err != nil {
		t.Fatal(err)
	}
	file.TokenKey = NewTokenKey()
	if _, err := New(Config{File: file}); err == nil || !strings.Contains(err.Error(), "load the accounts with LoadFile") {
		t.Errorf("error %v", err)
	}
}
