package controller_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/enginetest"
)

var _ = Describe("Connection", func() {
	var w *world
	BeforeEach(func() { w = newWorld() })

	It("becomes Ready with an access key, and tells the project", func() {
		conn := w.connection("keys", accessKey("keys"))
		w.create(w.accessKeySecret("keys"), conn)
		w.eventuallyReady(conn)
		Expect(conn.Status.ProjectID).To(Equal(w.engine.Account.ProjectID))
		Expect(w.engine.Calls()).To(BeEmpty(), "nothing is paid to find out")
	})

	It("becomes Ready with a password, with one log-in for it and all of its objects", func() {
		conn := w.connection("default", password("login"))
		w.create(w.passwordSecret("login", w.engine.Account.Password), conn)
		w.eventuallyReady(conn)
		w.pages["a.png"] = enginetest.Picture(1, 32, 32)
		for _, name := range []string{"one", "two", "three"} {
			ia := w.analysis(name, v1alpha1.ImageSource{URL: w.web.URL + "/a.png"})
			w.create(ia)
			w.eventuallyReady(ia)
		}
		Expect(w.engine.Logins()).To(Equal(enginetest.Logins{OK: 1}))
	})

	It("waits for a Secret that comes later, and its objects with it", func() {
		conn, ia := w.connection("default", accessKey("late")), w.analysis("waiting", v1alpha1.ImageSource{OBS: w.photo(1)})
		w.create(ia)
		w.eventually(ia, v1alpha1.ReasonConnectionNotReady, "does not exist")
		w.create(conn)
		w.eventually(conn, v1alpha1.ReasonInvalidCredentials, `"late" does not exist`)
		w.create(w.accessKeySecret("late"))
		w.eventuallyReady(conn)
		w.eventuallyReady(ia)
	})

	It("names the key that a Secret lacks", func() {
		conn := w.connection("default", accessKey("half"))
		w.create(&corev1.Secret{ObjectMeta: w.meta("half"), StringData: map[string]string{"accessKeyId": "abc"}}, conn)
		w.eventually(conn, v1alpha1.ReasonInvalidCredentials, "secretAccessKey")
	})

	It("tries a wrong password once, and the corrected one at once", func() {
		conn, ia := w.connection("default", password("login")), w.analysis("held", v1alpha1.ImageSource{URL: w.web.URL + "/a.png"})
		w.pages["a.png"] = enginetest.Picture(1, 32, 32)
		secret := w.passwordSecret("login", "wrong")
		w.create(secret, conn, ia)
		w.eventually(conn, v1alpha1.ReasonInvalidCredentials, "Secret")
		w.eventually(ia, v1alpha1.ReasonConnectionNotReady, "not Ready")
		Expect(conn.Status.Gate.Rejections).To(Equal(int32(1)))
		Expect(w.engine.Logins()).To(Equal(enginetest.Logins{Failed: 1}))
		Expect(w.engine.Calls()).To(BeEmpty())

		w.get(secret)
		secret.Data["password"] = []byte(w.engine.Account.Password)
		Expect(k8s.Update(w.ctx, secret)).To(Succeed())
		w.eventuallyReady(conn)
		w.eventuallyReady(ia)
		Expect(conn.Status.Gate).To(BeNil())
		Expect(w.engine.Logins()).To(Equal(enginetest.Logins{OK: 1, Failed: 1}))
	})

	It("closes its gate when a call finds the credentials refused", func() {
		conn := w.connection("default", accessKey("keys"))
		w.create(w.accessKeySecret("keys"), conn)
		w.eventuallyReady(conn)
		w.engine.Add(enginetest.Fault{Operation: enginetest.ImageTaggingV2, Do: enginetest.ErrorCode("APIG.0301"), Times: enginetest.Always})
		ia := w.analysis("refused", v1alpha1.ImageSource{OBS: w.photo(1)})
		w.create(ia)
		w.eventually(conn, v1alpha1.ReasonInvalidCredentials)
		w.eventually(ia, v1alpha1.ReasonConnectionNotReady)
		Expect(w.engine.Calls()).To(HaveLen(1))
		Expect(w.engine.Billed()).To(BeZero())
	})

	It("says that an endpoint answers a web page", func() {
		conn := w.connection("default", password("login"))
		w.engine.Add(enginetest.Fault{Operation: enginetest.CreateToken, Do: enginetest.HTMLPage(200), Times: enginetest.Always})
		w.create(w.passwordSecret("login", w.engine.Account.Password), conn)
		w.eventually(conn, v1alpha1.ReasonServiceUnavailable, "spec.endpoints")
	})

	It("refuses a tenant's endpoint in a private network", func() {
		conn := w.connection("default", accessKey("keys"))
		conn.Spec.Endpoints.IAM = "http://169.254.169.254"
		w.create(w.accessKeySecret("keys"), conn)
		w.eventually(conn, v1alpha1.ReasonInvalidSpec, "--allow-cidrs")
		Expect(stalled(conn)).To(BeTrue())
	})

	It("trusts the authority in its CA bundle, and without it no server of that authority", func() {
		secured, err := enginetest.New(enginetest.Options{TLS: true})
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(secured.Close)
		trusting, wary := w.connection("trusting", accessKey("keys")), w.connection("wary", accessKey("keys"))
		for _, conn := range []*v1alpha1.Connection{trusting, wary} {
			conn.Spec.Endpoints.ImageRecognition = v1alpha1.Endpoint(secured.URL)
			conn.Spec.Endpoints.IAM = v1alpha1.Endpoint(secured.URL)
		}
		trusting.Spec.TLS = &v1alpha1.TLSOptions{CABundle: secured.CABundle}
		w.create(w.accessKeySecret("keys"), trusting, wary)
		w.eventuallyReady(trusting)
		w.eventually(wary, v1alpha1.ReasonTransientError, "certificate")
		Expect(secured.Calls()).To(BeEmpty())
	})

	It("holds its objects back while suspended", func() {
		conn := w.connection("default", accessKey("keys"))
		conn.Spec.Suspend = true
		ia := w.analysis("held", v1alpha1.ImageSource{OBS: w.photo(1)})
		w.create(w.accessKeySecret("keys"), conn, ia)
		w.eventually(ia, v1alpha1.ReasonSuspended, "suspended")
		w.change(conn, func() { conn.Spec.Suspend = false })
		w.eventuallyReady(ia)
	})
})

var _ = Describe("ClusterConnection", func() {
	It("serves the namespaces and objects that it allows, and no other", func() {
		w := newWorld()
		name := "shared-" + w.namespace
		secret := w.accessKeySecret(name)
		secret.Namespace = operatorNamespace
		conn := &v1alpha1.ClusterConnection{ObjectMeta: metav1.ObjectMeta{Name: name}}
		conn.Spec.ConnectionSpec = w.connectionSpec(accessKey(name))
		w.create(secret, conn)
		DeferCleanup(func() { Expect(k8s.Delete(w.ctx, conn)).To(Succeed()) })
		w.eventuallyReady(conn)

		ia := w.analysis("tenant", v1alpha1.ImageSource{OBS: w.photo(1)})
		ia.Spec.ConnectionRef = v1alpha1.ConnectionReference{Kind: v1alpha1.ConnectionKindCluster, Name: name}
		w.create(ia)
		w.eventually(ia, v1alpha1.ReasonConnectionNotReady, "allowedNamespaces")

		By("allowing the namespace by label")
		w.change(conn, func() {
			conn.Spec.AllowedNamespaces = &v1alpha1.AllowedNamespaces{
				Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": w.namespace}},
			}
		})
		w.eventually(ia, v1alpha1.ReasonConnectionNotReady, "allowedObjects")
		Expect(w.engine.Calls()).To(BeEmpty())

		By("allowing the object")
		w.change(conn, func() {
			conn.Spec.AllowedObjects = []v1alpha1.AllowedObjects{
				{Bucket: "photos"}, {Bucket: "results", Prefix: "{namespace}/", Access: v1alpha1.ObjectAccessReadWrite},
			}
		})
		w.eventuallyReady(ia)

		By("writing an output where it is allowed, and where it is not")
		ej := w.job("out", v1alpha1.ImageSource{OBS: w.photo(1)})
		ej.Spec.ConnectionRef = ia.Spec.ConnectionRef
		stray := w.job("stray", v1alpha1.ImageSource{OBS: w.photo(1)})
		stray.Spec.ConnectionRef = ia.Spec.ConnectionRef
		stray.Spec.Output.OBS.Key = "other/stray.png"
		w.create(ej, stray)
		w.eventuallyReady(ej)
		w.eventually(stray, v1alpha1.ReasonConnectionNotReady, "ReadWrite")
	})
})
