package connection

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/flow"
	"github.com/ais-operator/ais-operator/internal/ledger"
)

// paying is an object that makes paid calls.
type paying interface {
	client.Object
	Ledger() (calls *[]v1alpha1.Call, billedTotal *int32)
}

// kindsOfObjects are lists of all kinds that make paid calls.
func kindsOfObjects() []client.ObjectList {
	return []client.ObjectList{&v1alpha1.ImageAnalysisList{}, &v1alpha1.EnhancementJobList{}}
}

// share makes the session available unless it is already: first to flow control, with all that an earlier process may have left behind, then to the
// objects. The lists come from caches that have synced, so no call is made before all kinds are known.
func (r *Reconciler) share(ctx context.Context, s *scope) error {
	opened, spec := s.opened, s.spec()
	if r.Registry.Get(s.ref) == opened {
		return nil
	}
	connection := flow.Connection{
		Name: s.ref.Key(), Endpoint: opened.Endpoint, Project: opened.ProjectID,
		Limits: map[string]flow.Limits{}, DefaultLimits: limitsOf(spec.Limits, ""),
		Used: r.usageOf(s.status().CallsToday),
	}
	if !s.renewed {
		connection.Gates = gatesOf(s.status())
	}
	if spec.Limits != nil {
		for _, o := range spec.Limits.Operations {
			connection.Limits[string(o.Operation)] = limitsOf(spec.Limits, o.Operation)
		}
	}
	if b := spec.Budget; b != nil {
		connection.Budget = flow.Budget{PerDay: int(b.CallsPerDay), PerDayPerNamespace: int(b.CallsPerDayPerNamespace)}
	}
	if err := r.takeStock(ctx, s, &connection); err != nil {
		return err
	}
	r.Flow.Open(connection)
	r.Registry.Put(opened)
	return nil
}

func limitsOf(l *v1alpha1.Limits, op v1alpha1.Operation) flow.Limits {
	of := l.For(op)
	return flow.Limits{Concurrency: int(of.Concurrency), RequestsPerSecond: int(of.RequestsPerSecond)}
}

// usageOf is what status knows of today's calls.
func (r *Reconciler) usageOf(status *v1alpha1.CallsToday) flow.Usage {
	usage := flow.Usage{Day: r.Now().UTC().Format(dayFormat), ByNamespace: map[string]int{}}
	if status != nil && status.Day == usage.Day {
		usage.Calls = int(status.Calls)
	}
	return usage
}

const dayFormat = "2006-01-02"

// takeStock adds what the ledgers know: today's calls, and claims of other processes, whose calls may still be in flight.
func (r *Reconciler) takeStock(ctx context.Context, s *scope, connection *flow.Connection) error {
	now, billed := r.Now(), 0
	for _, list := range kindsOfObjects() {
		if err := r.Client.List(ctx, list, append(s.ref.Users(), client.UnsafeDisableDeepCopy)...); err != nil {
			return fmt.Errorf("list the objects of a connection: %w", err)
		}
		_ = meta.EachListItem(list, func(item runtime.Object) error {
			obj, ok := item.(paying)
			if !ok {
				return nil
			}
			calls, _ := obj.Ledger()
			n := ledger.BilledOn(*calls, now, r.Holder)
			billed += n
			connection.Used.ByNamespace[obj.GetNamespace()] += n
			for i := range *calls {
				claim := (*calls)[i].Claim
				if claim == nil || claim.Holder == r.Holder || !now.Before(claim.Deadline.Add(ledger.Skew)) {
					continue
				}
				connection.Claims = append(connection.Claims, flow.Claim{
					Operation: string((*calls)[i].Operation), Until: claim.Deadline.Add(ledger.Skew),
				})
			}
			return nil
		})
	}
	connection.Used.Calls = max(connection.Used.Calls, billed)
	return nil
}

// withdraw ends the session of a connection that is gone or no longer Ready.
func (r *Reconciler) withdraw(s *scope) {
	r.Registry.Remove(s.ref)
	r.Flow.Remove(s.ref.Key())
}

// report writes down what flow control knows, so that a process that comes later knows it, too.
func (r *Reconciler) report(s *scope) {
	r.reportUsage(s)
	status := s.status()
	status.OperationGates = nil
	if status.Gate != nil && status.Gate.Reason != v1alpha1.GateInvalidCredentials {
		status.Gate = nil
	}
	for _, g := range r.Flow.Gates(s.ref.Key()) {
		reason, until := v1alpha1.GateReason(g.Reason), metav1.NewTime(g.Until)
		if g.Operation == "" {
			status.Gate = &v1alpha1.Gate{Reason: reason, Code: g.Code, Message: g.Message, Until: until}
			continue
		}
		status.OperationGates = append(status.OperationGates, v1alpha1.OperationGate{
			Operation: v1alpha1.Operation(g.Operation), Reason: reason, Code: g.Code, Message: g.Message, Until: until,
		})
	}
	slices.SortFunc(status.OperationGates, func(a, b v1alpha1.OperationGate) int {
		return slices.Compare([]byte(a.Operation), []byte(b.Operation))
	})
}

// reportUsage writes today's calls down. The count of an earlier day stands until there is one of today.
func (r *Reconciler) reportUsage(s *scope) {
	if usage := r.Flow.Usage(s.ref.Key()); usage.Calls > 0 {
		s.status().CallsToday = &v1alpha1.CallsToday{Day: usage.Day, Calls: int32(min(usage.Calls, 1<<31-1))}
	}
}

// gatesOf are the gates that status knows, those of flow control alone.
func gatesOf(status *v1alpha1.ConnectionStatus) []flow.Gate {
	var gates []flow.Gate
	if g := status.Gate; g != nil && g.Reason != v1alpha1.GateInvalidCredentials {
		gates = append(gates, flow.Gate{Reason: flow.GateReason(g.Reason), Code: g.Code, Message: g.Message, Until: g.Until.Time})
	}
	for _, g := range status.OperationGates {
		gates = append(gates, flow.Gate{
			Operation: string(g.Operation), Reason: flow.GateReason(g.Reason), Code: g.Code, Message: g.Message, Until: g.Until.Time,
		})
	}
	return gates
}
