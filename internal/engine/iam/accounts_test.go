package iam

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const goodFile = `# who may call
accounts:
- domainName: acme
  projects: [{id: p1, name: ap-southeast-1}]
  users: [{name: ann, password: secret}]
  accessKeys: [{accessKeyId: AK, secretAccessKey: SK}]
`

func TestParseSaysWhatIsWrong(t *testing.T) {
	cases := []struct {
		name, text, want string
	}{
		{"a good file", goodFile, ""},
		{"nothing", "", "accounts is empty"},
		{"an unknown field", strings.Replace(goodFile, "users", "user", 1), `unknown field "user"`},
		{"a field twice", goodFile + "accounts: []\n", `already set in map`},
		{"a password that is a list", strings.Replace(goodFile, "secret}", "[12345]}", 1), "does not parse"},
		{"a short token key", goodFile + "tokenKey: short\n", "tokenKey is shorter than 32 characters"},
		{"no domain name", strings.Replace(goodFile, "acme", `""`, 1), "accounts[0].domainName must be 1 to 256 characters"},
		{"a domain twice", goodFile + "- domainName: acme\n", "accounts[1].domainName repeats accounts[0].domainName"},
		{"a project ID with a slash", strings.Replace(goodFile, "id: p1", "id: p/1", 1), "accounts[0].projects[0].id must be"},
		{"a project of two accounts", goodFile + "- {domainName: b, projects: [{id: p1, name: x}]}\n", "accounts[1].projects[0].id repeats"},
		{"a key of two accounts", goodFile + "- {domainName: b, accessKeys: [{accessKeyId: AK, secretAccessKey: x}]}\n", "accounts[1].accessKeys[0].accessKeyId repeats"},
		{"a user without a password", strings.Replace(goodFile, ", password: secret", "", 1), "accounts[0].users[0].password is empty"},
		{"a key without a secret", strings.Replace(goodFile, ", secretAccessKey: SK", "", 1), "accounts[0].accessKeys[0].secretAccessKey is empty"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse([]byte(c.text))
			switch {
			case c.want == "" && err != nil:
				t.Errorf("error %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("error %v, want %q", err, c.want)
			case err != nil && strings.Contains(err.Error(), "12345"):
				t.Errorf("the error tells the password: %v", err)
			}
		})
	}
}

func TestLoadFileAddsATokenKey(t *testing.T) {
	for name, text := range map[string]string{
		"block style":             goodFile,
		"no line feed at the end": strings.TrimSpace(goodFile),
		"JSON":                    `{"accounts":[{"domainName":"acme"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "accounts.yaml")
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			first, err := LoadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			again, err := LoadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if len(first.TokenKey) < minTokenKey || first.TokenKey != again.TokenKey || again.Accounts[0].DomainName != "acme" {
				t.Errorf("loaded %+v, then %+v", first, again)
			}
			checkWritten(t, path, text)
		})
	}
}

// checkWritten looks at a file that got a token key.
func checkWritten(t *testing.T, path, text string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	written, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(text, "#") && !strings.HasPrefix(string(written), text[:40]) {
		t.Errorf("the owner's text is gone:\n%s", written)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("%d files are left", len(entries))
	}
}

func TestLoadFileThatCannotBeWritten(t *testing.T) {
	if os.Geteuid() == 0 {
		// root may write everywhere: a folder that is not there stands in.
		err := replaceFile(filepath.Join(t.TempDir(), "none", "accounts.yaml"), nil)
		if err == nil {
			t.Error("no error")
		}
		return
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "accounts.yaml")
	if err := os.WriteFile(path, []byte(goodFile), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadFile(path); err == nil || !strings.Contains(err.Error(), "openssl rand -base64 32") {
		t.Errorf("error %v does not say what to do", err)
	}
}

// namesFiles says whether an account needs more than the accounts file.
func namesFiles(a Account) bool {
	return slices.ContainsFunc(a.IdentityProviders, func(p IdentityProvider) bool { return p.JWKSFile != "" })
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(goodFile))
	f.Add([]byte(`{"tokenKey":"0123456789012345678901234567890123","accounts":[{"domainName":"a","users":[{"name":"b","password":"c"}]}]}`))
	f.Add([]byte("accounts: &a [*a]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := Parse(text)
		if err != nil || slices.ContainsFunc(file.Accounts, namesFiles) {
			return
		}
		if file.TokenKey == "" {
			file.TokenKey = NewTokenKey()
		}
		if _, err := New(Config{File: file}); err != nil {
			t.Errorf("a file that parses makes no service: %v", err)
		}
	})
}
