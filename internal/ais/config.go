package ais

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Config describes one account's way to the service.
type Config struct {
	// Endpoint is the base URL of the image API. Empty: the vendor's, in Region.
	Endpoint string
	// IAMEndpoint is the base URL of IAM. Empty: the vendor's, in Region.
	IAMEndpoint string
	// Region names the vendor's region, such as "ap-southeast-1".
	Region string
	// ProjectID is the project to act in. Empty: the one with ProjectName.
	ProjectID string
	// ProjectName is looked up in IAM. Empty: the project named like Region,
	// which every account has.
	ProjectName string
	// Credentials say who calls.
	Credentials Credentials
	// BeginTry, if set, is asked before every try of the credentials that IAM
	// counts toward a lock: a log-in, or a look-up that is signed. It returns
	// what is to be told how the try ended; nil: the try is not to be made.
	BeginTry func() (end func(error))
	// Transport carries the requests to both endpoints: TLS, proxies and dial
	// guards are its own. Nil: a transport that verifies TLS and honours the
	// proxies of the environment.
	Transport http.RoundTripper
	// Now is the clock, for signatures and the life of tokens. Nil: time.Now.
	Now func() time.Time
	// MaxAnswerBytes bounds an answer with a picture in it, Base64 included.
	// Zero: 64 MiB.
	MaxAnswerBytes int64
	// UserAgent is sent as it is. Empty: "ais-operator".
	UserAgent string
}

// resolve checks the configuration and sets what it leaves out.
func (cfg Config) resolve() (Config, error) {
	if cfg.Credentials == nil {
		return cfg, errors.New("credentials: set them")
	}
	if cfg.Endpoint == "" || cfg.IAMEndpoint == "" || cfg.ProjectID == "" && cfg.ProjectName == "" {
		if cfg.Region == "" {
			return cfg, errors.New("region: set it, or set both endpoints and the project")
		}
	}
	if cfg.ProjectID != "" && !isProjectID(cfg.ProjectID) {
		return cfg, errors.New("project ID: it may hold letters, digits, '-' and '_' only")
	}
	if cfg.MaxAnswerBytes < 0 {
		return cfg, errors.New("largest answer: it must not be negative")
	}
	cfg.Endpoint = cmp.Or(cfg.Endpoint, "https://image."+cfg.Region+".myhuaweicloud.com")
	cfg.IAMEndpoint = cmp.Or(cfg.IAMEndpoint, "https://iam."+cfg.Region+".myhuaweicloud.com")
	cfg.ProjectName = cmp.Or(cfg.ProjectName, cfg.Region)
	cfg.MaxAnswerBytes = cmp.Or(cfg.MaxAnswerBytes, defaultPictureLimit)
	cfg.UserAgent = cmp.Or(cfg.UserAgent, "ais-operator")
	if cfg.Transport == nil {
		cfg.Transport = newTransport()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return cfg, nil
}

// isProjectID accepts what can stand in a path as it is.
func isProjectID(id string) bool {
	return id != "" && identifier(id) == id && !strings.ContainsAny(id, ".:")
}

// parseEndpoint accepts a base URL: a path is allowed, for a service behind a
// gateway's prefix; what would end up in a request or a log is not.
func parseEndpoint(name, address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("%s: not a URL", name) // the parser's error repeats the address
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http", u.Hostname() == "":
		return nil, fmt.Errorf("%s: use a URL such as https://host", name)
	case u.User != nil, u.RawQuery != "", u.ForceQuery, u.Fragment != "":
		return nil, fmt.Errorf("%s: leave out user, query and fragment", name)
	}
	if u.Path == "" {
		u.Path = "/" // JoinPath makes a relative path of an empty one
	}
	return u, nil
}
