package tenancy_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/enginetest"
	"github.com/ais-operator/ais-operator/internal/obs"
)

// Size of every picture: large enough for every operation.
const pictureWidth, pictureHeight = 48, 32

// patience is how long what must come may take.
const patience = 60 * time.Second

// object is an object with conditions.
type object interface {
	client.Object
	StatusConditions() *[]metav1.Condition
}

func metaOf(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name}
}

// create has objects created by the tenants whose they are; what is in no tenant's namespace, by the administrator.
func (w *world) create(t *testing.T, objects ...client.Object) {
	t.Helper()
	for _, obj := range objects {
		if err := w.by(obj.GetNamespace()).Create(w.ctx, obj); err != nil {
			t.Fatalf("create %T %s: %v", obj, obj.GetName(), err)
		}
	}
}

// by is who acts in a namespace.
func (w *world) by(namespace string) client.Client {
	if tenant := w.tenants[namespace]; tenant != nil {
		return tenant
	}
	return w.admin
}

// change patches an object as it is now.
func change[T client.Object](t *testing.T, w *world, obj T, edit func(T)) {
	t.Helper()
	if err := w.admin.Get(w.ctx, client.ObjectKeyFromObject(obj), obj); err != nil {
		t.Fatal(err)
	}
	base, _ := obj.DeepCopyObject().(client.Object)
	edit(obj)
	if err := w.admin.Patch(w.ctx, obj, client.MergeFrom(base)); err != nil {
		t.Fatal(err)
	}
}

// keys is a Secret with the account's access key.
func (w *world) keys(namespace, name string) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metaOf(namespace, name), StringData: map[string]string{
		"accessKeyId": w.engine.Account.AccessKeyID, "secretAccessKey": w.engine.Account.SecretAccessKey,
	}}
}

func (w *world) connectionSpec(secret string) v1alpha1.ConnectionSpec {
	return v1alpha1.ConnectionSpec{
		Region: w.engine.Account.ProjectName,
		Endpoints: &v1alpha1.Endpoints{
			ImageRecognition: v1alpha1.Endpoint(w.engine.URL), IAM: v1alpha1.Endpoint(w.engine.URL), OBS: v1alpha1.Endpoint(w.store.url),
		},
		OBS:         &v1alpha1.ObjectStorageOptions{PathStyle: true},
		Credentials: v1alpha1.Credentials{AccessKey: &v1alpha1.AccessKeyCredentials{SecretRef: v1alpha1.SecretReference{Name: secret}}},
	}
}

func (w *world) connection(namespace, name, secret string) *v1alpha1.Connection {
	return &v1alpha1.Connection{ObjectMeta: metaOf(namespace, name), Spec: w.connectionSpec(secret)}
}

// lend creates a ClusterConnection with a Secret of its name, and waits until it works. Both go with the test.
func (w *world) lend(t *testing.T, name string, edit func(*v1alpha1.ClusterConnectionSpec)) *v1alpha1.ClusterConnection {
	t.Helper()
	secret := w.keys(operatorNamespace, name)
	c := &v1alpha1.ClusterConnection{ObjectMeta: metaOf("", name), Spec: v1alpha1.ClusterConnectionSpec{ConnectionSpec: w.connectionSpec(name)}}
	edit(&c.Spec)
	w.create(t, secret, c)
	t.Cleanup(func() {
		for _, obj := range []client.Object{c, secret} {
			if err := w.admin.Delete(w.ctx, obj); err != nil {
				t.Error(err)
			}
		}
	})
	w.awaitReady(t, c)
	return c
}

// to allows namespaces by their names.
func to(names ...string) *v1alpha1.AllowedNamespaces {
	return &v1alpha1.AllowedNamespaces{Names: names}
}

func through(kind v1alpha1.ConnectionKind, name string) v1alpha1.ConnectionReference {
	return v1alpha1.ConnectionReference{Kind: kind, Name: name}
}

// lent is a reference to a ClusterConnection.
func lent(name string) v1alpha1.ConnectionReference {
	return through(v1alpha1.ConnectionKindCluster, name)
}

func inBucket(bucket, key string) v1alpha1.ImageSource {
	return v1alpha1.ImageSource{OBS: &v1alpha1.ObjectStorageReference{Bucket: bucket, Key: key}}
}

// page is the address of a picture on the web server; seed is one character.
func (w *world) page(seed string) v1alpha1.ImageSource {
	return v1alpha1.ImageSource{URL: w.web.url + "/" + seed}
}

// put stores a picture as the test, whoever's it is said to be.
func (w *world) put(t *testing.T, bucket, key string, seed int, metadata map[string]string) {
	t.Helper()
	data := enginetest.Picture(seed, pictureWidth, pictureHeight)
	if _, err := w.store.Put(w.ctx, bucket, key, obs.Object{Data: data, ContentType: "image/png", Metadata: metadata}); err != nil {
		t.Fatal(err)
	}
}

// analysis asks for the tags of a picture.
func analysis(namespace, name string, ref v1alpha1.ConnectionReference, source v1alpha1.ImageSource) *v1alpha1.ImageAnalysis {
	return &v1alpha1.ImageAnalysis{ObjectMeta: metaOf(namespace, name), Spec: v1alpha1.ImageAnalysisSpec{
		ConnectionRef: ref, Image: source, Tagging: &v1alpha1.Tagging{Language: "en"},
	}}
}

// job has a picture brightened. An empty key is the default.
func job(namespace, name string, ref v1alpha1.ConnectionReference, source v1alpha1.ImageSource, bucket, key string) *v1alpha1.EnhancementJob {
	return &v1alpha1.EnhancementJob{ObjectMeta: metaOf(namespace, name), Spec: v1alpha1.EnhancementJobSpec{
		ConnectionRef: ref, Image: source, DarkEnhance: &v1alpha1.DarkEnhance{},
		Output: v1alpha1.Output{OBS: v1alpha1.OutputObject{Bucket: bucket, Key: key}},
	}}
}

// ready returns the Ready condition of the object as it is now, if it is about the present spec.
func (w *world) ready(obj object) metav1.Condition {
	if err := w.admin.Get(w.ctx, client.ObjectKeyFromObject(obj), obj); err != nil {
		return metav1.Condition{Message: err.Error()}
	}
	c := meta.FindStatusCondition(*obj.StatusConditions(), v1alpha1.ConditionReady)
	if c == nil || c.ObservedGeneration != obj.GetGeneration() {
		return metav1.Condition{}
	}
	return *c
}

// await waits until the object says exactly this.
func (w *world) await(t *testing.T, obj object, reason, message string) {
	t.Helper()
	w.eventually(t, func() string {
		if c := w.ready(obj); c.Reason != reason || c.Message != message {
			return fmt.Sprintf("%T %s/%s says\n%s: %s, want\n%s: %s", obj, obj.GetNamespace(), obj.GetName(), c.Reason, c.Message, reason, message)
		}
		return ""
	})
}

func (w *world) awaitReady(t *testing.T, obj object) {
	t.Helper()
	w.eventually(t, func() string {
		if c := w.ready(obj); c.Status != metav1.ConditionTrue {
			return fmt.Sprintf("%T %s/%s says %s: %s", obj, obj.GetNamespace(), obj.GetName(), c.Reason, c.Message)
		}
		return ""
	})
}

// eventually waits until problem returns nothing to complain about.
func (w *world) eventually(t *testing.T, problem func() string) {
	t.Helper()
	ticker := time.NewTicker(15 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(patience)
	for {
		complaint := problem()
		if complaint == "" {
			return
		}
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("after %v: %s", patience, complaint)
		}
	}
}

// evidence is what others than the API server have been asked for.
type evidence struct {
	calls           int
	stored, fetched []string
}

func (w *world) evidence() evidence {
	return evidence{len(w.engine.Calls()), w.store.list(), w.web.list()}
}

// untouched checks that since then nobody was called, and nothing was asked for but what begins with one of own, such as "GET /photos/red/".
func (w *world) untouched(t *testing.T, since evidence, own ...string) {
	t.Helper()
	now := w.evidence()
	if n := now.calls - since.calls; n != 0 {
		t.Errorf("%d calls were made", n)
	}
	for _, request := range append(now.stored[len(since.stored):], now.fetched[len(since.fetched):]...) {
		allowed := false
		for _, prefix := range own {
			allowed = allowed || strings.HasPrefix(request, prefix)
		}
		if !allowed {
			t.Errorf("it was asked for: %s", request)
		}
	}
}

// refused has a tenant ask for something, and checks that it is refused with a sentence and at no cost, and that nothing was read or written but own.
func (w *world) refused(t *testing.T, obj object, reason, message string, own ...string) {
	t.Helper()
	before := w.evidence()
	w.create(t, obj)
	w.await(t, obj, reason, message)
	w.untouched(t, before, own...)
}

// soon is the time in which what must come has to come.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}
