package faults_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/enginetest"
)

// act is one step of a scenario whose remote calls and writes are on record.
type act struct {
	name string
	do   func(scene)
}

// TestR8Transcripts holds every remote call, every write to the API server and every event of everyday scenarios against golden files: whoever adds one
// sees it in the diff.
func TestR8Transcripts(t *testing.T) {
	t.Parallel()
	took := stopwatch()
	t.Cleanup(func() { report(t, "%d scenarios in %s", len(scenarios()), took()) })
	for name, acts := range scenarios() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			o := w.run(t, process{log: logFile(t)})
			file := "transcripts/" + strings.ReplaceAll(name, " ", "-") + ".txt"
			known := sections(t, file)
			var b strings.Builder
			write := func(what string) {
				// Events, and what follows a restart, may take their time.
				poll(t, *patience, func() bool { return *update || len(transcript(w.past())) >= known[what] })
				w.quiesce(t)
				fmt.Fprintf(&b, "%s:\n", what)
				for _, line := range transcript(w.history()) {
					fmt.Fprintf(&b, "  %s\n", line)
				}
			}
			for _, a := range acts {
				a.do(scene{t, w})
				w.awaitAnswers(t)
				write(a.name)
			}
			o = o.restart(t, 0, process{log: logFile(t)})
			write("the operator restarts")
			o.stop(t)
			golden(t, file, b.String())
		})
	}
}

// sections counts the lines under each title of a golden file.
func sections(t *testing.T, name string) map[string]int {
	t.Helper()
	lines, title := map[string]int{}, ""
	for line := range strings.Lines(readGolden(t, name)) {
		if strings.HasPrefix(line, "  ") {
			lines[title]++
			continue
		}
		title = strings.TrimSuffix(line, ":\n")
	}
	return lines
}

// awaitAnswers waits until every object says something about its present spec that is not a matter of moments.
func (w *world) awaitAnswers(t *testing.T) {
	t.Helper()
	eventually(t, func() string {
		for _, obj := range w.payers(t) {
			switch c := readyOf(obj); c.Reason {
			case "", v1alpha1.ReasonProgressing, v1alpha1.ReasonTransientError:
				return fmt.Sprintf("%s says %s: %s", obj.GetName(), c.Reason, c.Message)
			}
		}
		return ""
	})
}

// transcript tells effects, one a line: what is about connections, what is about objects, each in its order, and then the events. Between the three there
// is no order: they have controllers of their own.
func transcript(effects []effect) []string {
	var connections, objects, events []string
	for _, e := range effects {
		line := e.String()
		switch {
		case strings.HasPrefix(e.what, "event "):
			events = append(events, line)
		case e.target == api && e.aside:
		case strings.HasPrefix(e.object, "connections/"), e.attempt == "" && e.target == service:
			connections = append(connections, line)
		default:
			objects = append(objects, line)
		}
	}
	slices.Sort(events)
	return slices.Concat(connections, objects, events)
}

func scenarios() map[string][]act {
	connect := act{"a connection is created", func(s scene) {
		s.w.connect(s.t)
		s.w.awaitReady(s.t, &v1alpha1.Connection{ObjectMeta: s.w.meta("default")})
	}}
	koala := func(edit ...func(*v1alpha1.ImageAnalysisSpec)) func(scene) {
		return func(s scene) { s.w.create(s.t, s.w.analysis("koala", s.w.photo(s.t, 1), edit...)) }
	}
	edit := func(f func(*v1alpha1.ImageAnalysis)) func(scene) {
		return func(s scene) { change(s.t, s.w, s.w.analysis("koala", v1alpha1.ImageSource{}), f) }
	}
	return map[string][]act{
		"an analysis": {
			connect,
			{"an analysis is created", koala()},
			{"its labels change", edit(func(ia *v1alpha1.ImageAnalysis) { ia.Labels = map[string]string{"a": "b"} })},
			{"its run policy changes", edit(func(ia *v1alpha1.ImageAnalysis) { ia.Spec.RunPolicy.MaxAttempts = 3 })},
			{"its language changes", edit(language("zh"))},
		},
		"an analysis of two operations": {connect, {"it is created", koala(func(spec *v1alpha1.ImageAnalysisSpec) { spec.Recapture = &v1alpha1.Recapture{} })}},
		"an analysis by URL":            {connect, {"it is created", koala(func(spec *v1alpha1.ImageAnalysisSpec) { spec.Delivery = v1alpha1.DeliveryURL })}},
		"an analysis that fails once": {connect, {"it is created while the service is overloaded", func(s scene) {
			s.w.engine.Add(enginetest.Fault{Operation: enginetest.ImageTaggingV2, Do: enginetest.ErrorCodeStatus(500, "AIS.0506")})
			koala()(s)
		}}},
		"an analysis of a picture that is none": {connect, {"it is created", func(s scene) {
			s.w.create(s.t, s.w.analysis("koala", v1alpha1.ImageSource{OBS: &v1alpha1.ObjectStorageReference{Bucket: photos, Key: "missing.png"}}))
		}}},
		"an equal analysis": {connect, {"the first is created", koala()}, {"the second is created", func(s scene) {
			s.w.create(s.t, s.w.analysis("twin", s.w.photo(s.t, 1)))
		}}},
		"a job": {
			connect,
			{"a job is created", func(s scene) { s.w.create(s.t, s.w.job("koala", s.w.photo(s.t, 1))) }},
			{"its output gets another name", func(s scene) {
				change(s.t, s.w, s.w.job("koala", v1alpha1.ImageSource{}), func(ej *v1alpha1.EnhancementJob) { ej.Spec.Output.OBS.Key = "elsewhere.png" })
			}},
			{"it is deleted and created again", func(s scene) {
				if err := k8s.Delete(s.w.ctx, s.w.job("koala", v1alpha1.ImageSource{})); err != nil {
					s.t.Fatal(err)
				}
				s.w.create(s.t, s.w.job("koala", s.w.photo(s.t, 1), func(spec *v1alpha1.EnhancementJobSpec) { spec.Output.OBS.Key = "elsewhere.png" }))
			}},
		},
		"a password": {
			{"a connection with a wrong password is created", func(s scene) {
				s.w.create(s.t, s.w.login("login", s.w.engine.Account, "wrong"), s.w.connection("default", s.w.engine, byPassword("login")))
				s.w.await(s.t, &v1alpha1.Connection{ObjectMeta: s.w.meta("default")}, v1alpha1.ReasonInvalidCredentials)
			}},
			{"an analysis is created", func(s scene) { s.w.create(s.t, s.w.analysis("koala", s.w.page(s.t, 1))) }},
			{"the password is corrected", func(s scene) {
				change(s.t, s.w, &corev1.Secret{ObjectMeta: s.w.meta("login")}, func(secret *corev1.Secret) { secret.Data["password"] = []byte(s.w.engine.Account.Password) })
				s.w.awaitReady(s.t, &v1alpha1.Connection{ObjectMeta: s.w.meta("default")})
				s.w.awaitFinal(s.t)
			}},
		},
		"a frozen account": {connect, {"an analysis is created", func(s scene) {
			s.w.engine.Add(enginetest.Fault{Operation: enginetest.ImageTaggingV2, Do: enginetest.ErrorCode("AIS.0027")})
			koala()(s)
		}}},
	}
}
