package faults_test

import (
	"fmt"
	"net/http"
	"testing"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/enginetest"
	"github.com/ais-operator/ais-operator/internal/obs"
)

func (w *world) meta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: w.namespaces[0], Name: name}
}

func (w *world) create(t *testing.T, objects ...client.Object) {
	t.Helper()
	for _, obj := range objects {
		if err := k8s.Create(w.ctx, obj); err != nil {
			t.Fatalf("create %T %s: %v", obj, obj.GetName(), err)
		}
	}
}

// createMany creates objects from many goroutines.
func (w *world) createMany(t *testing.T, n int, object func(i int) client.Object) {
	t.Helper()
	var group errgroup.Group
	group.SetLimit(32)
	for i := range n {
		group.Go(func() error { return k8s.Create(w.ctx, object(i)) })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
}

// scale is how many there are, in the short form and in the full one.
func scale(short, full int) int {
	if *long {
		return full
	}
	return short
}

// change patches the spec or the metadata of an object as it is now.
func change[T client.Object](t *testing.T, w *world, obj T, edit func(T)) {
	t.Helper()
	if err := k8s.Get(w.ctx, client.ObjectKeyFromObject(obj), obj); err != nil {
		t.Fatal(err)
	}
	base, _ := obj.DeepCopyObject().(client.Object)
	edit(obj)
	if err := k8s.Patch(w.ctx, obj, client.MergeFrom(base)); err != nil {
		t.Fatal(err)
	}
}

// connect creates the connection "default" with an access key.
func (w *world) connect(t *testing.T, edit ...func(*v1alpha1.ConnectionSpec)) {
	t.Helper()
	w.create(t, w.keys("keys", w.engine.Account), w.connection("default", w.engine, edit...))
}

// connected is a world with a Ready connection "default", and an operator in it.
func connected(t *testing.T, p process) (*world, *operator) {
	t.Helper()
	w := newWorld(t)
	w.connect(t)
	o := w.run(t, p)
	w.awaitReady(t, &v1alpha1.Connection{ObjectMeta: w.meta("default")})
	w.quiesceFor(t, quiet/5)
	w.history()
	return w, o
}

// keys is a Secret with an account's access key.
func (w *world) keys(name string, account enginetest.Account) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: w.meta(name), StringData: map[string]string{
		"accessKeyId": account.AccessKeyID, "secretAccessKey": account.SecretAccessKey,
	}}
}

// login is a Secret with an account's user and a password.
func (w *world) login(name string, account enginetest.Account, password string) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: w.meta(name), StringData: map[string]string{
		"username": account.User, "domainName": account.Domain, "password": password,
	}}
}

// callTimeout is more than a call takes that is held, in seconds, and no more than five minutes: scenarios let pass more than that.
const callTimeout = 300

// connection reaches a service with the access key of the Secret "keys".
func (w *world) connection(name string, engine *enginetest.Server, edit ...func(*v1alpha1.ConnectionSpec)) *v1alpha1.Connection {
	c := &v1alpha1.Connection{ObjectMeta: w.meta(name), Spec: v1alpha1.ConnectionSpec{
		Region: engine.Account.ProjectName,
		Endpoints: &v1alpha1.Endpoints{
			ImageRecognition: v1alpha1.Endpoint(engine.URL), IAM: v1alpha1.Endpoint(engine.URL), OBS: v1alpha1.Endpoint(w.storeURL),
		},
		OBS:         &v1alpha1.ObjectStorageOptions{PathStyle: true},
		Credentials: v1alpha1.Credentials{AccessKey: &v1alpha1.AccessKeyCredentials{SecretRef: v1alpha1.SecretReference{Name: "keys"}}},
		Limits:      &v1alpha1.Limits{TimeoutSeconds: callTimeout},
	}}
	for _, f := range edit {
		f(&c.Spec)
	}
	return c
}

// byPassword has a connection log in with the password of a Secret.
func byPassword(secret string) func(*v1alpha1.ConnectionSpec) {
	return func(s *v1alpha1.ConnectionSpec) {
		s.Credentials = v1alpha1.Credentials{Password: &v1alpha1.PasswordCredentials{SecretRef: v1alpha1.SecretReference{Name: secret}}}
	}
}

// Size of every picture: large enough for every operation.
const pictureWidth, pictureHeight = 48, 32

// photo stores a small picture and returns where it is. Pictures of different seeds have different bytes.
func (w *world) photo(t *testing.T, seed int) v1alpha1.ImageSource {
	t.Helper()
	key := fmt.Sprintf("photo-%d.png", seed)
	if _, err := w.storage.Put(w.ctx, photos, key, obs.Object{Data: enginetest.Picture(seed, pictureWidth, pictureHeight), ContentType: "image/png"}); err != nil {
		t.Fatal(err)
	}
	return v1alpha1.ImageSource{OBS: &v1alpha1.ObjectStorageReference{Bucket: photos, Key: key}}
}

// page serves a small picture on the web server and returns its address.
func (w *world) page(t *testing.T, seed int) v1alpha1.ImageSource {
	t.Helper()
	data, name := enginetest.Picture(seed, pictureWidth, pictureHeight), fmt.Sprintf("picture-%d.png", seed)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pages[name] = func(rw http.ResponseWriter) { _, _ = rw.Write(data) }
	return v1alpha1.ImageSource{URL: w.web.URL + "/" + name}
}

// analysis asks for the tags of a picture.
func (w *world) analysis(name string, source v1alpha1.ImageSource, edit ...func(*v1alpha1.ImageAnalysisSpec)) *v1alpha1.ImageAnalysis {
	ia := &v1alpha1.ImageAnalysis{
		ObjectMeta: w.meta(name),
		Spec:       v1alpha1.ImageAnalysisSpec{Image: source, Tagging: &v1alpha1.Tagging{Language: "en"}},
	}
	for _, f := range edit {
		f(&ia.Spec)
	}
	return ia
}

// job has a picture brightened.
func (w *world) job(name string, source v1alpha1.ImageSource, edit ...func(*v1alpha1.EnhancementJobSpec)) *v1alpha1.EnhancementJob {
	ej := &v1alpha1.EnhancementJob{
		ObjectMeta: w.meta(name),
		Spec: v1alpha1.EnhancementJobSpec{
			Image: source, DarkEnhance: &v1alpha1.DarkEnhance{}, Output: v1alpha1.Output{OBS: v1alpha1.OutputObject{Bucket: results}},
		},
	}
	for _, f := range edit {
		f(&ej.Spec)
	}
	return ej
}

// marked makes an analysis a run of its own by its threshold, so that many can share a picture and yet none the result of another.
func marked(n int) func(*v1alpha1.ImageAnalysisSpec) {
	return func(s *v1alpha1.ImageAnalysisSpec) {
		s.Tagging.Threshold = new(v1alpha1.Decimal(fmt.Sprintf("60.%06d", n)))
	}
}

// markedJob does the same for a job, by its brightness.
func markedJob(n int) func(*v1alpha1.EnhancementJobSpec) {
	return func(s *v1alpha1.EnhancementJobSpec) {
		s.DarkEnhance.Brightness = new(v1alpha1.Decimal(fmt.Sprintf("0.%06d", n+1)))
	}
}
