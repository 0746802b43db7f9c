// Command vuln runs govulncheck where the database of vulnerabilities can be reached, and says so where it cannot. It is no part of make verify: what
// it finds depends on the day.
//
// usage: vuln GOVULNCHECK PACKAGE...
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"time"
)

const (
	// variable names a database in place of the public one, also one on this machine: file:///path.
	variable = "GOVULNDB"
	public   = "https://vuln.go.dev"
)

// patience is how long the public database may take to answer.
const patience = 10 * time.Second

func main() {
	code, err := run(context.Background(), os.Getenv(variable), public, os.Args[1:], os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "vuln:", err)
	}
	os.Exit(code)
}

// run runs the command with a database and returns its exit code, 3 for vulnerabilities that were found. Without a database of one's own, and without the
// public one, it does not run it, which is no failure.
func run(ctx context.Context, own, fallback string, command []string, to io.Writer) (code int, err error) {
	if len(command) == 0 {
		return 1, errors.New("name the govulncheck to run, and what it is to look at")
	}
	database := own
	if database == "" {
		database = fallback
		if problem := reach(ctx, database); problem != nil {
			_, err := fmt.Fprintf(to, "govulncheck did NOT run: the database of vulnerabilities cannot be reached (%v); set %s to one that can\n", problem, variable)
			return 0, err
		}
	}
	check := exec.CommandContext(ctx, command[0], append([]string{"-db=" + database}, command[1:]...)...)
	check.Stdout, check.Stderr = to, os.Stderr
	err = check.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), nil
	}
	if err != nil {
		return 1, err
	}
	return 0, nil
}

// reach asks a database for its date.
func reach(ctx context.Context, database string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, database+"/index/db.json", http.NoBody)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", database, answer.Status)
	}
	return nil
}
