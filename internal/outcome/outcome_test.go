package outcome_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/outcome"
)

// generation of the objects in these tests.
const generation = 7

// untouched is an object that no controller has seen.
func untouched() *v1alpha1.ImageAnalysis {
	return &v1alpha1.ImageAnalysis{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "koala", Generation: generation},
		Status:     v1alpha1.ImageAnalysisStatus{ObservedGeneration: -1},
	}
}

// after is an object to which outcomes were applied, the last of them with the present generation.
func after(outcomes ...outcome.Outcome) *v1alpha1.ImageAnalysis {
	obj := untouched()
	for _, o := range outcomes {
		outcome.Apply(obj, o, events.NewFakeRecorder(1))
	}
	return obj
}

// condition as it is to be found after an outcome.
func condition(kind string, status metav1.ConditionStatus, reason, message string) metav1.Condition {
	return metav1.Condition{Type: kind, Status: status, Reason: reason, Message: message, ObservedGeneration: generation}
}

var ignoreTime = cmpopts.IgnoreFields(metav1.Condition{}, "LastTransitionTime")

var (
	done  = outcome.Done("koala, tree")
	wait  = outcome.Wait(v1alpha1.ReasonWaiting, "no picture yet", time.Minute)
	stop  = outcome.Stop(v1alpha1.ReasonRejected, "not a picture")
	retry = outcome.Retry(errors.New("etcd is down"))
	hold  = outcome.Hold(time.Second)
)

// Ready is always there; Reconciling and Stalled are there only while they are True. From this alone kstatus reads Current, InProgress and Failed.
var (
	current    = []metav1.Condition{condition("Ready", "True", "Succeeded", "koala, tree")}
	inProgress = []metav1.Condition{
		condition("Ready", "False", "Waiting", "no picture yet"), condition("Reconciling", "True", "Waiting", "no picture yet"),
	}
	failed = []metav1.Condition{
		condition("Ready", "False", "Rejected", "not a picture"), condition("Stalled", "True", "Rejected", "not a picture"),
	}
)

func TestApplySetsConditions(t *testing.T) {
	tests := []struct {
		name   string
		before []outcome.Outcome
		apply  outcome.Outcome

		want       []metav1.Condition
		wantSeen   int64 // observedGeneration
		wantResult ctrl.Result
	}{
		{"Done is Current", nil, done, current, generation, ctrl.Result{}},
		{"Wait is InProgress and comes back", nil, wait, inProgress, generation, ctrl.Result{RequeueAfter: time.Minute}},
		{"Wait without a delay is woken by a watch", nil, outcome.Wait("Waiting", "no picture yet", 0), inProgress, generation, ctrl.Result{}},
		{"Stop is Failed and does not come back", nil, stop, failed, generation, ctrl.Result{}},
		{"Done after Wait leaves nothing behind", []outcome.Outcome{wait}, done, current, generation, ctrl.Result{}},
		{"Done after Stop leaves nothing behind", []outcome.Outcome{stop}, done, current, generation, ctrl.Result{}},
		{"Stop after Wait leaves nothing behind", []outcome.Outcome{wait}, stop, failed, generation, ctrl.Result{}},
		{"Wait after Stop leaves nothing behind", []outcome.Outcome{stop}, wait, inProgress, generation, ctrl.Result{RequeueAfter: time.Minute}},
		{"Wait after Done leaves nothing behind", []outcome.Outcome{done}, wait, inProgress, generation, ctrl.Result{RequeueAfter: time.Minute}},
		{"Continue says nothing", nil, outcome.Continue(), nil, -1, ctrl.Result{}},
		{"the zero value is Continue", []outcome.Outcome{done}, outcome.Outcome{}, current, generation, ctrl.Result{}},
		{"Retry says nothing; the work queue has its own delay", nil, retry, nil, -1, ctrl.Result{}},
		{"Retry leaves what was said", []outcome.Outcome{stop}, retry, failed, generation, ctrl.Result{}},
		{"Hold says nothing and comes back", nil, hold, nil, -1, ctrl.Result{RequeueAfter: time.Second}},
		{"Hold leaves what was said", []outcome.Outcome{wait}, hold, inProgress, generation, ctrl.Result{RequeueAfter: time.Second}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			obj := after(tt.before...)
			result, _ := outcome.Apply(obj, tt.apply, events.NewFakeRecorder(1))
			if diff := cmp.Diff(tt.want, []metav1.Condition(obj.Status.Conditions), ignoreTime); diff != "" {
				t.Errorf("conditions (-want +got):\n%s", diff)
			}
			if obj.Status.ObservedGeneration != tt.wantSeen {
				t.Errorf("observedGeneration %d, want %d", obj.Status.ObservedGeneration, tt.wantSeen)
			}
			if result != tt.wantResult {
				t.Errorf("result %+v, want %+v", result, tt.wantResult)
			}
		})
	}
}

func TestApplyKeepsTheTimeOfTheLastTransition(t *testing.T) {
	long := metav1.NewTime(time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC))
	obj := after(wait)
	for i := range obj.Status.Conditions {
		obj.Status.Conditions[i].LastTransitionTime = long
	}
	before := obj.DeepCopy()
	outcome.Apply(obj, wait, events.NewFakeRecorder(1))
	if diff := cmp.Diff(before, obj); diff != "" {
		t.Errorf("the same outcome again changed the object (-before +after):\n%s", diff)
	}
	outcome.Apply(obj, outcome.Wait(v1alpha1.ReasonThrottled, "slow", 0), events.NewFakeRecorder(1))
	if got := obj.Status.Conditions[0].LastTransitionTime; got != long {
		t.Errorf("Ready stayed False, but its time went from %v to %v", long, got)
	}
}

func TestApplyAnnouncesTransitions(t *testing.T) {
	throttled := outcome.Wait(v1alpha1.ReasonThrottled, "slow down", 0)
	progressing := outcome.Wait(v1alpha1.ReasonProgressing, "being called", 0)
	tests := []struct {
		name   string
		before []outcome.Outcome
		apply  outcome.Outcome
		want   string // the event, or none
	}{
		{"success is normal", nil, done, "Normal Succeeded koala, tree"},
		{"waiting for something is normal", nil, wait, "Normal Waiting no picture yet"},
		{"progress is normal", nil, progressing, "Normal Progressing being called"},
		{"any other wait is a warning", nil, throttled, "Warning Throttled slow down"},
		{"a stop is a warning", nil, stop, "Warning Rejected not a picture"},
		{"the same again is silent", []outcome.Outcome{throttled}, throttled, ""},
		{"the same success again is silent", []outcome.Outcome{done}, done, ""},
		{"another reason is told", []outcome.Outcome{wait}, throttled, "Warning Throttled slow down"},
		{"another reason is told with the same message", []outcome.Outcome{throttled}, outcome.Wait(v1alpha1.ReasonWaiting, "slow down", 0), "Normal Waiting slow down"},
		{"another message is told", []outcome.Outcome{stop}, outcome.Stop(v1alpha1.ReasonRejected, "too big"), "Warning Rejected too big"},
		{"Continue is silent", []outcome.Outcome{wait}, outcome.Continue(), ""},
		{"Retry is silent", []outcome.Outcome{wait}, retry, ""},
		{"Hold is silent", []outcome.Outcome{wait}, hold, ""},
		{"a message is no format", nil, outcome.Stop(v1alpha1.ReasonRejected, "100% wrong %s"), "Warning Rejected 100% wrong %s"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			obj, recorder := after(tt.before...), events.NewFakeRecorder(2)
			_, announce := outcome.Apply(obj, tt.apply, recorder)
			if len(recorder.Events) > 0 {
				t.Errorf("told before status was written: %s", <-recorder.Events)
			}
			announce()
			close(recorder.Events)
			var got string
			for event := range recorder.Events {
				got += event
			}
			if got != tt.want {
				t.Errorf("event %q, want %q", got, tt.want)
			}
		})
	}
}

func TestApplyShortensMessages(t *testing.T) {
	tests := []struct {
		name, message, want string
	}{
		{"what fits stays", strings.Repeat("a", 1000), strings.Repeat("a", 1000)},
		{"what does not fit is cut", strings.Repeat("a", 1001), strings.Repeat("a", 1000) + "…"},
		{"a character of three bytes is not cut in two", "a" + strings.Repeat("考", 400), "a" + strings.Repeat("考", 333) + "…"},
		{"a character of four bytes is not cut in two", "ab" + strings.Repeat("🐨", 400), "ab" + strings.Repeat("🐨", 249) + "…"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			recorder := events.NewFakeRecorder(2)
			obj := untouched()
			_, announce := outcome.Apply(obj, outcome.Stop(v1alpha1.ReasonRejected, tt.message), recorder)
			announce()
			if diff := cmp.Diff(tt.want, obj.Status.Conditions[0].Message); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff("Warning Rejected "+tt.want, <-recorder.Events); diff != "" {
				t.Errorf("event (-want +got):\n%s", diff)
			}
			if len(tt.want) > 1024 || !utf8.ValidString(tt.want) {
				t.Errorf("an event does not take %d bytes", len(tt.want))
			}
			_, announce = outcome.Apply(obj, outcome.Stop(v1alpha1.ReasonRejected, tt.message), recorder)
			announce()
			if len(recorder.Events) > 0 {
				t.Error("the same message was told twice")
			}
		})
	}
}

func TestProgress(t *testing.T) {
	obj := after(stop)
	outcome.Progress(obj, "Defog is being called")
	want := []metav1.Condition{
		condition("Ready", "False", "Progressing", "Defog is being called"), condition("Reconciling", "True", "Progressing", "Defog is being called"),
	}
	if diff := cmp.Diff(want, []metav1.Condition(obj.Status.Conditions), ignoreTime); diff != "" {
		t.Errorf("conditions (-want +got):\n%s", diff)
	}
	if obj.Status.ObservedGeneration != generation {
		t.Errorf("observedGeneration %d, want %d", obj.Status.ObservedGeneration, generation)
	}
}

func TestIsSettledAndIsOpen(t *testing.T) {
	changed := func(obj *v1alpha1.ImageAnalysis) *v1alpha1.ImageAnalysis {
		obj.Generation++
		return obj
	}
	tests := []struct {
		name              string
		obj               *v1alpha1.ImageAnalysis
		wantSettled, open bool
	}{
		{"an untouched object is open", untouched(), false, true},
		{"one that waits is open", after(wait), false, true},
		{"one that succeeded is neither", after(done), false, false},
		{"one that stopped is settled", after(stop), true, false},
		{"one that succeeded for an older spec is open", changed(after(done)), false, true},
		{"one that stopped for an older spec is open", changed(after(stop)), false, true},
		{"one that waits for an older spec is open", changed(after(wait)), false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := outcome.IsSettled(tt.obj); got != tt.wantSettled {
				t.Errorf("IsSettled %t, want %t", got, tt.wantSettled)
			}
			if got := outcome.IsOpen(tt.obj); got != tt.open {
				t.Errorf("IsOpen %t, want %t", got, tt.open)
			}
		})
	}
}

func TestOutcomeTellsItsKind(t *testing.T) {
	for name, o := range map[string]outcome.Outcome{"Done": done, "Wait": wait, "Stop": stop, "Retry": retry, "Hold": hold} {
		if o.IsContinue() {
			t.Errorf("%s goes on", name)
		}
		if (o.Err() != nil) != (name == "Retry") {
			t.Errorf("%s has the error %v", name, o.Err())
		}
	}
	if !outcome.Continue().IsContinue() || outcome.Continue().Err() != nil {
		t.Error("Continue does not go on")
	}
}
