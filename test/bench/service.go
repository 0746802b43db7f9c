package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// Operations as the remote counts them.
const (
	opTagging     = "ImageTagging"
	opDarkEnhance = "DarkEnhance"
	opLogIn       = "log-in" // POST /v3/auth/tokens
)

// tally is what the remote has seen since it was last reset, by operation and, where the path has one, project.
type tally struct {
	Calls map[string]int
	// Peak is the most calls that were in flight at once, from the arrival of a request's header until its answer was about to be sent.
	Peak map[string]int
	// First is when the first call arrived.
	First time.Time
	// Held counts the calls whose bodies have arrived and whose answers are held back.
	Held int
}

// service speaks the service's protocol, as little of it as the operator needs.
type service struct {
	latency  time.Duration
	tags     []byte // answer
	enhanced []byte // answer

	mu       sync.Mutex
	tally    tally
	inFlight map[string]int
	hold     chan struct{} // closed when held answers may go; nil when none are held
}

func newService(latency time.Duration, picture []byte) *service {
	s := &service{latency: latency, tags: tagsAnswer(), inFlight: map[string]int{}}
	s.enhanced = []byte(`{"result":"` + base64.StdEncoding.EncodeToString(picture) + `"}`)
	s.reset()
	return s
}

func (s *service) reset() {
	s.tally = tally{Calls: map[string]int{}, Peak: map[string]int{}}
}

func (s *service) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v2/{project}/image/tagging", func(w http.ResponseWriter, r *http.Request) {
		s.answer(w, r, opTagging+"/"+r.PathValue("project"), s.tags)
	})
	mux.HandleFunc("POST /v1.0/vision/dark-enhance", func(w http.ResponseWriter, r *http.Request) {
		s.answer(w, r, opDarkEnhance, s.enhanced)
	})
	mux.HandleFunc("GET /v3/projects", listProjects)
	mux.HandleFunc("POST /v3/auth/tokens", s.refuse)
	return mux
}

// answer takes a call: billed, whatever became of it.
func (s *service) answer(w http.ResponseWriter, r *http.Request, op string, text []byte) {
	arrived := time.Now()
	s.begin(op, arrived)
	_, err := io.Copy(io.Discard, r.Body)
	if err == nil {
		s.wait(r, arrived)
	}
	// Before the answer goes out: the caller may have sent the next call before this handler is told that it has.
	s.end(op)
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	_, _ = w.Write(text) // nobody is left to be told
}

// wait lasts until the latency has passed since the call arrived, and longer while answers are held.
func (s *service) wait(r *http.Request, arrived time.Time) {
	s.mu.Lock()
	hold := s.hold
	if hold != nil {
		s.tally.Held++
	}
	s.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-r.Context().Done():
			return
		}
	}
	timer := time.NewTimer(s.latency - time.Since(arrived))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}

func (s *service) begin(op string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tally.First.IsZero() {
		s.tally.First = now
	}
	s.inFlight[op]++
	s.tally.Calls[op]++
	s.tally.Peak[op] = max(s.tally.Peak[op], s.inFlight[op])
}

func (s *service) end(op string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight[op]--
}

// listProjects knows every project, by its name.
func listProjects(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Query().Get("name")
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"projects": []map[string]string{{"id": name, "name": name}}}) // nobody is left to be told
}

// refuse says of every password that it is wrong.
func (s *service) refuse(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	s.tally.Calls[opLogIn]++
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusUnauthorized)
	fmt.Fprint(w, `{"error":{"code":401,"message":"The username or password is wrong.","title":"Unauthorized"}}`)
}

// tagsAnswer is an answer with ten tags, three of them with a box, in the documented form.
func tagsAnswer() []byte {
	type object = map[string]any
	tags := make([]object, 0, 10)
	for i, name := range []string{"Koala", "Eucalyptus", "Tree", "Animal", "Branch", "Wildlife", "Fur", "Leaf", "Daylight", "Nature"} {
		kind, instances := "concept", []object{}
		if i < 3 {
			kind = "object"
			instances = append(instances, object{
				"bounding_box": object{"width": 120.5, "height": 96.25, "top_left_x": 12.75, "top_left_y": 40.5},
				"confidence":   fmt.Sprintf("%.2f", 98.4-float64(i)),
			})
		}
		tags = append(tags, object{
			"confidence": fmt.Sprintf("%.2f", 98.37-3*float64(i)), "type": kind, "tag": name,
			"i18n_tag": object{"en": name, "zh": "考拉"}, "i18n_type": object{"en": kind, "zh": "实体"}, "instances": instances,
		})
	}
	text, err := json.Marshal(object{"result": object{"tags": tags}})
	if err != nil {
		panic("strings and numbers always encode: " + err.Error())
	}
	return text
}
