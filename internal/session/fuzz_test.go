package session_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ais-operator/ais-operator/internal/session"
)

// FuzzSecret holds that a Secret opens a session or is said to be at fault, and that neither tells a value of it.
func FuzzSecret(f *testing.F) {
	f.Add("ACCESSKEYID", "secret-access-key", "security-token")
	f.Add(" ACCESSKEYID\n", "\tsecret-access-key\r\n", "")
	f.Add("", " ", "security-token")
	f.Add("ACCESS\nKEYID", "secret\x00key", "t\u00f6ken")
	f.Add("\xff\xfe", "secret", "Credential=AK/20260301, Signature=x")
	f.Fuzz(func(t *testing.T, id, key, token string) {
		const canary = "canary-" // a value that is a word of our own cannot be told from it
		secrets := map[string]map[string]string{
			"accessKey": {"accessKeyId": id, "secretAccessKey": canary + key, "securityToken": token},
			"password":  {"username": id, "password": canary + key, "domainName": token},
			"nothing":   {id: canary + key},
		}
		for name, data := range secrets {
			credentials := accessKey
			if name == "password" {
				credentials = password
			}
			s, err := session.Opener{Now: time.Now}.Open(shopDefault, spec(credentials), nil, secretWith(name, data))
			if err != nil {
				fault, ok := errors.AsType[*session.CredentialsError](err)
				if !ok || !strings.Contains(fault.Message, `"`+name+`"`) || len(fault.Message) > 256 || strings.Contains(err.Error(), canary) {
					t.Errorf("%s: %v, want the Secret to be at fault", name, err)
				}
				continue
			}
			if shown := fmt.Sprintf("%v %+v %#v", s.Recognition, s.Recognition, s.Recognition); strings.Contains(shown, canary) {
				t.Errorf("%s: a session shows %q", name, shown)
			}
			s.Close()
		}
	})
}
