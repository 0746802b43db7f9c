package faults_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/runtime/serializer"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// effect is something that the operator did to the world around it.
type effect struct {
	target target
	// what tells the effect in words that are the same in every run.
	what string
	// object is the one that a write is about, as resource/name.
	object string
	// claims are the attempts that a write announces.
	claims []string
	// attempt is what a call is made for.
	attempt string
	// aside tells what is no part of the story: events and leases.
	aside bool
	// at is the world's time.
	at time.Time
}

type target string

const (
	api     target = "api"
	service target = "service"
	storage target = "storage"
)

func (e effect) String() string { return string(e.target) + ": " + e.what }

// interference is what goes wrong with an effect. The zero value breaks the connection before the effect takes place.
type interference struct {
	// carriedOut lets the effect take place, and breaks the connection instead of the reply.
	carriedOut bool
	// kill ends the process at this very instant: after the effect if it is carried out, else before.
	kill bool
	// status is answered instead of a broken connection. 0: none.
	status int
}

// plan decides what goes wrong. It sees every effect, and must not wait. nil: nothing.
type plan func(effect) *interference

// at is a plan for the nth effect of a description, counted from one.
func at(what string, nth int, in interference) plan {
	seen := 0
	return func(e effect) *interference {
		if e.String() != what {
			return nil
		}
		if seen++; seen != nth {
			return nil
		}
		return &in
	}
}

// note writes an effect down and asks the plan what goes wrong with it.
func (w *world) note(e effect) *interference {
	e.what, e.at = strings.ReplaceAll(e.what, w.namespaces[0], "NAMESPACE"), w.clock.now()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.activity++
	e = w.countOnly(e)
	w.effects = append(w.effects, e)
	if w.plan == nil || e.aside {
		return nil
	}
	return w.plan(e)
}

// record keeps the body of a write.
func (w *world) record(body []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.written != nil {
		w.written.Write(body)
		w.written.WriteByte('\n')
	}
}

// history returns the effects so far, and forgets them.
func (w *world) history() []effect {
	w.mu.Lock()
	defer w.mu.Unlock()
	effects := w.effects
	w.effects = nil
	return effects
}

// past returns the effects so far.
func (w *world) past() []effect {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.effects)
}

// timesOf returns when effects of a description took place.
func (w *world) timesOf(what string) []time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	var times []time.Time
	for _, e := range w.effects {
		if e.String() == what {
			times = append(times, e.at)
		}
	}
	return times
}

func (w *world) touch() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.activity++
}

func (w *world) seen() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.activity
}

// describeWrite tells a write to the API server.
func describeWrite(req *http.Request, body []byte) effect {
	parts := strings.Split(strings.Trim(req.URL.Path, "/"), "/")
	resource, name, sub := parts[len(parts)-1], "", ""
	for i, part := range parts {
		switch part {
		case "namespaces":
			continue
		case "connections", "clusterconnections", "imageanalyses", "enhancementjobs", "leases", "events":
			resource, name, sub = part, element(parts, i+1), element(parts, i+2)
		}
	}
	e := effect{target: api, object: resource + "/" + name, aside: resource == "leases" || resource == "events"}
	switch {
	case resource == "events":
		e.what = "event " + eventText(body)
	case sub == "status":
		e.what, e.claims = statusText(body)
		e.what = "status of " + e.object + ": " + e.what
	default:
		e.what = strings.ToLower(req.Method) + " " + e.object
	}
	return e
}

func element(parts []string, i int) string {
	if i < len(parts) {
		return parts[i]
	}
	return ""
}

// countOnly turns the write of a connection's status that changes no more than the count of the day into one that is aside: it follows within ten
// seconds, whenever that is.
func (w *world) countOnly(e effect) effect {
	const count = ", callsToday"
	if e.target != api || !strings.HasPrefix(e.object, "connections/") {
		return e
	}
	text := strings.Replace(e.what, count, "", 1)
	before := w.said[e.object]
	w.said[e.object] = text
	if text != e.what && text == before {
		e.aside, e.what = true, "callsToday of "+e.object
	}
	return e
}

// statusText tells what a write of status says, without what differs from run to run.
func statusText(body []byte) (text string, claims []string) {
	var patch struct {
		Status map[string]json.RawMessage `json:"status"`
	}
	if json.Unmarshal(body, &patch) != nil {
		return "unreadable", nil
	}
	var said []string
	for field, value := range patch.Status {
		switch field {
		case "calls":
			var calls []v1alpha1.Call
			_ = json.Unmarshal(value, &calls)
			for _, c := range calls {
				said = append(said, fmt.Sprintf("%s %s", c.Operation, c.State))
				if c.Claim != nil {
					claims = append(claims, c.Claim.ID)
				}
			}
		case "conditions":
			var conditions v1alpha1.Conditions
			_ = json.Unmarshal(value, &conditions)
			for _, c := range conditions {
				if c.Type == v1alpha1.ConditionReady {
					said = append(said, "Ready="+c.Reason)
				}
			}
		case "observedGeneration":
		default:
			if string(value) == "null" {
				field = "no " + field
			}
			said = append(said, field)
		}
	}
	slices.Sort(said)
	return strings.Join(said, ", "), claims
}

// eventText tells an event, which is sent in the binary form of the API.
func eventText(body []byte) string {
	obj, _, err := serializer.NewCodecFactory(scheme).UniversalDeserializer().Decode(body, nil, nil)
	if event, ok := obj.(*eventsv1.Event); ok {
		return fmt.Sprintf("%s %s of %s/%s: %s", event.Type, event.Reason, event.Regarding.Kind, event.Regarding.Name, event.Note)
	}
	return fmt.Sprintf("unreadable: %T, %v", obj, err)
}
