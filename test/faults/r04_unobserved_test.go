package faults_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/enginetest"
)

// TestR4Unobserved changes things while the operator does not look, so that it sees the last state alone, or while a call is open. The last state wins,
// nothing lands where it does not belong, and calls are made as the hashes say.
func TestR4Unobserved(t *testing.T) {
	t.Parallel()
	took := stopwatch()
	t.Cleanup(func() { report(t, "in %s", took()) })
	for name, scenario := range map[string]func(*testing.T){
		"a spec that turns and turns back unseen costs nothing":                turnedUnseen,
		"a spec that turns during a call costs one call for each of the two":   turnedDuringCall,
		"a spec that turns and turns back during a call costs that call alone": turnedBackDuringCall,
		"an object that is made anew during a call gets its own result":        recreatedDuringCall,
		"an object that is made anew unseen gets its own result":               recreatedUnseen,
		"an object that is deleted during a call lets nothing behind":          deletedDuringCall,
		"an object that is suspended during a call is recorded":                suspendedDuringCall,
		"a Secret that is rotated twice unseen counts as it is in the end":     rotatedUnseen,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scenario(t)
		})
	}
}

func language(l v1alpha1.Language) func(*v1alpha1.ImageAnalysis) {
	return func(ia *v1alpha1.ImageAnalysis) { ia.Spec.Tagging.Language = l }
}

func turnedUnseen(t *testing.T) {
	t.Helper()
	w, o := connected(t, process{})
	ia := w.analysis("koala", w.photo(t, 1))
	w.create(t, ia)
	w.awaitReady(t, ia)
	o.wire.hold("imageanalyses")
	change(t, w, ia, language("zh"))
	change(t, w, ia, language("en"))
	o.wire.drain("imageanalyses")
	w.awaitReady(t, ia) // of the new generation
	w.quiesce(t)
	wantCalls(t, w, 1)
	wantBilled(t, w, 1, 0)
}

// duringCall is a world in which the first call of "koala" is open, and what lets it go on.
func duringCall(t *testing.T) (*world, *operator, *v1alpha1.ImageAnalysis, func()) {
	t.Helper()
	w, o := connected(t, process{log: logFile(t)})
	gate := enginetest.NewGate()
	w.engine.Add(enginetest.Fault{Operation: enginetest.ImageTaggingV2, Gate: gate})
	ia := w.analysis("koala", w.photo(t, 1))
	w.create(t, ia)
	awaitHeld(t, gate, 1)
	return w, o, ia, gate.Release
}

func turnedDuringCall(t *testing.T) {
	t.Helper()
	w, _, ia, goOn := duringCall(t)
	change(t, w, ia, language("zh"))
	w.pass(t)
	goOn()
	w.awaitReady(t, ia)
	w.quiesce(t)
	wantCalls(t, w, 2)
	w.checkBills(t)
	if ia.Status.BilledTotal != 2 || ia.Status.Tagging == nil || len(ia.Status.Tagging.Tags) == 0 || ia.Status.Tagging.Tags[0].Name != ia.Status.Tagging.Tags[0].Names.ZH {
		t.Errorf("the object says it cost %d and holds %+v, want 2 and Chinese tags", ia.Status.BilledTotal, ia.Status.Tagging)
	}
}

func turnedBackDuringCall(t *testing.T) {
	t.Helper()
	w, _, ia, goOn := duringCall(t)
	change(t, w, ia, language("zh"))
	change(t, w, ia, language("en"))
	w.pass(t)
	goOn()
	w.awaitReady(t, ia)
	w.quiesce(t)
	wantCalls(t, w, 1)
	wantBilled(t, w, 1, 0)
}

// remake deletes the object and creates it again, with another question, under the same name.
func remake(t *testing.T, w *world, ia *v1alpha1.ImageAnalysis) *v1alpha1.ImageAnalysis {
	t.Helper()
	old := ia.UID
	if err := k8s.Delete(w.ctx, ia); err != nil {
		t.Fatal(err)
	}
	again := w.analysis(ia.Name, w.photo(t, 2), marked(2))
	w.create(t, again)
	if again.UID == old {
		t.Fatal("the object is the old one")
	}
	return again
}

func wantOwnResult(t *testing.T, w *world, ia *v1alpha1.ImageAnalysis, uid types.UID) {
	t.Helper()
	w.awaitReady(t, ia)
	w.quiesce(t)
	wantCalls(t, w, 2)
	w.ready(ia)
	if ia.UID != uid || ia.Status.BilledTotal != 1 {
		t.Errorf("object %s says it cost %d, want 1 of %s", ia.UID, ia.Status.BilledTotal, uid)
	}
	other := w.analysis("other", ia.Spec.Image, marked(2), func(s *v1alpha1.ImageAnalysisSpec) { s.RunPolicy.Reuse = v1alpha1.ReuseNever })
	w.create(t, other)
	w.awaitReady(t, other)
	if a, b := w.statusOf(t, ia), w.statusOf(t, other); !cmp.Equal(a, b) {
		t.Errorf("the object holds %v, another with the same spec %v", a, b)
	}
}

func recreatedDuringCall(t *testing.T) {
	t.Helper()
	w, _, ia, goOn := duringCall(t)
	again := remake(t, w, ia)
	goOn()
	wantOwnResult(t, w, again, again.UID)
}

func recreatedUnseen(t *testing.T) {
	t.Helper()
	w, o, ia, goOn := duringCall(t)
	o.wire.hold("imageanalyses")
	again := remake(t, w, ia)
	goOn()
	o.wire.drain("imageanalyses")
	wantOwnResult(t, w, again, again.UID)
}

func deletedDuringCall(t *testing.T) {
	t.Helper()
	w, o := connected(t, process{})
	gate := enginetest.NewGate()
	w.engine.Add(enginetest.Fault{Operation: enginetest.DarkEnhance, Gate: gate})
	job := w.job("koala", w.photo(t, 1))
	w.create(t, job)
	awaitHeld(t, gate, 1)
	if err := k8s.Delete(w.ctx, job); err != nil {
		t.Fatal(err)
	}
	w.pass(t)
	gate.Release()
	w.quiesce(t)
	wantCalls(t, w, 1)
	if n := len(w.payers(t)); n != 0 {
		t.Errorf("%d objects are left", n)
	}
	if outputs := w.stored(t); len(outputs) != 0 {
		t.Errorf("%v was stored for an object that is gone", outputs)
	}
	o.stop(t)
}

func suspendedDuringCall(t *testing.T) {
	t.Helper()
	w, _, ia, goOn := duringCall(t)
	suspend := func(on bool) func(*v1alpha1.ImageAnalysis) {
		return func(ia *v1alpha1.ImageAnalysis) { ia.Spec.RunPolicy.Suspend = on }
	}
	change(t, w, ia, suspend(true))
	w.pass(t)
	goOn()
	w.awaitReady(t, ia)
	change(t, w, ia, suspend(false))
	w.awaitReady(t, ia)
	w.quiesce(t)
	wantCalls(t, w, 1)
	wantBilled(t, w, 1, 0)
}

func rotatedUnseen(t *testing.T) {
	t.Helper()
	w := newWorld(t)
	account := w.engine.Account
	w.create(t, w.login("login", account, account.Password), w.connection("default", w.engine, byPassword("login")))
	o := w.run(t, process{})
	conn := &v1alpha1.Connection{ObjectMeta: w.meta("default")}
	w.awaitReady(t, conn)
	version := conn.Status.CredentialsVersion
	o.wire.hold("secrets")
	secret := &corev1.Secret{ObjectMeta: w.meta("login")}
	for _, password := range []string{"wrong", account.Password} {
		change(t, w, secret, func(s *corev1.Secret) { s.Data["password"] = []byte(password) })
	}
	o.wire.drain("secrets")
	eventually(t, func() string {
		if c := w.ready(conn); c.Reason != v1alpha1.ReasonSucceeded || conn.Status.CredentialsVersion == version {
			return "the connection does not know the last Secret: " + c.Reason
		}
		return ""
	})
	w.create(t, w.analysis("koala", w.page(t, 1)))
	w.awaitFinal(t)
	w.quiesce(t)
	wantCalls(t, w, 1)
	if logins := w.engine.Logins(); logins.Failed != 0 {
		t.Errorf("log-ins %+v, want none with the password that was never seen", logins)
	}
}
