package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"sigs.k8s.io/yaml"

	"github.com/ais-operator/ais-operator/internal/engine/iam"
)

// project is what the samples give as region.
const project = "ap-southeast-1"

// account is who calls the engine and owns the object storage, by the keys that Secrets have.
type account map[string]string

// newAccount makes up an account with random secrets.
func newAccount() account {
	return account{
		"accessKeyId": "DEMO" + rand.Text()[:16], "secretAccessKey": rand.Text() + rand.Text(),
		"domainName": "demo", "username": "operator", "password": rand.Text(),
	}
}

// file is the account as the engine reads it.
func (a account) file() ([]byte, error) {
	return yaml.Marshal(iam.File{Accounts: []iam.Account{{
		DomainName: a["domainName"],
		Projects:   []iam.Project{{ID: "0123456789abcdef0123456789abcdef", Name: project}},
		Users:      []iam.User{{Name: a["username"], Password: a["password"]}},
		AccessKeys: []iam.AccessKey{{AccessKeyID: a["accessKeyId"], SecretAccessKey: a["secretAccessKey"]}},
	}}})
}

// startEngine starts the server of the Image Recognition API.
func (s *stage) startEngine(ctx context.Context) error {
	text, err := s.account.file()
	if err != nil {
		return err
	}
	accounts := filepath.Join(s.temp, "accounts.yaml")
	if err := os.WriteFile(accounts, text, 0o600); err != nil {
		return err
	}
	address, err := s.addresses.reserve(ctx, s.tell, engineAddress)
	if err != nil {
		return err
	}
	p, err := s.run(ctx, "engine", s.engine, nil,
		"--listen="+address, "--accounts="+accounts, "--allow-cidrs=127.0.0.0/8", "--drain-delay=0s")
	if err != nil {
		return err
	}
	s.engineURL = "http://" + address
	if err := p.healthy(ctx, s.engineURL+"/healthz"); err != nil {
		return err
	}
	s.tell.say("the engine listens at %s, log in %s", s.engineURL, p.log)
	return nil
}

// served finds the requests that the engine answered with success in its metrics.
var served = regexp.MustCompile(`^ais_engine_requests_total\{.*operation="([^"]+)".*status="2\d\d".*\} (\d+)$`)

// freeOperations are not billed.
var freeOperations = []string{"CreateToken", "ExchangeIDToken", "CreateTemporaryAccessKey", "ListProjects", "none"}

// billedByEngine is how many calls the engine has answered that a bill would list.
func (s *stage) billedByEngine(ctx context.Context) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.engineURL+"/metrics", http.NoBody)
	if err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, fmt.Errorf("read the engine's metrics: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("read the engine's metrics: %s", response.Status)
	}
	return countBilled(response.Body)
}

func countBilled(metrics io.Reader) (int, error) {
	total := 0
	lines := bufio.NewScanner(metrics)
	for lines.Scan() {
		m := served.FindStringSubmatch(lines.Text())
		if m == nil || slices.Contains(freeOperations, m[1]) {
			continue
		}
		n, err := strconv.Atoi(m[2])
		if err != nil {
			return 0, fmt.Errorf("the engine's metrics: %w", err)
		}
		total += n
	}
	return total, lines.Err()
}
