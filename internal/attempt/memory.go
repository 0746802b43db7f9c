package attempt

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// keep remembers an answer until it is in status.
func (r *Runner[T]) keep(rec *record[T]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.records == nil {
		r.records = map[key]*record[T]{}
	}
	r.records[rec.key] = rec
}

func (r *Runner[T]) forget(rec *record[T]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.records[rec.key] == rec {
		delete(r.records, rec.key)
	}
}

// kept returns the answers of one object that are not known to be in status, in the order of their calls. What is kept for an object that had its
// name before is dropped: nobody asks for it any more.
func (r *Runner[T]) kept(obj T) []*record[T] {
	r.mu.Lock()
	defer r.mu.Unlock()
	name, uid := client.ObjectKeyFromObject(obj), obj.GetUID()
	maps.DeleteFunc(r.records, func(k key, _ *record[T]) bool { return k.name == name && k.uid != uid })
	maps.DeleteFunc(r.unsent, func(k key, _ string) bool { return k.name == name && k.uid != uid })
	var found []*record[T]
	for k, rec := range r.records {
		if k.name == name {
			found = append(found, rec)
		}
	}
	slices.SortFunc(found, func(a, b *record[T]) int { return a.at.Compare(b.at) })
	return found
}

// Forget drops what is kept for an object that is gone, and for any that had its name before.
func (r *Runner[T]) Forget(name types.NamespacedName) {
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.DeleteFunc(r.records, func(k key, _ *record[T]) bool { return k.name == name })
	maps.DeleteFunc(r.unsent, func(k key, _ string) bool { return k.name == name })
}

// IsKept tells whether an answer of the object is not in status yet.
func (r *Runner[T]) IsKept(obj T) bool { return len(r.kept(obj)) > 0 }

// IsUnstored tells whether an answer of the object waits for the storage. To store it may take long.
func (r *Runner[T]) IsUnstored(obj T) bool {
	return slices.ContainsFunc(r.kept(obj), func(rec *record[T]) bool { return rec.answer != nil && rec.answer.Store != nil })
}

// unstored counts the answers that the storage has not taken, and what they take in memory.
func (r *Runner[T]) unstored() (n int, bytes int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, rec := range r.records {
		if rec.answer != nil && rec.answer.Store != nil {
			n++
			bytes += rec.answer.Bytes
		}
	}
	return n, bytes
}

func (r *Runner[T]) setUnsent(k key, claimID string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.unsent == nil {
		r.unsent = map[key]string{}
	}
	if claimID == "" {
		delete(r.unsent, k)
		return
	}
	r.unsent[k] = claimID
}

// nextID returns the ID of the next attempt. It is that of an unsent claim where there is one, so that all its writes that may have been carried out
// are known by one name.
func (r *Runner[T]) nextID(k key) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if id := r.unsent[k]; id != "" {
		return id
	}
	return r.NewID()
}

// neverSent tells whether the entry's claim is one of this process whose call was never made.
func (r *Runner[T]) neverSent(s *Scope[T], entry *v1alpha1.Call) bool {
	if entry == nil || entry.Claim == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.unsent[keyOf(s.Object, entry.Operation)] == entry.Claim.ID
}
