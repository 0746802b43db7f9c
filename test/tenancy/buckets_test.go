package tenancy_test

import (
	"fmt"
	"testing"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// The sentences about objects that a ClusterConnection does not allow.
const (
	notToBeRead    = `ClusterConnection %q does not allow this object to be read; ask its owner to add it to spec.allowedObjects`
	notToBeWritten = `ClusterConnection %q does not allow the output to be written there; ask its owner to add it to spec.allowedObjects with access ReadWrite`
)

// TestPicturesOfOthers has red read pictures that are not below its prefix, and try names that look as if they were.
func TestPicturesOfOthers(t *testing.T) {
	w := begin(t)
	w.lend(t, "reads", func(s *v1alpha1.ClusterConnectionSpec) {
		s.AllowedNamespaces = to(red, blue)
		s.AllowedObjects = []v1alpha1.AllowedObjects{{Bucket: photos, Prefix: "{namespace}/", Access: v1alpha1.ObjectAccessRead}}
	})
	w.lend(t, "reads-nothing", func(s *v1alpha1.ClusterConnectionSpec) { s.AllowedNamespaces = to(red) })
	for seed, key := range []string{"red/own.png", "blue/secret.png", "red-evil/secret.png", "secret.png"} {
		w.put(t, photos, key, 10+seed, nil)
	}
	own := analysis(red, "reads-own", lent("reads"), inBucket(photos, "red/own.png"))
	w.create(t, own)
	w.awaitReady(t, own)

	const absent = "the picture cannot be read from OBS: get object: there is no such object in the bucket (NoSuchKey)"
	const segments = `the picture cannot be read from OBS: get object: the object key must not have "." or ".." between slashes`
	refusal := fmt.Sprintf(notToBeRead, "reads")
	for i, tt := range []struct {
		name, bucket, key, reason, message string
		own                                []string
	}{
		{"another's prefix", photos, "blue/secret.png", v1alpha1.ReasonConnectionNotReady, refusal, nil},
		{"a prefix that begins alike", photos, "red-evil/secret.png", v1alpha1.ReasonConnectionNotReady, refusal, nil},
		{"no prefix", photos, "secret.png", v1alpha1.ReasonConnectionNotReady, refusal, nil},
		{"the prefix without its slash", photos, "red", v1alpha1.ReasonConnectionNotReady, refusal, nil},
		{"the prefix after a slash", photos, "/red/own.png", v1alpha1.ReasonConnectionNotReady, refusal, nil},
		{"the prefix in capitals", photos, "Red/own.png", v1alpha1.ReasonConnectionNotReady, refusal, nil},
		{"the prefix with an encoded slash", photos, "red%2Fown.png", v1alpha1.ReasonConnectionNotReady, refusal, nil},
		{"a backslash for the slash", photos, `red\..\blue\secret.png`, v1alpha1.ReasonConnectionNotReady, refusal, nil},
		{"a bucket that is not listed", results, "red/own.png", v1alpha1.ReasonConnectionNotReady, refusal, nil},
		{"a way up", photos, "red/../blue/secret.png", v1alpha1.ReasonInvalidSpec, segments, nil},
		{"a way up at the end", photos, "red/..", v1alpha1.ReasonInvalidSpec, segments, nil},
		{"a way in place", photos, "red/./own.png", v1alpha1.ReasonInvalidSpec, segments, nil},
		// These are names of objects below the prefix, however odd. They reach the storage as they are, and nothing else.
		{"an encoded way up", photos, "red/%2e%2e/blue/secret.png", v1alpha1.ReasonWaiting, absent, []string{"GET /photos/red/%252e%252e/blue/secret.png"}},
		{"a way up with backslashes", photos, `red/..\blue\secret.png`, v1alpha1.ReasonWaiting, absent, []string{"GET /photos/red/..%5Cblue%5Csecret.png"}},
		{"a way up in three dots", photos, "red/.../blue/secret.png", v1alpha1.ReasonWaiting, absent, []string{"GET /photos/red/.../blue/secret.png"}},
		{"a query", photos, "red/own.png?versionId=1", v1alpha1.ReasonWaiting, absent, []string{"GET /photos/red/own.png%3FversionId%3D1"}},
		{"a fragment", photos, "red/own.png#/../../blue", v1alpha1.ReasonInvalidSpec, segments, nil},
		{"a user", photos, "red/@127.0.0.1/secret.png", v1alpha1.ReasonWaiting, absent, []string{"GET /photos/red/%40127.0.0.1/secret.png"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ia := analysis(red, fmt.Sprintf("reads-%d", i), lent("reads"), inBucket(tt.bucket, tt.key))
			ia.Spec.Delivery = v1alpha1.DeliveryInline
			w.refused(t, ia, tt.reason, tt.message, tt.own...)
		})
	}
	t.Run("nobody else is sent to another's prefix either", func(t *testing.T) {
		ia := analysis(red, "reads-by-address", lent("reads"), inBucket(photos, "blue/secret.png"))
		ia.Spec.Delivery = v1alpha1.DeliveryURL
		w.refused(t, ia, v1alpha1.ReasonConnectionNotReady, refusal)
	})
	t.Run("a connection that lists no objects allows none", func(t *testing.T) {
		w.refused(t, analysis(red, "reads-nothing", lent("reads-nothing"), inBucket(photos, "red/own.png")),
			v1alpha1.ReasonConnectionNotReady, fmt.Sprintf(notToBeRead, "reads-nothing"))
	})
	t.Run("blue does not have red's prefix", func(t *testing.T) {
		w.refused(t, analysis(blue, "reads-reds", lent("reads"), inBucket(photos, "red/own.png")), v1alpha1.ReasonConnectionNotReady, refusal)
	})
}

// TestOutputsElsewhere has red write where it may not.
func TestOutputsElsewhere(t *testing.T) {
	w := begin(t)
	w.lend(t, "writes", func(s *v1alpha1.ClusterConnectionSpec) {
		s.AllowedNamespaces = to(red, blue)
		s.AllowedObjects = []v1alpha1.AllowedObjects{
			{Bucket: photos, Access: v1alpha1.ObjectAccessRead},
			{Bucket: results, Prefix: "{namespace}/", Access: v1alpha1.ObjectAccessReadWrite},
		}
	})
	w.put(t, photos, "writes.png", 30, nil)
	picture := inBucket(photos, "writes.png")
	own := job(red, "writes-own", lent("writes"), picture, results, "red/own-output.png")
	w.create(t, own)
	w.awaitReady(t, own)

	const segments = `the place of the output cannot be looked at: look up object: the object key must not have "." or ".." between slashes`
	refusal := fmt.Sprintf(notToBeWritten, "writes")
	for i, tt := range []struct{ name, bucket, key, reason, message string }{
		{"another's prefix", results, "blue/output.png", v1alpha1.ReasonConnectionNotReady, refusal},
		{"a prefix that begins alike", results, "red-evil/output.png", v1alpha1.ReasonConnectionNotReady, refusal},
		{"the prefix after a slash", results, "/red/output.png", v1alpha1.ReasonConnectionNotReady, refusal},
		{"a bucket that may be read", photos, "red/output.png", v1alpha1.ReasonConnectionNotReady, refusal},
		{"a bucket that is not listed", "payroll", "red/output.png", v1alpha1.ReasonConnectionNotReady, refusal},
		{"a way up", results, "red/../blue/output.png", v1alpha1.ReasonInvalidSpec, segments},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ej := job(red, fmt.Sprintf("writes-%d", i), lent("writes"), picture, tt.bucket, tt.key)
			ej.Spec.RunPolicy.Reuse = v1alpha1.ReuseNever
			w.refused(t, ej, tt.reason, tt.message, "GET /photos/writes.png")
		})
	}
	t.Run("an output that is moved", func(t *testing.T) {
		before := w.evidence()
		change(t, w, own, func(ej *v1alpha1.EnhancementJob) { ej.Spec.Output.OBS.Key = "blue/moved.png" })
		w.await(t, own, v1alpha1.ReasonConnectionNotReady, refusal)
		w.untouched(t, before)
	})
}
