package faults_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/enginetest"
)

// steps is the number of changes in a walk.
const steps = 3

// TestR9Walk generates specs from the schemas and has objects walk through them. What is called must be what the spec says, a spec that is refused must cost
// nothing, an object that has walked must say what a new one with the same spec says, and a bad spec must leave nothing behind.
func TestR9Walk(t *testing.T) {
	t.Parallel()
	took := stopwatch()
	s := *seed
	if s == 0 {
		s = rand.Uint64()
	}
	w := newWorld(t)
	w.connect(t)
	asked := &questions{by: map[string]map[string]any{}}
	w.asked = asked.note
	w.run(t, process{log: logFile(t)})
	w.awaitReady(t, &v1alpha1.Connection{ObjectMeta: w.meta("default")})
	photo := w.photo(t, 1)
	walks := scale(48, 200)
	var refused, compared, called counter
	kinds := []walkingKind{
		{"ImageAnalysis", mutationsOf(t, "ais-operator.io_imageanalyses.yaml"), specOf(t, w.analysis("", photo).Spec), func() payer { return &v1alpha1.ImageAnalysis{} }},
		{"EnhancementJob", mutationsOf(t, "ais-operator.io_enhancementjobs.yaml"), specOf(t, w.job("", photo).Spec), func() payer { return &v1alpha1.EnhancementJob{} }},
	}
	t.Cleanup(func() {
		report(t, "seed %d: %d walks of %d steps, %d specs refused, %d ends compared, %d calls, in %s",
			s, walks, steps, refused.value(), compared.value(), called.value(), took())
	})
	t.Run("walks", func(t *testing.T) {
		for i := range walks {
			k := kinds[i%len(kinds)]
			wk := &walker{w: w, k: k, name: fmt.Sprintf("walker-%d", i), random: rand.New(rand.NewPCG(s, uint64(i))), asked: asked, refused: &refused, compared: &compared}
			t.Run(fmt.Sprintf("%s %d", k.name, i), func(t *testing.T) {
				t.Parallel()
				wk.walk(t)
			})
		}
	})
	w.quiesce(t)
	w.checkBills(t)
	called.add(len(w.engine.Calls()))
}

// questions remember what the calls asked for, by attempt.
type questions struct {
	mu sync.Mutex
	by map[string]map[string]any
}

func (q *questions) note(attempt string, _ enginetest.Operation, parameters map[string]any) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.by[attempt] = parameters
}

func specOf(t *testing.T, spec any) map[string]any {
	t.Helper()
	text, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	return tree
}

type walkingKind struct {
	name      string
	mutations []mutation
	base      map[string]any
	empty     func() payer
}

// walker is one object on its walk.
type walker struct {
	w                 *world
	k                 walkingKind
	name              string
	random            *rand.Rand
	asked             *questions
	refused, compared *counter

	path []string
}

func (wk *walker) walk(t *testing.T) {
	t.Helper()
	spec := wk.base()
	if err := wk.apply(wk.name, spec); err != nil {
		t.Fatalf("the base spec is refused: %v", err)
	}
	wk.settle(t, wk.name)
	for range steps {
		m := wk.k.mutations[wk.random.IntN(len(wk.k.mutations))]
		wk.path = append(wk.path, m.String())
		next := m.apply(spec)
		before := wk.calls(wk.name)
		if err := wk.apply(wk.name, next); err != nil {
			if !apierrors.IsInvalid(err) && !apierrors.IsBadRequest(err) {
				t.Fatalf("%v: %v", wk.path, err)
			}
			wk.refused.add(1)
			if n := wk.calls(wk.name); n != before {
				t.Errorf("%v: %d calls were made for a spec that was refused", wk.path, n-before)
			}
			continue
		}
		spec = next
		obj := wk.settle(t, wk.name)
		wk.checkQuestion(t, obj)
	}
	wk.comparePaths(t, spec)
	// A bad spec leaves nothing behind: the base spec works again.
	if err := wk.apply(wk.name, wk.base()); err != nil {
		t.Fatalf("%v: the base spec is refused afterwards: %v", wk.path, err)
	}
	if obj := wk.settle(t, wk.name); readyOf(obj).Status != "True" {
		t.Errorf("%v: with the base spec again it says %s: %s", wk.path, readyOf(obj).Reason, readyOf(obj).Message)
	}
}

// base is a spec whose result is its own: nothing is reused.
func (wk *walker) base() map[string]any {
	spec := copyTree(wk.k.base).(map[string]any)
	return mutation{[]string{"runPolicy", "reuse"}, "Never"}.apply(spec)
}

// apply creates the object, or gives it a spec in place of the one that it has.
func (wk *walker) apply(name string, spec map[string]any) error {
	obj := &unstructured.Unstructured{Object: map[string]any{"spec": copyTree(spec)}}
	obj.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(wk.k.name))
	obj.SetNamespace(wk.w.namespaces[0])
	obj.SetName(name)
	there := &unstructured.Unstructured{}
	there.SetGroupVersionKind(obj.GroupVersionKind())
	for {
		err := k8s.Get(wk.w.ctx, client.ObjectKeyFromObject(obj), there)
		if apierrors.IsNotFound(err) {
			return k8s.Create(wk.w.ctx, obj)
		}
		if err != nil {
			return err
		}
		obj.SetResourceVersion(there.GetResourceVersion())
		if err := k8s.Update(wk.w.ctx, obj); !apierrors.IsConflict(err) {
			return err
		}
	}
}

// settle waits until the object says something lasting about its present spec.
func (wk *walker) settle(t *testing.T, name string) payer {
	t.Helper()
	obj := wk.k.empty()
	obj.SetNamespace(wk.w.namespaces[0])
	obj.SetName(name)
	eventually(t, func() string {
		c := wk.w.ready(obj)
		if c.Reason == "" || c.Reason == v1alpha1.ReasonProgressing {
			return fmt.Sprintf("%v: it says %s: %s", wk.path, c.Reason, c.Message)
		}
		return ""
	})
	return obj
}

func (wk *walker) calls(name string) int { return wk.w.callsByObject()[name] }

// checkQuestion holds what the last call of each operation asked for against the spec.
func (wk *walker) checkQuestion(t *testing.T, obj payer) {
	t.Helper()
	if readyOf(obj).Status != "True" {
		return
	}
	last := map[string]map[string]any{}
	owners := wk.w.owners()
	for _, c := range wk.w.engine.Calls() {
		if owners[c.AttemptID] == wk.name {
			wk.asked.mu.Lock()
			last[string(remotes[c.Operation])] = wk.asked.by[c.AttemptID]
			wk.asked.mu.Unlock()
		}
	}
	for op, want := range questionsOf(obj) {
		if entry := entryOf(obj, v1alpha1.Operation(op)); entry != nil && entry.ReusedFrom != "" {
			continue // Another object asked.
		}
		if diff := cmp.Diff(want, last[op]); diff != "" {
			t.Errorf("%v: the last %s asked for something else than the spec (-spec +call):\n%s", wk.path, op, diff)
		}
	}
}

// comparePaths creates an object with the spec in which the walk ended: it must come to the same.
func (wk *walker) comparePaths(t *testing.T, spec map[string]any) {
	t.Helper()
	base := wk.base()
	for _, field := range []string{"connectionRef", "delivery", "runPolicy", "output"} {
		if !cmp.Equal(spec[field], base[field]) {
			return // These start no run: what an object says of an earlier one stays. And two jobs cannot have one output.
		}
	}
	wk.compared.add(1)
	fresh := wk.name + "-fresh"
	if err := wk.apply(fresh, spec); err != nil {
		t.Fatalf("%v: the spec is refused for a new object: %v", wk.path, err)
	}
	walked, made := wk.settle(t, wk.name), wk.settle(t, fresh)
	a, b := comparable(wk.w.statusOf(t, walked)), comparable(wk.w.statusOf(t, made))
	if diff := cmp.Diff(b, a); diff != "" {
		t.Errorf("%v: having walked it says something else than a new one (-new +walked):\n%s", wk.path, diff)
	}
}

// comparable leaves out what tells how a status was reached: generations, older operations, and where a job's output is, which has the job's name.
func comparable(status any) any {
	tree, ok := status.(map[string]any)
	if !ok {
		return status
	}
	delete(tree, "observedGeneration")
	delete(tree, "calls")
	if output, ok := tree["output"].(map[string]any); ok {
		delete(output, "key")
		delete(output, "url")
	}
	for _, c := range tree["conditions"].([]any) {
		if condition, ok := c.(map[string]any); ok {
			delete(condition, "observedGeneration")
		}
	}
	return tree
}
