package attempt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/ledger"
	"github.com/ais-operator/ais-operator/internal/outcome"
)

// maxUnstored bounds the answers that are kept in memory because the storage does not take them, and [Runner.UnstoredBytes] what they take. Beyond it no
// further call is made.
const maxUnstored = 16

// writeTimeout bounds the write of a claim or a record, also while the operator is shutting down.
const writeTimeout = 30 * time.Second

// errLate vetoes a call whose deadline has passed before it was sent.
var errLate = errors.New("the deadline of the attempt passed before the call was sent")

// Step is one operation of an object, ready to be called.
type Step[T Object] struct {
	Run ledger.Run
	// Timeout bounds the attempt.
	Timeout time.Duration
	// Call makes the paid call. It is called at most once for a claim.
	Call func(context.Context, ais.Call) (Answer[T], error)
	// Answered, if set, is told how the call ended as soon as the answer is kept. It is not told of a call that was never sent.
	Answered func(error)
}

// Answer is a paid result on its way into status.
type Answer[T Object] struct {
	// Bytes is what the result takes in memory until it is stored; 0 without Store.
	Bytes int64
	// Store puts the result where it is too big for status. It is repeated until it succeeds, and may be nil.
	Store func(context.Context) error
	// Apply writes the result into the object's status.
	Apply func(T)
}

// record is an answer, or the lack of one, that is not in status yet.
type record[T Object] struct {
	key     key
	claimID string
	// claimedAt is the resourceVersion that the write of the claim gave the object.
	claimedAt string
	run       ledger.Run
	answer    *Answer[T]
	failure   *ledger.Failure
	at        time.Time
}

// isNewerThan tells whether obj was read before the claim of the record was written, from a cache that lags behind.
func (rec *record[T]) isNewerThan(obj T) bool {
	order, err := resourceversion.CompareResourceVersion(rec.claimedAt, obj.GetResourceVersion())
	return err == nil && order > 0
}

// key names one operation of one object; an object that was created again under the same name is another one.
type key struct {
	name types.NamespacedName
	uid  types.UID
	op   v1alpha1.Operation
}

func keyOf(obj client.Object, op v1alpha1.Operation) key {
	return key{client.ObjectKeyFromObject(obj), obj.GetUID(), op}
}

// Runner makes the calls of one kind of object.
type Runner[T Object] struct {
	// Client reads from the cache and writes status.
	Client client.Client
	// Recorder announces transitions.
	Recorder events.EventRecorder
	// Holder names this process in claims.
	Holder string
	// Now is the clock.
	Now func() time.Time
	// NewID returns an identifier that is unique for ever.
	NewID func() string
	// Jitter spreads delays.
	Jitter ledger.Jitter
	// UnstoredBytes is how much memory answers may take that wait to be stored, before no further call is made.
	UnstoredBytes int64
	// Metrics may be nil.
	Metrics *Metrics
	// KeepsResults tells that a result may be stored although its record is lost. A run whose answer was lost then ends with GiveUp, after the result
	// was looked for; else it ends as soon as no attempt follows.
	KeepsResults bool

	mu      sync.Mutex
	records map[key]*record[T]
	// unsent holds the IDs of claims that may be in status although their calls were never made: the write of the claim, or the one that takes it
	// back, failed without saying whether it was carried out.
	unsent map[key]string
}

// Decide says what may be done next for a run.
func (r *Runner[T]) Decide(s *Scope[T], run ledger.Run) ledger.Decision {
	now := r.Now()
	entry := s.entry(run.Operation)
	if r.neverSent(s, entry) {
		return ledger.Decision{Next: ledger.Attempt}
	}
	decision := ledger.Decide(entry, run.SpecHash, s.Object.Policy(), now)
	if decision.Next == ledger.Settle {
		s.put(ledger.SettleExpired(*entry))
		decision = ledger.Decide(s.entry(run.Operation), run.SpecHash, s.Object.Policy(), now)
	}
	if decision.Next == ledger.Stop && !r.KeepsResults {
		r.GiveUp(s, run)
	}
	return decision
}

// Outcome is what a decision means for the object when no call follows it in this reconcile; Continue for Done.
func (r *Runner[T]) Outcome(d ledger.Decision, op v1alpha1.Operation) outcome.Outcome {
	switch d.Next {
	case ledger.Done:
		return outcome.Continue()
	case ledger.Stop:
		return outcome.Stop(d.Reason, d.Message)
	case ledger.Wait:
		return outcome.Wait(d.Reason, d.Message, d.At.Sub(r.Now()))
	default:
		return outcome.Wait(cmp.Or(d.Reason, v1alpha1.ReasonProgressing), cmp.Or(d.Message, string(op)+" is due"), outcome.ConflictDelay)
	}
}

// Adopt ends a run with a result that was found without a call.
func (r *Runner[T]) Adopt(s *Scope[T], run ledger.Run) {
	s.put(ledger.Adopt(s.entry(run.Operation), run, r.Now()))
}

// GiveUp ends a run whose answer was lost, after nothing was found of it.
func (r *Runner[T]) GiveUp(s *Scope[T], run ledger.Run) {
	if s.IsLost(run) {
		s.entry(run.Operation).FinishedTime = &metav1.Time{Time: r.Now()}
	}
}

// Attempt claims, calls and takes the answer over into status, which Finish writes. The caller has seen Decide say that it may.
func (r *Runner[T]) Attempt(ctx context.Context, s *Scope[T], step Step[T]) outcome.Outcome {
	if n, bytes := r.unstored(); n >= maxUnstored || n > 0 && bytes >= r.UnstoredBytes {
		return outcome.Wait(v1alpha1.ReasonTransientError, "earlier pictures wait to be stored; no call is made until the object storage takes them", storeDelay)
	}
	k, before := keyOf(s.Object, step.Run.Operation), s.entry(step.Run.Operation).DeepCopy()
	claim := r.newClaim(k, step.Timeout)
	if err := r.claim(ctx, s, step.Run, claim); err != nil {
		return outcome.Retry(fmt.Errorf("claim: %w", err))
	}
	answer, err := r.call(ctx, step, claim)
	if errors.Is(err, errLate) {
		r.setUnsent(k, claim.ID) // The claim stays in status if the write that takes it back fails.
		r.release(s, step.Run.Operation, before)
		return outcome.Retry(err)
	}
	rec := &record[T]{key: k, claimID: claim.ID, claimedAt: s.Object.GetResourceVersion(), run: step.Run, at: r.Now()}
	if err != nil {
		rec.failure = failureOf(err)
	} else {
		rec.answer = &answer
	}
	r.keep(rec)
	if step.Answered != nil {
		step.Answered(err)
	}
	return r.apply(ctx, s, rec, step.Run.SpecHash)
}

// Recover takes over the answers that an earlier reconcile could not write. current tells the specHash that an operation has now, or "".
func (r *Runner[T]) Recover(ctx context.Context, s *Scope[T], current func(v1alpha1.Operation) string) outcome.Outcome {
	for _, rec := range r.kept(s.Object) {
		if o := r.apply(ctx, s, rec, current(rec.key.op)); !o.IsContinue() {
			return o
		}
	}
	return outcome.Continue()
}

// Finish ends a reconcile: it sets the conditions and writes status, in one write and only if anything changed. Answers that are in status then are
// forgotten; after an error they are taken over again by the next reconcile.
func (r *Runner[T]) Finish(ctx context.Context, s *Scope[T], o outcome.Outcome) (ctrl.Result, error) {
	result, announce := outcome.Apply(s.Object, o, r.Recorder)
	switch err := r.save(ctx, s); {
	case apierrors.IsConflict(err), apierrors.IsConflict(o.Err()):
		return ctrl.Result{RequeueAfter: outcome.ConflictDelay}, nil
	case err != nil:
		return ctrl.Result{}, err
	}
	announce()
	return result, o.Err()
}

// save writes status, also while the operator is shutting down. An object that is gone has no status to write.
func (r *Runner[T]) save(ctx context.Context, s *Scope[T]) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	if err := s.write(ctx, r.Client.Status()); err != nil && !apierrors.IsNotFound(err) {
		return err
	}
	r.Metrics.count(s.costs)
	s.costs = nil
	for _, rec := range s.applied {
		r.forget(rec)
	}
	s.applied = nil
	return nil
}

func (r *Runner[T]) newClaim(k key, timeout time.Duration) v1alpha1.Claim {
	now := r.Now()
	return v1alpha1.Claim{
		ID: r.nextID(k), Holder: r.Holder,
		StartTime: metav1.NewMicroTime(now), Deadline: metav1.NewMicroTime(now.Add(timeout)),
	}
}

// claim announces the attempt. A conflict means that the object is not what was read: no call.
func (r *Runner[T]) claim(ctx context.Context, s *Scope[T], run ledger.Run, claim v1alpha1.Claim) error {
	k := keyOf(s.Object, run.Operation)
	s.put(ledger.Claim(s.entry(run.Operation), run, claim))
	outcome.Progress(s.Object, string(run.Operation)+" is being called")
	if !writeClaims {
		return nil
	}
	r.setUnsent(k, claim.ID)
	if err := s.write(ctx, r.Client.Status()); err != nil {
		s.reset()
		return err
	}
	r.setUnsent(k, "")
	return nil
}

// call makes the call. A shutdown does not cancel it: it is paid.
func (r *Runner[T]) call(ctx context.Context, step Step[T], claim v1alpha1.Claim) (Answer[T], error) {
	left := claim.Deadline.Sub(r.Now())
	started := time.Now() //nolint:forbidigo // The monotonic clock beside the wall clock: a step of the wall clock must not lengthen a claim.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), left)
	defer cancel()
	answer, err := step.Call(ctx, ais.Call{AttemptID: claim.ID, BeforeSend: func() error {
		if time.Since(started) >= left || !r.Now().Before(claim.Deadline.Time) {
			return errLate
		}
		return nil
	}})
	r.Metrics.observe(step.Run.Operation, time.Since(started), err)
	return answer, err
}

// release takes back a claim whose call was never sent.
func (r *Runner[T]) release(s *Scope[T], op v1alpha1.Operation, before *v1alpha1.Call) {
	calls, _ := s.Object.Ledger()
	for i := range *calls {
		if (*calls)[i].Operation != op {
			continue
		}
		if before == nil {
			*calls = append((*calls)[:i], (*calls)[i+1:]...)
		} else {
			(*calls)[i] = *before
		}
		return
	}
}

// apply takes an answer over into status, if the object still holds the claim that it belongs to. current is the specHash that the spec has now.
func (r *Runner[T]) apply(ctx context.Context, s *Scope[T], rec *record[T], current string) outcome.Outcome {
	entry := s.entry(rec.key.op)
	if entry == nil || entry.Claim == nil || entry.Claim.ID != rec.claimID {
		if rec.isNewerThan(s.Object) {
			return outcome.Hold(outcome.ConflictDelay)
		}
		// Another process settled the claim after its deadline: the cost is in the ledger, and its decision holds.
		r.forget(rec)
		return outcome.Continue()
	}
	wanted := rec.run.SpecHash == current && s.Object.GetDeletionTimestamp().IsZero()
	if wanted {
		if o := r.deliver(ctx, s, rec); !o.IsContinue() {
			return o
		}
	}
	if rec.failure != nil {
		s.put(ledger.RecordError(*entry, *rec.failure, s.Object.Policy(), rec.at, r.Jitter))
	} else {
		s.put(ledger.RecordSuccess(*entry, rec.at))
		if wanted {
			rec.answer.Apply(s.Object)
		}
	}
	s.applied = append(s.applied, rec)
	return outcome.Continue()
}
