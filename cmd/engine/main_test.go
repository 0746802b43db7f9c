package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/internal/engine"
)

func TestCommandLinesThatAreRefused(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none.yaml")
	cases := []struct{ name, args, want string }{
		{"no accounts", "", "--accounts is required"},
		{"accounts that are not there", "--accounts=" + missing, "reading the accounts file"},
		{"a certificate without a key", "--accounts=x --tls-cert=y", "--tls-cert and --tls-key go together"},
		{"an argument", "--accounts=x serve", `unexpected argument "serve"`},
		{"memory in words", "--accounts=x --max-memory=lots", "positive number of bytes"},
		{"negative memory", "--accounts=x --max-memory=-1Gi", "positive number of bytes"},
		{"too much memory", "--accounts=x --max-memory=9999999999Gi", "positive number of bytes"},
		{"a negative queue", "--accounts=x --queue=-1", "--queue cannot be negative"},
		{"a negative delay", "--accounts=x --drain-delay=-1s", "--drain-delay cannot be negative"},
		{"no output", "--accounts=x --max-output-pixels=0", "--max-output-pixels must be positive"},
		{"an address as a prefix", "--accounts=x --allow-cidrs=10.0.0.1", "is no prefix such as 10.0.0.0/8"},
		{"another log format", "--accounts=x --log-format=xml", "give text or json"},
		{"an unknown flag", "--verbose", "flag provided but not defined"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := run(t.Context(), strings.Fields(c.args), io.Discard)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	o, err := parseOptions(strings.Fields("--accounts=x --max-memory=1536Mi --allow-cidrs=10.1.2.3/8,fd00::/8 --allow-cidrs=127.0.0.0/8 --queue=0"), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{o.maxMemory.String(), o.allowCIDRs.String(), o.listen}
	want := []string{"1536Mi", "10.0.0.0/8,fd00::/8,127.0.0.0/8", "127.0.0.1:8443"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("options (-want +got):\n%s", diff)
	}
	if o.queueSize() != -1 || int64(o.maxMemory) != 1536<<20 {
		t.Errorf("queue %d, memory %d", o.queueSize(), o.maxMemory)
	}
	defaults, err := parseOptions([]string{"--accounts=x"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if defaults.queueSize() != engine.DefaultQueue || int64(defaults.maxMemory) != engine.DefaultMaxMemory {
		t.Errorf("defaults: queue %d, memory %d", defaults.queueSize(), defaults.maxMemory)
	}
}

// started cancels when the engine says that it listens.
type started struct {
	bytes.Buffer
	cancel context.CancelFunc
}

func (s *started) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte("the engine listens")) {
		s.cancel()
	}
	return s.Buffer.Write(p)
}

func TestTheEngineStartsAndStops(t *testing.T) {
	t.Setenv("GOMEMLIMIT", "off") // the limit is the process's, and other tests share it
	file := filepath.Join(t.TempDir(), "accounts.yaml")
	if err := os.WriteFile(file, []byte("accounts: [{domainName: acme}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	log := &started{cancel: cancel}
	if err := run(ctx, []string{"--accounts", file, "--listen", "127.0.0.1:0", "--drain-delay", "0s", "--log-format", "json"}, log); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), `"msg":"draining"`) {
		t.Errorf("the log is %s", log.String())
	}
	written, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(written), "tokenKey: ") {
		t.Errorf("the accounts file is %q, %v", written, err)
	}
	if strings.Contains(log.String(), strings.TrimSpace(strings.SplitAfter(string(written), "tokenKey: ")[1])) {
		t.Error("the log tells the token key")
	}
}
