package enginetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"regexp"
	"slices"
	"time"
)

// maxBody is the API's limit on a body, in bytes.
const maxBody = 12 << 20

// AttemptHeader is the request header whose value goes on record.
const AttemptHeader = "X-Ais-Attempt-Id"

// Operation names an API of the engine.
type Operation string

// The operations. Those from CreateToken on are the identity service's.
const (
	RecaptureDetection Operation = "RecaptureDetection"
	ImageTaggingV1     Operation = "ImageTaggingV1"
	ImageTaggingV2     Operation = "ImageTaggingV2"
	DarkEnhance        Operation = "DarkEnhance"
	Defog              Operation = "Defog"
	SuperResolution    Operation = "SuperResolution"
	BackgroundMusic    Operation = "BackgroundMusic"
	CreateToken        Operation = "CreateToken"
	ExchangeIDToken    Operation = "ExchangeIDToken"
	CreateTemporaryKey Operation = "CreateTemporaryAccessKey"
	ListProjects       Operation = "ListProjects"
)

// paths tell the operation of a request, and the project in its path.
var paths = []struct {
	pattern   *regexp.Regexp
	operation Operation
}{
	{regexp.MustCompile(`^/v1\.0/image/recapture-detect$`), RecaptureDetection},
	{regexp.MustCompile(`^/v2/([^/]+)/image/recapture-detect$`), RecaptureDetection},
	{regexp.MustCompile(`^/v1\.0/image/tagging$`), ImageTaggingV1},
	{regexp.MustCompile(`^/v2/([^/]+)/image/tagging$`), ImageTaggingV2},
	{regexp.MustCompile(`^/v1\.0/vision/dark-enhance$`), DarkEnhance},
	{regexp.MustCompile(`^/v1\.0/vision/defog$`), Defog},
	{regexp.MustCompile(`^/v1\.0/vision/super-resolution$`), SuperResolution},
	{regexp.MustCompile(`^/v1\.0/bgm/recognition$`), BackgroundMusic},
	{regexp.MustCompile(`^/v3/auth/tokens$`), CreateToken},
	{regexp.MustCompile(`^/v3\.0/OS-AUTH/id-token/tokens$`), ExchangeIDToken},
	{regexp.MustCompile(`^/v3\.0/OS-CREDENTIAL/securitytokens$`), CreateTemporaryKey},
	{regexp.MustCompile(`^/v3/(?:auth/)?projects$`), ListProjects},
}

// operationOf is empty for paths that no API has.
func operationOf(r *http.Request) (op Operation, project string) {
	for _, p := range paths {
		if m := p.pattern.FindStringSubmatch(r.URL.Path); m != nil {
			if len(m) > 1 {
				project = m[1]
			}
			return p.operation, project
		}
	}
	return "", ""
}

// Call is a recognition or enhancement call that was accepted: its caller is
// known, its project the caller's, and its body can be read.
type Call struct {
	AttemptID  string // of the header X-Ais-Attempt-Id
	Operation  Operation
	ParamsHash string    // SHA-256 of the parameters, whatever their order
	Time       time.Time // of arrival
	// Status is what was answered: by the engine, even if no byte of it went out,
	// or by a fault. 0 while in flight, and for a call that was reset before it was
	// served or whose client left.
	Status int
	// Billed tells a call answered 2xx.
	Billed bool
}

// Logins counts requests for tokens and keys by their answers.
type Logins struct{ OK, Failed int }

// flight counts the accepted calls of an operation that are being served.
type flight struct{ now, peak int }

// Calls is the record, in the order of arrival; of all operations if none is
// named.
func (s *Server) Calls(ops ...Operation) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := []Call{}
	for _, c := range s.calls {
		if len(ops) == 0 || slices.Contains(ops, c.Operation) {
			calls = append(calls, *c)
		}
	}
	return calls
}

// Billed is the number of billed calls; of all operations if none is named.
func (s *Server) Billed(ops ...Operation) int {
	n := 0
	for _, c := range s.Calls(ops...) {
		if c.Billed {
			n++
		}
	}
	return n
}

// Logins tells how often CreateToken, ExchangeIDToken and CreateTemporaryKey were
// asked for; if none is named, how often a token was, by either of the first two.
func (s *Server) Logins(ops ...Operation) Logins {
	if len(ops) == 0 {
		ops = []Operation{CreateToken, ExchangeIDToken}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var sum Logins
	for _, op := range ops {
		sum.OK += s.logins[op].OK
		sum.Failed += s.logins[op].Failed
	}
	return sum
}

// Peak is the most accepted calls of an operation that were in flight at a time;
// of all together if it is empty.
func (s *Server) Peak(op Operation) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.flightOf(op).peak
}

// ResetRecord forgets calls, log-ins and peaks.
func (s *Server) ResetRecord() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = nil
	clear(s.logins)
	for _, f := range s.flight {
		f.peak = f.now
	}
}

func (s *Server) flightOf(op Operation) *flight {
	f := s.flight[string(op)]
	if f == nil {
		f = &flight{}
		s.flight[string(op)] = f
	}
	return f
}

// accept puts a call on record if it deserves it; else it is nil.
func (s *Server) accept(op Operation, project string, r *http.Request, body []byte) *Call {
	switch op {
	case "", CreateToken, ExchangeIDToken, CreateTemporaryKey, ListProjects:
		return nil
	default:
	}
	if r.Method != http.MethodPost || len(body) > maxBody {
		return nil
	}
	credentials, err := s.verifier.Inspect(r)
	if err != nil {
		return nil
	}
	hash, err := paramsHash(r.Header.Get("Content-Type"), body)
	if err != nil {
		return nil
	}
	caller, err := credentials.Verify(body)
	if err != nil {
		return nil
	}
	if _, err := caller.Project(project); err != nil {
		return nil
	}
	c := &Call{AttemptID: r.Header.Get(AttemptHeader), Operation: op, ParamsHash: hash, Time: s.clock()}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, c)
	for _, f := range []*flight{s.flightOf(op), s.flightOf("")} {
		f.now++
		f.peak = max(f.peak, f.now)
	}
	return c
}

// finish completes the record of a request.
func (s *Server) finish(op Operation, c *Call, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case c != nil:
		c.Status, c.Billed = status, status >= 200 && status < 300
		s.flightOf(c.Operation).now--
		s.flightOf("").now--
	case op == CreateToken, op == ExchangeIDToken, op == CreateTemporaryKey:
		n := s.logins[op]
		if status == http.StatusCreated {
			n.OK++
		} else {
			n.Failed++
		}
		s.logins[op] = n
	}
}

// paramsHash hashes what a body says: JSON with its keys in order, or the fields
// of a form.
func paramsHash(contentType string, body []byte) (string, error) {
	parameters := map[string]any{}
	kind, params, err := mime.ParseMediaType(contentType)
	if err == nil && kind == "multipart/form-data" {
		err = readFields(multipart.NewReader(bytes.NewReader(body), params["boundary"]), parameters)
	} else {
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.UseNumber()
		err = decoder.Decode(&parameters)
	}
	if err != nil {
		return "", err
	}
	canonical, err := json.Marshal(parameters)
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:]), err
}

func readFields(form *multipart.Reader, into map[string]any) error {
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return err
		}
		into[part.FormName()] = content
	}
}
