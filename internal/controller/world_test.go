package controller_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/engine/iam"
	"github.com/ais-operator/ais-operator/internal/enginetest"
	"github.com/ais-operator/ais-operator/internal/objectstore"
	"github.com/ais-operator/ais-operator/internal/obs"
)

// world is a namespace with a service, an object storage and a web server of its own.
type world struct {
	ctx       context.Context
	namespace string
	engine    *enginetest.Server
	storage   *obs.Client
	storeURL  string
	web       *httptest.Server
	pages     map[string][]byte

	storeIsFull atomic.Bool
	storeTries  atomic.Int32
}

// newWorld makes a world that ends with the test. Its buckets are "photos" and "results".
func newWorld() *world {
	GinkgoHelper()
	w := &world{ctx: context.Background(), pages: map[string][]byte{}}
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	Expect(k8s.Create(w.ctx, ns)).To(Succeed())
	w.namespace = ns.Name

	var err error
	w.engine, err = enginetest.New(enginetest.Options{IdentityProviders: []iam.IdentityProvider{clusterProvider(w.namespace)}})
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(w.engine.Close)

	account := w.engine.Account
	s3, err := objectstore.New(w.ctx, objectstore.Options{Keys: w.engine.Keys, Buckets: []string{"photos", "results"}})
	Expect(err).NotTo(HaveOccurred())
	store := httptest.NewServer(w.faulty(s3))
	DeferCleanup(store.Close)
	w.storeURL = store.URL
	w.storage, err = obs.New(obs.Config{
		Endpoint: store.URL, Region: "test", PathStyle: true, Transport: http.DefaultTransport,
		Keys: obs.Key{ID: account.AccessKeyID, Secret: account.SecretAccessKey},
	})
	Expect(err).NotTo(HaveOccurred())

	w.web = httptest.NewServer(http.HandlerFunc(w.serve))
	DeferCleanup(w.web.Close)
	return w
}

// faulty stores nothing while the test says so, and counts what it was asked to store.
func (w *world) faulty(store http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut && w.storeIsFull.Load() {
			w.storeTries.Add(1)
			rw.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		store.ServeHTTP(rw, r)
	})
}

func (w *world) serve(rw http.ResponseWriter, r *http.Request) {
	page, ok := w.pages[strings.TrimPrefix(r.URL.Path, "/")]
	if !ok {
		http.NotFound(rw, r)
		return
	}
	_, _ = rw.Write(page)
}

// connectedWorld is a world with a Ready connection "default" that has an access key.
func connectedWorld() *world {
	GinkgoHelper()
	w := newWorld()
	w.create(w.accessKeySecret("keys"), w.connection("default", accessKey("keys")))
	w.eventuallyReady(&v1alpha1.Connection{ObjectMeta: w.meta("default")})
	return w
}

func (w *world) meta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: w.namespace, Name: name}
}

func (w *world) create(objects ...client.Object) {
	GinkgoHelper()
	for _, obj := range objects {
		Expect(k8s.Create(w.ctx, obj)).To(Succeed())
	}
}

func (w *world) accessKeySecret(name string) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: w.meta(name), StringData: map[string]string{
		"accessKeyId": w.engine.Account.AccessKeyID, "secretAccessKey": w.engine.Account.SecretAccessKey,
	}}
}

func (w *world) passwordSecret(name, password string) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: w.meta(name), StringData: map[string]string{
		"username": w.engine.Account.User, "domainName": w.engine.Account.Domain, "password": password,
	}}
}

func accessKey(secret string) v1alpha1.Credentials {
	return v1alpha1.Credentials{AccessKey: &v1alpha1.AccessKeyCredentials{SecretRef: v1alpha1.SecretReference{Name: secret}}}
}

func password(secret string) v1alpha1.Credentials {
	return v1alpha1.Credentials{Password: &v1alpha1.PasswordCredentials{SecretRef: v1alpha1.SecretReference{Name: secret}}}
}

func (w *world) connectionSpec(c v1alpha1.Credentials) v1alpha1.ConnectionSpec {
	return v1alpha1.ConnectionSpec{
		Region: w.engine.Account.ProjectName,
		Endpoints: &v1alpha1.Endpoints{
			ImageRecognition: v1alpha1.Endpoint(w.engine.URL), IAM: v1alpha1.Endpoint(w.engine.URL), OBS: v1alpha1.Endpoint(w.storeURL),
		},
		OBS:         &v1alpha1.ObjectStorageOptions{PathStyle: true},
		Credentials: c,
	}
}

func (w *world) connection(name string, c v1alpha1.Credentials) *v1alpha1.Connection {
	return &v1alpha1.Connection{ObjectMeta: w.meta(name), Spec: w.connectionSpec(c)}
}

// photo stores a small picture and returns its key. Pictures of different seeds have different bytes.
func (w *world) photo(seed int) *v1alpha1.ObjectStorageReference {
	GinkgoHelper()
	key := "photo-" + string(rune('a'+seed%26)) + "-" + strings.Repeat("i", seed/26) + ".png"
	_, err := w.storage.Put(w.ctx, "photos", key, obs.Object{Data: enginetest.Picture(seed, 48, 32), ContentType: "image/png"})
	Expect(err).NotTo(HaveOccurred())
	return &v1alpha1.ObjectStorageReference{Bucket: "photos", Key: key}
}

func (w *world) analysis(name string, source v1alpha1.ImageSource) *v1alpha1.ImageAnalysis {
	return &v1alpha1.ImageAnalysis{
		ObjectMeta: w.meta(name),
		Spec:       v1alpha1.ImageAnalysisSpec{Image: source, Tagging: &v1alpha1.Tagging{Language: "en"}},
	}
}

func (w *world) job(name string, source v1alpha1.ImageSource) *v1alpha1.EnhancementJob {
	return &v1alpha1.EnhancementJob{
		ObjectMeta: w.meta(name),
		Spec: v1alpha1.EnhancementJobSpec{
			Image: source, DarkEnhance: &v1alpha1.DarkEnhance{},
			Output: v1alpha1.Output{OBS: v1alpha1.OutputObject{Bucket: "results"}},
		},
	}
}

func (w *world) get(obj client.Object) {
	GinkgoHelper()
	Expect(k8s.Get(w.ctx, client.ObjectKeyFromObject(obj), obj)).To(Succeed())
}

// object is an object with conditions.
type object interface {
	client.Object
	StatusConditions() *[]metav1.Condition
}

// ready returns the Ready condition of the object as it is now, if it is about the present spec.
func (w *world) ready(obj object) metav1.Condition {
	if err := k8s.Get(w.ctx, client.ObjectKeyFromObject(obj), obj); err != nil {
		return metav1.Condition{Message: err.Error()}
	}
	c := meta.FindStatusCondition(*obj.StatusConditions(), v1alpha1.ConditionReady)
	if c == nil || c.ObservedGeneration != obj.GetGeneration() {
		return metav1.Condition{}
	}
	return *c
}

// eventually waits until the object's Ready condition has a reason and a message that contains every fragment.
func (w *world) eventually(obj object, reason string, fragments ...string) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		c := w.ready(obj)
		g.Expect(c.Reason).To(Equal(reason), "%s: %s", c.Reason, c.Message)
		for _, fragment := range fragments {
			g.Expect(c.Message).To(ContainSubstring(fragment))
		}
	}).Should(Succeed())
}

func (w *world) eventuallyReady(obj object) {
	GinkgoHelper()
	w.eventually(obj, v1alpha1.ReasonSucceeded)
}

// stalled tells whether nothing more happens until the spec changes.
func stalled(obj object) bool {
	return meta.IsStatusConditionTrue(*obj.StatusConditions(), v1alpha1.ConditionStalled)
}
