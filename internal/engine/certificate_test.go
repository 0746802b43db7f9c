package engine

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// issue writes a certificate of the serial number, changed at the time.
func issue(t *testing.T, c *certificate, serial int64, changed time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, c.certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), changed)
	write(t, c.keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), changed)
}

func write(t *testing.T, file string, content []byte, changed time.Time) {
	t.Helper()
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, changed, changed); err != nil {
		t.Fatal(err)
	}
}

func TestARenewedCertificateIsServed(t *testing.T) {
	start := time.Now()
	dir := t.TempDir()
	c := &certificate{certFile: filepath.Join(dir, "tls.crt"), keyFile: filepath.Join(dir, "tls.key")}
	serial := func() int64 {
		t.Helper()
		pair, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return pair.Leaf.SerialNumber.Int64()
	}
	issue(t, c, 1, start)
	if err := c.load(start); err != nil {
		t.Fatal(err)
	}
	issue(t, c, 2, start.Add(time.Minute))
	if got := serial(); got != 1 {
		t.Errorf("the files were looked at again at once: serial %d", got)
	}
	c.checked = start.Add(-recheck)
	if got := serial(); got != 2 {
		t.Errorf("the renewed certificate is not served: serial %d", got)
	}
	write(t, c.certFile, []byte("half of it"), start.Add(2*time.Minute))
	c.checked = start.Add(-recheck)
	if got := serial(); got != 2 {
		t.Errorf("the last good certificate is gone: serial %d", got)
	}
}
