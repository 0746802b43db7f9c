package controlplane

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// auditPolicy has every request written down, once when it is received and once or twice when it is answered, without what it carries.
const auditPolicy = `{"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "Metadata"}]}`

// auditPoll is how often the log is read until it is complete.
const auditPoll = 20 * time.Millisecond

// Audit is the audit log of a control plane.
type Audit struct{ policy, log string }

// Request is one request to the API server.
type Request struct {
	ID string
	// User is who asked, or whom they impersonated.
	User string
	// Verb is the API's: get, list, watch, create, update, patch, delete or deletecollection. Path is the request's own.
	Verb, Path string
	// Resource, Subresource, Namespace and Name are empty where the request is about none.
	Resource, Subresource, Namespace, Name string
	// Allowed tells what the authorizer decided.
	Allowed bool
	// Status is the HTTP status of the answer.
	Status int

	answered bool
}

// NewAudit makes a log that is kept in dir. Its Configure goes to Start.
func NewAudit(dir string) (*Audit, error) {
	a := &Audit{policy: filepath.Join(dir, "audit-policy.yaml"), log: filepath.Join(dir, "audit.log")}
	return a, os.WriteFile(a.policy, []byte(auditPolicy), 0o600)
}

// Configure has the API server write the log. Each line is written before the request goes on: who has an answer finds the request in the log.
func (a *Audit) Configure(env *envtest.Environment) {
	flags := env.ControlPlane.GetAPIServer().Configure()
	flags.Set("audit-policy-file", a.policy)
	flags.Set("audit-log-path", a.log)
	flags.Set("audit-log-mode", "blocking")
}

// Requests returns what a user has asked for, in the order of the questions. It waits until all of them are answered. A user who is impersonated is not
// waited for: whom a request impersonates is known from its answer alone.
func (a *Audit) Requests(ctx context.Context, user string) ([]Request, error) {
	for {
		requests, open, err := a.read(user)
		if err != nil || open == 0 {
			return requests, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%d requests of %s are not answered: %w", open, user, ctx.Err())
		case <-time.After(auditPoll):
		}
	}
}

// read reads the log as it is, and counts the requests of the user that are not answered.
func (a *Audit) read(user string) (requests []Request, open int, err error) {
	text, err := os.ReadFile(a.log)
	if err != nil {
		return nil, 0, err
	}
	var order []string
	byID := map[string]*Request{}
	for line := range bytes.Lines(text) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break // It is being written.
		}
		var e auditEvent
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, 0, fmt.Errorf("%s: %w", a.log, err)
		}
		if byID[e.AuditID] == nil {
			byID[e.AuditID] = &Request{ID: e.AuditID}
			order = append(order, e.AuditID)
		}
		e.addTo(byID[e.AuditID])
	}
	for _, id := range order {
		r := byID[id]
		if r.User != user {
			continue
		}
		if !r.answered {
			open++
		}
		requests = append(requests, *r)
	}
	return requests, open, nil
}

// auditEvent is the part of audit.k8s.io/v1 Event that is of interest.
type auditEvent struct {
	AuditID, Stage, Verb, RequestURI string
	User, ImpersonatedUser           struct{ Username string }
	ObjectRef                        struct{ Resource, Subresource, Namespace, Name string }
	ResponseStatus                   struct{ Code int }
	Annotations                      map[string]string
}

func (e *auditEvent) addTo(r *Request) {
	r.User, r.Verb, r.Path = e.User.Username, e.Verb, e.RequestURI
	if e.ImpersonatedUser.Username != "" {
		r.User = e.ImpersonatedUser.Username
	}
	r.Resource, r.Subresource = e.ObjectRef.Resource, e.ObjectRef.Subresource
	r.Namespace, r.Name = e.ObjectRef.Namespace, e.ObjectRef.Name
	if e.Stage == "RequestReceived" {
		return
	}
	r.answered, r.Status = true, e.ResponseStatus.Code
	r.Allowed = e.Annotations["authorization.k8s.io/decision"] == "allow"
}
