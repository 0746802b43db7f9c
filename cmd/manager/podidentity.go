package main

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/ais-operator/ais-operator/internal/ais"
)

// The environment of a pod whose ServiceAccount is associated with an agency (CCE Pod Identity).
// https://support.huaweicloud.com/intl/en-us/usermanual-cce/cce_10_1110.html
const (
	agentURI       = "HC_CONTAINER_CREDENTIALS_FULL_URI"
	agentTokenFile = "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE" //nolint:gosec // The name of a file, whose content is the token.
)

// podIdentity returns the operator's own identity, or nil where its pod has none.
func podIdentity() *ais.PodIdentity {
	uri, file := os.Getenv(agentURI), os.Getenv(agentTokenFile)
	if uri == "" || file == "" {
		return nil
	}
	return &ais.PodIdentity{
		URI: uri,
		Token: func() (ais.Secret, error) {
			token, err := os.ReadFile(file) //nolint:gosec // The environment of the pod names it.
			if err != nil {
				return "", fmt.Errorf("read the file that %s names: %w", agentTokenFile, err)
			}
			return ais.Secret(strings.TrimSpace(string(token))), nil
		},
		// The agent is on the pod's own node: no proxy leads there.
		Transport: &http.Transport{ResponseHeaderTimeout: 10 * time.Second, MaxIdleConns: 1, IdleConnTimeout: 30 * time.Second},
	}
}
