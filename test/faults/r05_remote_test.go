package faults_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/engine/iam"
	"github.com/ais-operator/ais-operator/internal/enginetest"
)

// trial is a row with the service, the connection and the object that it is tried on. Each has its own, so that no gate holds back another.
type trial struct {
	row
	engine *enginetest.Server
	clock  *clock
	conn   *v1alpha1.Connection
	object payer
}

// TestR5Remote answers paid calls with everything that is documented, and much that is not. The golden file tells for each what the object says, when the
// next call is made, which gate is closed, and how many calls were made and billed.
func TestR5Remote(t *testing.T) {
	t.Parallel()
	took := stopwatch()
	w := newWorld(t)
	var trials []*trial
	for i, r := range rows(t) {
		trials = append(trials, w.newTrial(t, i, r))
	}
	o := w.run(t, process{log: logFile(t)})
	for _, tr := range trials {
		eventually(t, func() string {
			if c := w.ready(tr.conn); c.Reason == "" {
				return tr.name + ": the connection was not looked at"
			}
			return ""
		})
	}
	w.clock.stop()
	source := w.page(t, 1)
	for i, tr := range trials {
		tr.begin(t, w, i, source)
	}
	for _, tr := range trials {
		tr.awaitAnswer(t, w)
	}
	w.quiesce(t)
	var got string
	// Connections say what their objects have found out only later.
	poll(t, *patience, func() bool { got = w.describe(trials); return *update || got == readGolden(t, "remote.txt") })
	o.stop(t)
	golden(t, "remote.txt", got)
	report(t, "%d faults in %s", len(trials), took())
}

// describe is the golden file.
func (w *world) describe(trials []*trial) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-52s %-12s %-22s %-5s %-18s %-6s %-7s %s\n", "fault", "class", "reason", "next", "gate", "calls", "billed", "said to be billed")
	for _, tr := range trials {
		b.WriteString(tr.describe(w))
	}
	return b.String()
}

func (w *world) newTrial(t *testing.T, i int, r row) *trial {
	t.Helper()
	tr := &trial{row: r, clock: &clock{}}
	name := fmt.Sprintf("row-%d", i)
	account := enginetest.DefaultAccount
	if !r.job { // A job needs the key that the storage knows.
		account.Domain, account.AccessKeyID, account.SecretAccessKey = name, fmt.Sprintf("ROWACCESSKEY%08d", i), "secret-of-"+name
	}
	tr.engine = w.newEngine(t, enginetest.Options{
		Clock: func() time.Time { return w.clock.now().Add(tr.clock.lead()) },
		Accounts: []iam.Account{{
			DomainName: account.Domain, Projects: []iam.Project{{ID: account.ProjectID, Name: account.ProjectName}},
			Users:      []iam.User{{Name: account.User, Password: account.Password}},
			AccessKeys: []iam.AccessKey{{AccessKeyID: account.AccessKeyID, SecretAccessKey: account.SecretAccessKey}},
		}},
	})
	tr.conn = w.connection(name, tr.engine, func(s *v1alpha1.ConnectionSpec) { s.Credentials.AccessKey.SecretRef.Name = name })
	if r.connection != nil {
		r.connection(&tr.conn.Spec)
	}
	if r.password {
		byPassword(name)(&tr.conn.Spec)
		w.create(t, w.login(name, account, account.Password))
	} else {
		w.create(t, w.keys(name, account))
	}
	w.create(t, tr.conn)
	return tr
}

// begin breaks the service and creates the object.
func (tr *trial) begin(t *testing.T, w *world, i int, source v1alpha1.ImageSource) {
	t.Helper()
	for _, op := range []enginetest.Operation{enginetest.ImageTaggingV2, enginetest.DarkEnhance} {
		if tr.do != nil || tr.delay > 0 || tr.decide != nil {
			tr.engine.Add(enginetest.Fault{Operation: op, Times: enginetest.Always, Delay: tr.delay, Do: tr.do, Decide: tr.decide})
		}
	}
	if tr.later != nil {
		tr.later(tr.engine, tr.clock)
	}
	ref := v1alpha1.ConnectionReference{Kind: v1alpha1.ConnectionKindNamespaced, Name: tr.conn.Name}
	if tr.job {
		tr.object = w.job(tr.conn.Name, source, markedJob(i), func(s *v1alpha1.EnhancementJobSpec) { s.ConnectionRef = ref })
	} else {
		tr.object = w.analysis(tr.conn.Name, source, marked(i), func(s *v1alpha1.ImageAnalysisSpec) { s.ConnectionRef = ref })
	}
	w.create(t, tr.object)
}

func (tr *trial) awaitAnswer(t *testing.T, w *world) {
	t.Helper()
	eventually(t, func() string {
		switch c := w.ready(tr.object); c.Reason {
		case "", v1alpha1.ReasonProgressing, v1alpha1.ReasonWaiting:
			return fmt.Sprintf("%s: the object says %s: %s", tr.name, c.Reason, c.Message)
		}
		return ""
	})
}

// describe is the row of the golden file.
func (tr *trial) describe(w *world) string {
	c := w.ready(tr.object)
	w.ready(tr.conn)
	reason, class, next := c.Reason, "-", "-"
	if isFinal(tr.object) && c.Status != "True" {
		reason += " (final)"
	}
	calls, total := tr.object.Ledger()
	for i := range *calls {
		entry := &(*calls)[i]
		if entry.LastError != nil {
			class = entry.LastError.Class
		}
		if entry.NextAttemptTime != nil {
			next = delayIn(entry.NextAttemptTime.Sub(w.clock.now()))
		}
	}
	return fmt.Sprintf("%-52s %-12s %-22s %-5s %-18s %-6d %-7d %d\n",
		tr.name, class, reason, next, tr.gates(w), len(tr.engine.Calls()), tr.engine.Billed(), *total)
}

// gates tells what holds back which objects of the connection, and for how long.
func (tr *trial) gates(w *world) string {
	var closed []string
	status := &tr.conn.Status
	if g := status.Gate; g != nil {
		closed = append(closed, "all "+delayIn(g.Until.Sub(w.clock.now())))
	}
	for _, g := range status.OperationGates {
		closed = append(closed, string(g.Operation)+" "+delayIn(g.Until.Sub(w.clock.now())))
	}
	if len(closed) == 0 {
		return "-"
	}
	return strings.Join(closed, ", ")
}

// delayIn tells the delay without its jitter, which adds up to the half of it, and without what the times of gates lack of a second.
func delayIn(d time.Duration) string {
	if d <= 0 {
		return "0s"
	}
	for _, base := range []struct {
		delay time.Duration
		text  string
	}{
		{2 * time.Second, "2s"}, {5 * time.Second, "5s"}, {10 * time.Second, "10s"}, {20 * time.Second, "20s"}, {30 * time.Second, "30s"},
		{time.Minute, "1m"}, {6 * time.Minute, "6m"}, {10 * time.Minute, "10m"}, {30 * time.Minute, "30m"}, {time.Hour, "1h"},
	} {
		if d > base.delay-2*time.Second && d < base.delay+base.delay/2 {
			return base.text
		}
	}
	return d.Round(time.Second).String()
}

// golden compares with a file of testdata, or writes it with -update.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(strings.Split(readGolden(t, name), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (-want +got); with -args -update it is written anew:\n%s", path, diff)
	}
}

// readGolden reads a file of testdata; one that is about to be written need not be there.
func readGolden(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil && !*update {
		t.Fatal(err)
	}
	return string(text)
}
