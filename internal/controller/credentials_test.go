package controller_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/discovery"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/engine/iam"
	"github.com/ais-operator/ais-operator/internal/enginetest"
)

const (
	audience = "huawei-iam"
	podToken = "canary-pod-token"
)

// agent is the node's agent of Pod Identity. The operator knows its address from its start, while each test has an engine and so an agent of its own.
type agent struct {
	server *httptest.Server
	target atomic.Pointer[url.URL]
}

func newAgent() *agent {
	a := &agent{}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		target := a.target.Load()
		r.Out.URL, r.Out.Host = target, target.Host
	}}
	a.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.target.Load() == nil {
			http.NotFound(w, r)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	return a
}

// identity is the operator's own.
func (a *agent) identity() *ais.PodIdentity {
	return &ais.PodIdentity{
		URI: a.server.URL, Token: func() (ais.Secret, error) { return podToken, nil }, Transport: http.DefaultTransport,
	}
}

// clusterProvider is the identity provider that the test's control plane is, for the ServiceAccounts of a namespace.
func clusterProvider(namespace string) iam.IdentityProvider {
	GinkgoHelper()
	ctx := context.Background()
	raw := discovery.NewDiscoveryClientForConfigOrDie(plane.Config).RESTClient()
	document, err := raw.Get().AbsPath("/.well-known/openid-configuration").DoRaw(ctx)
	Expect(err).NotTo(HaveOccurred())
	var discovered struct{ Issuer string }
	Expect(json.Unmarshal(document, &discovered)).To(Succeed())
	keys, err := raw.Get().AbsPath("/openid/v1/jwks").DoRaw(ctx)
	Expect(err).NotTo(HaveOccurred())
	return iam.IdentityProvider{
		ID: "cluster", Issuer: discovered.Issuer, Audiences: []string{audience}, JWKS: keys,
		Rules: []iam.Rule{{Subject: "system:serviceaccount:" + namespace + ":pictures", User: enginetest.DefaultAccount.User}},
	}
}

func oidc() v1alpha1.Credentials {
	return v1alpha1.Credentials{OIDC: &v1alpha1.OIDCCredentials{
		IdentityProvider: "cluster", Audience: audience, ServiceAccountRef: v1alpha1.ServiceAccountReference{Name: "pictures"},
	}}
}

// account is the ServiceAccount of the tests. It agrees to tokens for an audience, if one is given.
func (w *world) account(agreed string) *corev1.ServiceAccount {
	account := &corev1.ServiceAccount{ObjectMeta: w.meta("pictures")}
	if agreed != "" {
		account.Annotations = map[string]string{v1alpha1.AudienceAnnotation: agreed}
	}
	return account
}

// grantTokens is what an administrator does so that the operator may obtain tokens in the test's namespace.
func (w *world) grantTokens() *rbacv1.RoleBinding {
	return &rbacv1.RoleBinding{
		ObjectMeta: w.meta("ais-workload-identity"),
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "ais-workload-identity"},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: operatorNamespace, Name: "ais-manager"}},
	}
}

// nudge changes a connection so that it is looked at now.
func (w *world) nudge(conn *v1alpha1.Connection) {
	GinkgoHelper()
	w.change(conn, func() {
		if conn.Spec.Limits == nil {
			conn.Spec.Limits = &v1alpha1.Limits{TimeoutSeconds: 60}
		}
		conn.Spec.Limits.TimeoutSeconds++
	})
}

var _ = Describe("Credentials", func() {
	var w *world

	// works shows that pictures are read from the object storage, tagged, enhanced and stored.
	works := func() {
		GinkgoHelper()
		ia, ej := w.analysis("analysis", v1alpha1.ImageSource{OBS: w.photo(1)}), w.job("job", v1alpha1.ImageSource{OBS: w.photo(2)})
		signed := w.analysis("signed", v1alpha1.ImageSource{OBS: w.photo(3)})
		signed.Spec.Delivery = v1alpha1.DeliveryURL
		w.create(ia, ej, signed)
		for _, obj := range []object{ia, ej, signed} {
			w.eventuallyReady(obj)
		}
		_, err := w.storage.Head(w.ctx, ej.Status.Output.Bucket, ej.Status.Output.Key)
		Expect(err).NotTo(HaveOccurred())
		Expect(w.engine.Billed()).To(Equal(3))
	}

	It("with a password reach the service with one log-in, and the storage with temporary keys", func() {
		w = newWorld()
		conn := w.connection("default", password("login"))
		w.create(w.passwordSecret("login", w.engine.Account.Password), conn)
		w.eventuallyReady(conn)
		works()
		Expect(w.engine.Logins()).To(Equal(enginetest.Logins{OK: 1}))
	})

	It("of a ServiceAccount do, once its owner and the administrator agree", func() {
		w = newWorld()
		conn, account := w.connection("default", oidc()), w.account("")
		w.create(conn)
		w.eventually(conn, v1alpha1.ReasonInvalidCredentials, "bind it the ClusterRole ais-workload-identity")
		w.create(w.grantTokens())
		w.nudge(conn)
		w.eventually(conn, v1alpha1.ReasonInvalidCredentials, `ServiceAccount "pictures" does not exist`)
		w.create(account)
		w.nudge(conn)
		w.eventually(conn, v1alpha1.ReasonInvalidCredentials, "does not agree to tokens")
		Expect(conn.Status.RecentLogins).To(BeEmpty(), "IAM was not asked")
		account.Annotations = map[string]string{v1alpha1.AudienceAnnotation: audience}
		Expect(k8s.Update(w.ctx, account)).To(Succeed())
		w.nudge(conn)
		w.eventuallyReady(conn)
		works()
	})

	It("of a ServiceAccount that IAM gives nothing to are held back", func() {
		w = newWorld()
		conn, stranger := w.connection("default", oidc()), w.account(audience)
		stranger.Name, conn.Spec.Credentials.OIDC.ServiceAccountRef.Name = "stranger", "stranger"
		w.create(w.grantTokens(), stranger, conn)
		w.eventually(conn, v1alpha1.ReasonAccountProblem, "ExchangeIDToken")
		Expect(w.engine.Calls()).To(BeEmpty())
	})

	It("of the operator's pod do for the namespaces that a ClusterConnection allows", func() {
		w = newWorld()
		target, err := url.Parse(w.engine.StartPodIdentity(GinkgoTB(), podToken, 0).URL)
		Expect(err).NotTo(HaveOccurred())
		pod.target.Store(target)
		DeferCleanup(func() { pod.target.Store(nil) })
		spec := w.connectionSpec(v1alpha1.Credentials{PodIdentity: &v1alpha1.PodIdentityCredentials{}})
		conn := &v1alpha1.ClusterConnection{
			ObjectMeta: metav1.ObjectMeta{Name: w.namespace},
			Spec: v1alpha1.ClusterConnectionSpec{
				ConnectionSpec:    spec,
				AllowedNamespaces: &v1alpha1.AllowedNamespaces{Names: []string{w.namespace}},
				AllowedObjects:    []v1alpha1.AllowedObjects{{Bucket: "photos"}, {Bucket: "results", Access: v1alpha1.ObjectAccessReadWrite}},
			},
		}
		w.create(conn)
		DeferCleanup(func() { Expect(client.IgnoreNotFound(k8s.Delete(w.ctx, conn))).To(Succeed()) })
		w.eventuallyReady(conn)
		ia, ej := w.analysis("analysis", v1alpha1.ImageSource{OBS: w.photo(1)}), w.job("job", v1alpha1.ImageSource{OBS: w.photo(2)})
		ref := v1alpha1.ConnectionReference{Kind: v1alpha1.ConnectionKindCluster, Name: conn.Name}
		ia.Spec.ConnectionRef, ej.Spec.ConnectionRef = ref, ref
		w.create(ia, ej)
		w.eventuallyReady(ia)
		w.eventuallyReady(ej)
	})
})
