package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	there := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/index/db.json" {
			http.NotFound(rw, r)
		}
	}))
	t.Cleanup(there.Close)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	strange := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(strange.Close)
	finds := filepath.Join(t.TempDir(), "finds")
	if err := os.WriteFile(finds, []byte("#!/bin/sh\necho found\nexit 3\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	const skipped = "govulncheck did NOT run: the database of vulnerabilities cannot be reached"
	for _, tt := range []struct {
		name, own, fallback string
		command             []string
		code                int
		says                string
	}{
		{"runs where the public database answers", "", there.URL, []string{"echo", "looked"}, 0, "-db=" + there.URL + " looked\n"},
		{"runs with a database of one's own, whatever the public one does", "file:///somewhere", gone.URL, []string{"echo", "looked"}, 0, "-db=file:///somewhere looked\n"},
		{"fails where something was found", "", there.URL, []string{finds}, 3, "found\n"},
		{"says that it did not run where nobody answers, and does not fail", "", gone.URL, []string{"false"}, 0, skipped},
		{"says so where something else answers", "", strange.URL, []string{"false"}, 0, skipped + " (" + strange.URL + " answers 404 Not Found)"},
		{"fails without the tool", "", there.URL, []string{"./no-such-tool"}, 1, ""},
		{"fails without a command", "", there.URL, nil, 1, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			code, err := run(t.Context(), tt.own, tt.fallback, tt.command, &out)
			if code != tt.code || (err != nil) != (code == 1) {
				t.Errorf("code %d, %v; want %d", code, err, tt.code)
			}
			if !strings.HasPrefix(out.String(), tt.says) || tt.says == "" && out.Len() > 0 {
				t.Errorf("it says %q, want %q", out.String(), tt.says)
			}
		})
	}
}
