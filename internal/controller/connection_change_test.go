package controller_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/enginetest"
)

// arrives waits for a request at a gate.
func (w *world) arrives(gate *enginetest.Gate) {
	GinkgoHelper()
	ctx, cancel := context.WithTimeout(w.ctx, 30*time.Second)
	defer cancel()
	Expect(gate.Await(ctx, 1)).To(Succeed())
}

// aWhile is how long nothing may happen where something would happen at once.
const aWhile = 500 * time.Millisecond

var _ = Describe("A connection that changes", func() {
	var w *world
	BeforeEach(func() { w = newWorld() })

	// connect makes a Ready connection whose service does not say any more who it knows.
	connect := func() (*v1alpha1.Connection, *enginetest.Gate) {
		GinkgoHelper()
		conn := w.connection("default", accessKey("keys"))
		w.create(w.accessKeySecret("keys"), conn)
		w.eventuallyReady(conn)
		silence := w.engine.Hold(enginetest.ListProjects)
		DeferCleanup(silence.Release)
		return conn, silence
	}

	It("is suspended and resumed at once, and nobody is asked for it", func() {
		conn, silence := connect()
		w.change(conn, func() { conn.Spec.Suspend = true })
		ia := w.analysis("held", v1alpha1.ImageSource{OBS: w.photo(1)})
		w.create(ia)
		w.eventually(ia, v1alpha1.ReasonSuspended)
		w.eventually(conn, v1alpha1.ReasonSuspended)
		Expect(w.engine.Calls()).To(BeEmpty())

		w.change(conn, func() { conn.Spec.Suspend = false })
		w.eventuallyReady(conn)
		w.eventuallyReady(ia)
		Expect(silence.Held()).To(BeZero())
	})

	It("is suspended without a Secret", func() {
		conn := w.connection("default", accessKey("nobody"))
		conn.Spec.Suspend = true
		w.create(conn)
		w.eventually(conn, v1alpha1.ReasonSuspended)
	})

	It("stores what was paid for when it was suspended, and calls for nobody else", func() {
		conn, _ := connect()
		w.change(conn, func() { conn.Spec.Limits = &v1alpha1.Limits{Concurrency: 1} })
		w.eventuallyReady(conn)
		open := w.engine.Hold(enginetest.DarkEnhance)
		paid, waiting := w.job("paid", v1alpha1.ImageSource{OBS: w.photo(1)}), w.job("waiting", v1alpha1.ImageSource{OBS: w.photo(2)})
		w.create(paid)
		w.arrives(open)
		w.create(waiting)
		w.change(conn, func() { conn.Spec.Suspend = true })
		w.eventually(waiting, v1alpha1.ReasonSuspended)
		open.Release()
		w.eventuallyReady(paid)
		Expect(w.engine.Calls()).To(HaveLen(1))

		w.change(conn, func() { conn.Spec.Suspend = false })
		w.eventuallyReady(waiting)
		Expect(w.engine.Calls()).To(HaveLen(2))
	})

	It("is not asked about again for what changes neither address nor credentials", func() {
		conn, silence := connect()
		w.change(conn, func() {
			conn.Spec.Limits, conn.Spec.Budget = &v1alpha1.Limits{TimeoutSeconds: 30}, &v1alpha1.Budget{CallsPerDay: 1}
		})
		w.eventuallyReady(conn)
		ia := w.analysis("paid", v1alpha1.ImageSource{OBS: w.photo(1)})
		w.create(ia)
		w.eventuallyReady(ia)
		over := w.analysis("over", v1alpha1.ImageSource{OBS: w.photo(2)})
		w.create(over)
		w.eventually(over, v1alpha1.ReasonBudgetExhausted)
		Expect(silence.Held()).To(BeZero())
	})

	It("does not call the service that it names no more while the new one is being asked", func() {
		conn, _ := connect()
		next, err := enginetest.New(enginetest.Options{})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(next.Close)
		silence := next.Hold(enginetest.ListProjects)
		w.change(conn, func() {
			conn.Spec.Endpoints.IAM, conn.Spec.Endpoints.ImageRecognition = v1alpha1.Endpoint(next.URL), v1alpha1.Endpoint(next.URL)
		})
		ia := w.analysis("held", v1alpha1.ImageSource{OBS: w.photo(1)})
		w.create(ia)
		w.arrives(silence)
		Consistently(func() int { return len(w.engine.Calls()) }).WithTimeout(aWhile).Should(BeZero())
		silence.Release()
		w.eventuallyReady(ia)
		Expect(w.engine.Calls()).To(BeEmpty())
		Expect(next.Calls()).To(HaveLen(1))
	})

	It("does not go on with credentials that were replaced", func() {
		conn, silence := connect()
		secret := w.accessKeySecret("keys")
		w.change(secret, func() { secret.Labels = map[string]string{"rotated": "true"} })
		w.arrives(silence)
		ia := w.analysis("held", v1alpha1.ImageSource{OBS: w.photo(1)})
		w.create(ia)
		Consistently(func() int { return len(w.engine.Calls()) }).WithTimeout(aWhile).Should(BeZero())
		silence.Release()
		w.eventuallyReady(ia)
		w.eventuallyReady(conn)
	})

	It("is verified anew when another one takes its name", func() {
		conn := w.connection("default", password("login"))
		w.create(w.passwordSecret("login", w.engine.Account.Password), conn)
		w.eventuallyReady(conn)
		Expect(k8s.Delete(w.ctx, conn)).To(Succeed())
		again := w.connection("default", password("login"))
		w.create(again)
		w.eventuallyReady(again)
		Expect(again.UID).NotTo(Equal(conn.UID))
		Expect(w.engine.Logins()).To(Equal(enginetest.Logins{OK: 2}))
	})
})

var _ = Describe("A ClusterConnection that allows less", func() {
	// connect makes a Ready one that allows everything, and an object that uses it.
	connect := func(w *world) (*v1alpha1.ClusterConnection, *v1alpha1.ImageAnalysis) {
		GinkgoHelper()
		conn := &v1alpha1.ClusterConnection{ObjectMeta: metav1.ObjectMeta{Name: "less-" + w.namespace}}
		secret := w.accessKeySecret(conn.Name)
		secret.Namespace = operatorNamespace
		conn.Spec.ConnectionSpec = w.connectionSpec(accessKey(conn.Name))
		conn.Spec.AllowedNamespaces = &v1alpha1.AllowedNamespaces{Names: []string{w.namespace}}
		conn.Spec.AllowedObjects = []v1alpha1.AllowedObjects{{Bucket: "photos"}}
		w.create(secret, conn)
		DeferCleanup(func() { Expect(k8s.Delete(w.ctx, conn)).To(Succeed()) })
		w.eventuallyReady(conn)
		silence := w.engine.Hold(enginetest.ListProjects)
		DeferCleanup(silence.Release)
		ia := w.analysis("tenant", v1alpha1.ImageSource{OBS: w.photo(1)})
		ia.Spec.Recapture = &v1alpha1.Recapture{}
		ia.Spec.ConnectionRef = v1alpha1.ConnectionReference{Kind: v1alpha1.ConnectionKindCluster, Name: conn.Name}
		return conn, ia
	}

	It("allows less at once, and its service is not asked for it", func() {
		w := newWorld()
		conn, ia := connect(w)
		w.change(conn, func() { conn.Spec.AllowedObjects = nil })
		w.create(ia)
		w.eventually(ia, v1alpha1.ReasonConnectionNotReady, "allowedObjects")
		w.eventuallyReady(conn)
		Expect(w.engine.Calls()).To(BeEmpty())
	})

	It("allows no second call on a picture whose first was being made", func() {
		w := newWorld()
		conn, ia := connect(w)
		open := w.engine.Hold(enginetest.ImageTaggingV2)
		w.create(ia)
		w.arrives(open)
		w.change(conn, func() { conn.Spec.AllowedNamespaces = nil })
		w.eventuallyReady(conn)
		open.Release()
		w.eventually(ia, v1alpha1.ReasonConnectionNotReady, "allowedNamespaces")
		Expect(ia.Status.Tagging).NotTo(BeNil(), "what was paid is recorded")
		Expect(w.engine.Calls()).To(HaveLen(1))
	})
})
