package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"sigs.k8s.io/yaml"
)

// startEngine starts the server of the Image Recognition API.
func (s *stage) startEngine(ctx context.Context) error {
	text, err := yaml.Marshal(s.accounts)
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
