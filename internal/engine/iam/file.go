package iam

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"
)

// LoadFile reads the accounts file at path, and the key sets that it names. A
// file without a tokenKey gets one: it is written back in one step, readable by
// its owner alone. Where the file cannot be written (a mounted Secret) the key
// has to be in it.
func LoadFile(path string) (*File, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the operator of the engine names the file
	if err != nil {
		return nil, fmt.Errorf("reading the accounts file: %w", err)
	}
	file, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if file.TokenKey == "" {
		file.TokenKey = NewTokenKey()
		if text, err = withTokenKey(text, file); err != nil {
			return nil, fmt.Errorf("%s: adding a tokenKey: %w", path, err)
		}
		if err := replaceFile(path, text); err != nil {
			return nil, fmt.Errorf("%s has no tokenKey and cannot be written, so add a line `tokenKey: ` with the output of `openssl rand -base64 32`: %w", path, err)
		}
	}
	if err := file.readKeySets(filepath.Dir(path)); err != nil {
		return nil, err
	}
	return file, nil
}

// readKeySets puts the key sets that stand in files of their own into the file.
func (f *File) readKeySets(dir string) error {
	for i := range f.Accounts {
		for j := range f.Accounts[i].IdentityProviders {
			p := &f.Accounts[i].IdentityProviders[j]
			if p.JWKSFile == "" {
				continue
			}
			path := p.JWKSFile
			if !filepath.IsAbs(path) {
				path = filepath.Join(dir, path)
			}
			text, err := os.ReadFile(path) //nolint:gosec // the operator of the engine names the file
			if err != nil {
				return fmt.Errorf("reading the key set of the identity provider %s: %w", p.ID, err)
			}
			if _, err := keySet(text); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			p.JWKS, p.JWKSFile = text, ""
		}
	}
	return nil
}

// NewTokenKey returns a random key for signing tokens.
func NewTokenKey() string {
	key := make([]byte, minTokenKey)
	_, _ = rand.Read(key) // never fails: crypto/rand ends the process instead
	return base64.RawURLEncoding.EncodeToString(key)
}

// withTokenKey adds the key to the text of the file. A line at its end keeps
// the owner's comments and order; where that is not the same file (YAML in flow
// style, JSON), the file is written anew.
func withTokenKey(text []byte, file *File) ([]byte, error) {
	longer := fmt.Appendf(nil, "%s\ntokenKey: %s\n", trimNewlines(text), file.TokenKey)
	if got, err := Parse(longer); err == nil && got.TokenKey == file.TokenKey && len(got.Accounts) == len(file.Accounts) {
		return longer, nil
	}
	return yaml.Marshal(file)
}

func trimNewlines(text []byte) []byte {
	for len(text) > 0 && text[len(text)-1] == '\n' {
		text = text[:len(text)-1]
	}
	return text
}

// replaceFile writes a file beside path and renames it over path, so that no
// reader ever sees half of it.
func replaceFile(path string, text []byte) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temp.Name()))
		}
	}()
	_, err = temp.Write(text)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}
