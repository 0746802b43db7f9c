package faults_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrlmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/enginetest"
)

// queryCanary is what a user's own URL holds and nobody else is to see.
const queryCanary = "canary-query-5b2d"

// canaries are secrets, by what they are.
type canaries struct {
	mu sync.Mutex
	by map[string]string
}

func (c *canaries) add(secret, what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(secret) >= 8 {
		c.by[secret] = what
	}
}

var (
	signature   = regexp.MustCompile(`Signature=([0-9a-f]+)`)
	signedQuery = regexp.MustCompile(`X-Amz-Signature=([0-9a-f]+)`)
	idToken     = regexp.MustCompile(`"id":"(eyJ[^"]+)"`)
)

// learn takes the secrets out of a request.
func (c *canaries) learn(r *http.Request, body []byte) {
	c.add(r.Header.Get("X-Auth-Token"), "a token")
	c.add(r.Header.Get("X-Amz-Security-Token"), "a security token")
	for _, m := range signature.FindAllStringSubmatch(r.Header.Get("Authorization"), -1) {
		c.add(m[1], "a signature")
	}
	for _, m := range signedQuery.FindAllSubmatch(body, -1) {
		c.add(string(m[1]), "the signature of a URL")
	}
	for _, m := range idToken.FindAllSubmatch(body, -1) {
		c.add(string(m[1]), "an ID token")
	}
}

// missing returns the first that nothing was learnt of.
func (c *canaries) missing(whats ...string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, what := range whats {
		if !slices.Contains(slices.Collect(maps.Values(c.by)), what) {
			return what
		}
	}
	return ""
}

// search looks for everything that is secret in what was said somewhere.
func (c *canaries) search(t *testing.T, where, text string) {
	t.Helper()
	if len(text) < 1000 {
		t.Errorf("%s are suspiciously short: %q", where, text)
	}
	own := withoutSpecs(text)
	told := map[string]int{}
	for secret, what := range c.by {
		in := text
		if secret == queryCanary {
			in = own
		}
		i := strings.Index(in, secret)
		if i < 0 {
			continue
		}
		if told[what]++; told[what] == 1 {
			t.Errorf("%s: %s is told: …%q…", where, what, in[max(0, i-150):min(len(in), i+len(secret)+50)])
		}
	}
}

// echo answers every request with a code, and with all that is secret in it: a service may be so careless.
func (c *canaries) echo(status int, code string) func(enginetest.Operation, *http.Request, []byte) enginetest.Effect {
	return func(_ enginetest.Operation, r *http.Request, body []byte) enginetest.Effect {
		c.learn(r, body)
		said := "no: " + r.Header.Get("Authorization") + " " + r.Header.Get("X-Auth-Token")
		if !bytes.Contains(body, []byte(`"image"`)) { // A log-in, or a call with a URL.
			said += " " + string(body)
		}
		text, _ := json.Marshal(map[string]string{"error_code": code, "error_msg": said})
		return enginetest.Reply(status, http.Header{"Content-Type": {"application/json"}, "X-Request-Id": {"request-1"}}, string(text))
	}
}

// TestR11Leaks looks for passwords, keys, tokens, signatures and pictures in everything that the operator says, after services have told all of it back in
// errors of every class.
func TestR11Leaks(t *testing.T) {
	t.Parallel()
	took := stopwatch()
	secrets := &canaries{by: map[string]string{queryCanary: "the query of a picture's URL", testKey: "the test's own key"}}
	w := newWorld(t)
	w.written = &bytes.Buffer{}
	log := &syncBuffer{}
	w.visited = func(r *http.Request) { secrets.learn(r, nil) }
	trials := append(w.tellTales(t, secrets), w.stranger(t, secrets))
	w.connect(t)
	w.create(t, w.login("login", w.engine.Account, w.engine.Account.Password), w.connection("login", w.engine, byPassword("login")))
	secrets.add(w.engine.Account.SecretAccessKey, "a secret access key")
	o := w.run(t, process{log: log})
	for _, tr := range trials {
		eventually(t, func() string {
			return unless(w.ready(tr.conn).Reason != "", tr.name+": the connection was not looked at")
		})
	}
	source := w.page(t, 1)
	source.URL += "?token=" + queryCanary
	for i, tr := range trials {
		tr.begin(t, w, i, source)
	}
	for i, obj := range w.travellers(t, secrets) {
		obj.SetName(fmt.Sprintf("traveller-%d", i))
		w.create(t, obj)
	}
	for _, tr := range trials {
		tr.awaitAnswer(t, w)
	}
	w.quiesce(t)
	o = o.restart(t, 0, process{log: log})
	w.quiesce(t)
	o.stop(t)

	secrets.add(base64.StdEncoding.EncodeToString(enginetest.Picture(1, pictureWidth, pictureHeight))[:80], "a picture")
	said := map[string]string{
		"the log": log.String() + undumped(log.String()), "what was written": w.written.String(), "the objects": w.objectsText(t), "the events": w.eventsText(t),
		"the metrics": metricsText(t, o.metrics, ctrlmetrics.Registry),
	}
	for where, text := range said {
		secrets.search(t, where, text)
	}
	if what := secrets.missing("a token", "a signature", "the signature of a URL", "a security token", "an ID token"); what != "" {
		t.Errorf("%s was never used", what)
	}
	if masked := strings.Count(said["what was written"], "***"); masked < len(trials)/2 {
		t.Errorf("only %d secrets were masked: the services have told nothing", masked)
	}
	report(t, "%d secrets, %d bytes of log, %d of writes, in %s", len(secrets.by), len(said["the log"]), len(said["what was written"]), took())
}

// dumpLine is the readable column of a line of a hexadecimal dump, as client-go logs what is not text.
var dumpLine = regexp.MustCompile(`  \|(.{1,16})\|\\n`)

// undumped puts the readable columns of all dumps together again.
func undumped(log string) string {
	var b strings.Builder
	for _, m := range dumpLine.FindAllStringSubmatch(log, -1) {
		b.WriteString(m[1])
	}
	return b.String()
}

// withoutSpecs leaves out the lines with a user's own spec in them: whole objects on their way to and from the API server. client-go logs them at
// verbosity 8 and above.
func withoutSpecs(text string) string {
	var kept []string
	for line := range strings.Lines(text) {
		if !strings.Contains(line, `"spec"`) && !strings.Contains(line, `spec\"`) {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

// tellTales are connections to services that tell every secret back, with an error of every class.
func (w *world) tellTales(t *testing.T, secrets *canaries) []*trial {
	t.Helper()
	var trials []*trial
	for i, code := range []string{"AIS.0503", "AIS.0105", "AIS.0022", "APIG.0301", "AIS.0027", "APIG.0308", "AIS.0003", "APIG.0101", "AIS.9999"} {
		for j, byPassword := range []bool{false, true} {
			status := map[string]int{"APIG.0301": 401, "APIG.0308": 429, "AIS.9999": 502}[code]
			if status == 0 {
				status = 400
			}
			tr := w.newTrial(t, 2*i+j, row{name: code, password: byPassword, decide: secrets.echo(status, code)})
			secrets.add(tr.engine.Account.SecretAccessKey, "a secret access key")
			secrets.add(tr.engine.Account.Password, "a password")
			if code == "AIS.9999" { // This one refuses the log-in and the check of the key, too.
				for _, op := range []enginetest.Operation{enginetest.CreateToken, enginetest.ListProjects} {
					tr.engine.Add(enginetest.Fault{Operation: op, Times: enginetest.Always, Decide: secrets.echo(401, "IAM.0062")})
				}
			}
			trials = append(trials, tr)
		}
	}
	return trials
}

// stranger is a connection with the identity of a ServiceAccount, to an IAM that tells the ID token back and does not take it.
func (w *world) stranger(t *testing.T, secrets *canaries) *trial {
	t.Helper()
	account := &corev1.ServiceAccount{ObjectMeta: w.meta("pictures")}
	account.Annotations = map[string]string{v1alpha1.AudienceAnnotation: "ais"}
	w.create(t, account, &rbacv1.RoleBinding{
		ObjectMeta: w.meta("ais-workload-identity"),
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "ais-workload-identity"},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: "ais-system", Name: "ais-manager"}},
	})
	tr := w.newTrial(t, 100, row{name: "an identity", connection: func(s *v1alpha1.ConnectionSpec) {
		s.Credentials = v1alpha1.Credentials{OIDC: &v1alpha1.OIDCCredentials{
			IdentityProvider: "cluster", Audience: "ais", ServiceAccountRef: v1alpha1.ServiceAccountReference{Name: account.Name},
		}}
	}})
	tr.engine.Add(enginetest.Fault{Operation: enginetest.ExchangeIDToken, Times: enginetest.Always, Decide: secrets.echo(401, "IAM.0001")})
	return tr
}

// travellers are objects whose picture goes by a signed URL, or comes from a place that is not what it should be.
func (w *world) travellers(t *testing.T, secrets *canaries) []client.Object {
	t.Helper()
	w.engine.Add(enginetest.Fault{Operation: enginetest.ImageTaggingV2, Times: enginetest.Always, Decide: secrets.echo(400, "AIS.0029")})
	byURL := func(s *v1alpha1.ImageAnalysisSpec) { s.Delivery = v1alpha1.DeliveryURL }
	inline := func(s *v1alpha1.ImageAnalysisSpec) { s.Delivery = v1alpha1.DeliveryInline }
	at := func(url string) v1alpha1.ImageSource { return v1alpha1.ImageSource{URL: url + "?token=" + queryCanary} }
	w.mu.Lock()
	w.pages["moved.png"] = func(rw http.ResponseWriter) {
		rw.Header().Set("Location", "http://127.0.0.1:1/"+queryCanary)
		rw.WriteHeader(http.StatusFound)
	}
	w.pages["broken.png"] = func(rw http.ResponseWriter) { http.Error(rw, queryCanary, http.StatusInternalServerError) }
	w.mu.Unlock()
	return []client.Object{
		w.analysis("", w.photo(t, 1), byURL),
		w.analysis("", at(w.web.URL+"/picture-1.png"), byURL),
		w.analysis("", at(w.web.URL+"/moved.png"), inline),
		w.analysis("", at(w.web.URL+"/broken.png"), inline),
		w.analysis("", at(w.web.URL+"/missing.png"), inline),
		w.analysis("", at("http://127.0.0.1:1/refused.png"), inline),
		w.analysis("", at("http://169.254.169.254/private.png"), inline),
		w.job("", w.photo(t, 2)),
		w.analysis("", w.photo(t, 3), func(s *v1alpha1.ImageAnalysisSpec) { s.ConnectionRef.Name = "login" }), // with a temporary key
	}
}

// objectsText is all that the objects say; what users wrote themselves is not part of it.
func (w *world) objectsText(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	write := func(status any) {
		text, err := json.Marshal(status)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(text)
	}
	var connections v1alpha1.ConnectionList
	if err := k8s.List(w.ctx, &connections, client.InNamespace(w.namespaces[0])); err != nil {
		t.Fatal(err)
	}
	for i := range connections.Items {
		write(connections.Items[i].Status)
	}
	for _, obj := range w.payers(t) {
		switch obj := obj.(type) {
		case *v1alpha1.ImageAnalysis:
			write(obj.Status)
		case *v1alpha1.EnhancementJob:
			write(obj.Status)
		}
	}
	return b.String()
}

func (w *world) eventsText(t *testing.T) string {
	t.Helper()
	var events eventsv1.EventList
	if err := k8s.List(w.ctx, &events, client.InNamespace(w.namespaces[0])); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(events)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func metricsText(t *testing.T, from ...prometheus.Gatherer) string {
	t.Helper()
	var b strings.Builder
	for _, g := range from {
		families, err := g.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, family := range families {
			b.WriteString(family.String())
		}
	}
	return b.String()
}

func unless(fine bool, complaint string) string {
	if fine {
		return ""
	}
	return complaint
}

// syncBuffer is a buffer for many writers.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

// String is what was written.
func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
