package enhancementjob

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/types"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/imaging"
	"github.com/ais-operator/ais-operator/internal/intake"
	"github.com/ais-operator/ais-operator/internal/ledger"
	"github.com/ais-operator/ais-operator/internal/obs"
	"github.com/ais-operator/ais-operator/internal/outcome"
)

// Metadata that says for whom an output was written. It is what allows the same job to find and to overwrite it, and nobody else.
const (
	metaNamespace = "ais-namespace"
	metaName      = "ais-name"
	metaUID       = "ais-uid"
	metaInputHash = "ais-input-hash"
)

// headerBytes is how much of a stored picture is kept in memory to find out what it is: more than stands before the size in any format's header.
const headerBytes = 1 << 20

// keyDigits is how much of the input hash is part of a default key.
const keyDigits = 12

// place is where an output goes, and for whom.
type place struct {
	bucket, key string
	owner       types.NamespacedName
	uid         types.UID
}

// placeOf tells where the output of an input goes. A changed input has another default key, so that it does not overwrite what others may refer to.
func placeOf(ej *v1alpha1.EnhancementJob, inputHash string) place {
	out := ej.Spec.Output.OBS
	key := out.Key
	if key == "" {
		key = fmt.Sprintf("%s/%s-%.*s", ej.Namespace, ej.Name, keyDigits, inputHash)
	}
	return place{bucket: out.Bucket, key: key, owner: types.NamespacedName{Namespace: ej.Namespace, Name: ej.Name}, uid: ej.UID}
}

// inPlace tells whether the output of a finished job is where the spec wants it.
func inPlace(ej *v1alpha1.EnhancementJob) bool {
	out := ej.Status.Output
	if out == nil {
		return false
	}
	want := placeOf(ej, inputHashOf(ej))
	return out.Bucket == want.bucket && out.Key == want.key
}

func inputHashOf(ej *v1alpha1.EnhancementJob) string {
	op := operationOf(ej).run.Operation
	for _, c := range ej.Status.Calls {
		if c.Operation == op {
			return c.InputHash
		}
	}
	return ""
}

// move copies the output of a finished job to where the spec wants it now. Only when it is gone from where it was is it made again.
func (r *Reconciler) move(ctx context.Context, s *scope) outcome.Outcome {
	old := s.Object.Status.Output
	if s.decision.Next != ledger.Done || old == nil {
		return outcome.Continue()
	}
	s.operation.run.InputHash = inputHashOf(s.Object)
	if _, o := r.claimPlace(ctx, s); !o.IsContinue() {
		return o
	}
	copied, o := r.copy(ctx, s, old)
	switch {
	case !o.IsContinue():
		return o
	case !copied:
		s.Object.Status.Output, s.Object.Status.Summary = nil, ""
		return outcome.Wait(v1alpha1.ReasonProgressing, "the output is gone from where it was, and is made again", outcome.ConflictDelay)
	}
	return r.conclude(ctx, s)
}

// reuse copies the output that another job of the namespace has of the same picture.
func (r *Reconciler) reuse(ctx context.Context, s *scope) outcome.Outcome {
	from, o := r.Reuse(ctx, s, s.operation.run, func(ej *v1alpha1.EnhancementJob) bool {
		// A job that has turned to another operation keeps the entry of the old one, but not its picture.
		return ej.Status.Output != nil && operationOf(ej).run.Operation == s.operation.run.Operation
	})
	if from == nil || !o.IsContinue() {
		return o
	}
	out := from.Status.Output
	if !s.Session.AllowsObject(s.Object.Namespace, out.Bucket, out.Key, v1alpha1.ObjectAccessRead) {
		return outcome.Continue()
	}
	if copied, o := r.copy(ctx, s, out); !copied {
		return o
	}
	r.Adopt(s, s.operation.run, from.Name)
	return r.conclude(ctx, s)
}

// copy copies a stored picture to the place of the job's output. It is not copied when it is gone, or its bytes are not what they were.
func (r *Reconciler) copy(ctx context.Context, s *scope, from *v1alpha1.StoredPicture) (bool, outcome.Outcome) {
	content, err := s.Session.Storage.Examine(ctx, from.Bucket, from.Key, r.MaxOutputBytes, 0)
	switch {
	case obs.KindOf(err) == obs.KindNotFound, obs.KindOf(err) == obs.KindNoBucket:
		return false, outcome.Continue()
	case err != nil:
		return false, s.storageOutcome("the stored picture cannot be read: ", err)
	}
	if content.SHA256 != from.SHA256 {
		return false, outcome.Continue()
	}
	stored, err := s.Session.Storage.Copy(ctx, content, s.place.bucket, s.place.key, s.place.metadata(s.operation.run.InputHash))
	if err != nil {
		return false, s.storageOutcome("the stored picture cannot be copied to its place: ", err)
	}
	s.Object.Status.Output = describe(s.Session.Storage, s.place, from.Picture, stored.ETag)
	return true, outcome.Continue()
}

// locate finds the place of the output and looks at what is there: an output of this very input is taken over without a call.
func (r *Reconciler) locate(ctx context.Context, s *scope) outcome.Outcome {
	there, o := r.claimPlace(ctx, s)
	if !o.IsContinue() {
		return o
	}
	if there[metaInputHash] != s.operation.run.InputHash {
		return outcome.Continue()
	}
	found, err := r.stored(ctx, s)
	if err != nil {
		return s.storageOutcome("the place of the output cannot be looked at: ", err)
	}
	if found == nil {
		return outcome.Continue()
	}
	s.Object.Status.Output = found
	r.Runner.Adopt(s.Scope.Scope, s.operation.run)
	return r.conclude(ctx, s)
}

// claimPlace makes sure that the output may go to its place: the connection allows it, the bucket exists, and nothing of anybody else is there. It
// returns the metadata of an object of the job's own that is there, else none.
func (r *Reconciler) claimPlace(ctx context.Context, s *scope) (map[string]string, outcome.Outcome) {
	s.place = placeOf(s.Object, s.operation.run.InputHash)
	if !s.Session.AllowsObject(s.Object.Namespace, s.place.bucket, s.place.key, v1alpha1.ObjectAccessReadWrite) {
		return nil, outcome.Wait(v1alpha1.ReasonConnectionNotReady, s.Session.Ref.String()+
			" does not allow the output to be written there; ask its owner to add it to spec.allowedObjects with access ReadWrite", 0)
	}
	if !r.Reserve(s, s.Session.Storage.ObjectURL(s.place.bucket, s.place.key)) {
		return nil, outcome.Hold(0) // Another job may be about to write there. This one is woken when that has ended.
	}
	there, err := s.place.look(ctx, s.Session.Storage)
	if taken, ok := errors.AsType[*takenError](err); ok {
		return nil, outcome.Stop(v1alpha1.ReasonInvalidSpec, taken.Error())
	}
	if err != nil {
		return nil, s.storageOutcome("the place of the output cannot be looked at: ", err)
	}
	return there, outcome.Continue()
}

// owns tells whether an object was written for the job, in this cluster or another, now or before it was created again.
func (p place) owns(metadata map[string]string) bool {
	return metadata[metaNamespace] == p.owner.Namespace && metadata[metaName] == p.owner.Name
}

// stored returns the output that is already in its place, or nil. It counts only if it was made of the same input and its bytes are what they were.
func (r *Reconciler) stored(ctx context.Context, s *scope) (*v1alpha1.StoredPicture, error) {
	content, err := s.Session.Storage.Examine(ctx, s.place.bucket, s.place.key, r.MaxOutputBytes, headerBytes)
	switch {
	case obs.KindOf(err) == obs.KindNotFound, obs.KindOf(err) == obs.KindTooLarge:
		return nil, nil
	case err != nil:
		return nil, err
	}
	if !s.place.owns(content.Metadata) || content.Metadata[metaInputHash] != s.operation.run.InputHash {
		return nil, nil
	}
	info, err := imaging.Inspect(content.First)
	if err != nil || content.SHA256 != content.Metadata[obs.MetadataSHA256] {
		return nil, nil //nolint:nilerr // Bytes that are not what was written are no output; they are written again.
	}
	info.Bytes, info.SHA256 = content.Bytes, content.SHA256
	return describe(s.Session.Storage, s.place, *intake.StatusOf(info), content.ETag), nil
}

func put(ctx context.Context, storage *obs.Client, p place, data []byte, info imaging.Info, inputHash string) (v1alpha1.StoredPicture, error) {
	stored, err := storage.Put(ctx, p.bucket, p.key, obs.Object{
		Data: data, ContentType: info.Format.ContentType(), Metadata: p.metadata(inputHash),
	})
	if err != nil {
		return v1alpha1.StoredPicture{}, err
	}
	return *describe(storage, p, *intake.StatusOf(info), stored.ETag), nil
}

// metadata is what is stored beside the bytes, by which an output is known later.
func (p place) metadata(inputHash string) map[string]string {
	return map[string]string{
		metaNamespace: p.owner.Namespace, metaName: p.owner.Name, metaUID: string(p.uid),
		metaInputHash: inputHash,
	}
}

func describe(storage *obs.Client, p place, picture v1alpha1.Picture, etag string) *v1alpha1.StoredPicture {
	return &v1alpha1.StoredPicture{
		Picture: picture, Bucket: p.bucket, Key: p.key, URL: storage.ObjectURL(p.bucket, p.key), ETag: etag,
	}
}

func (s *scope) storageOutcome(doing string, err error) outcome.Outcome {
	s.Session.Heed(err)
	return intake.StorageOutcome(doing, err)
}
