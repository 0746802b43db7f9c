package tenancy_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// metadataService is where clouds give out the credentials of their machines.
const metadataService = "http://169.254.169.254"

// TestDialledForTenants has red send the operator, and its credentials, to addresses that are not public: a server on its own machine, the API server, the
// cloud's metadata service.
func TestDialledForTenants(t *testing.T) {
	w := begin(t)
	w.create(t, w.keys(red, "dial"))
	asked := len(w.private.list())
	apiServer := strings.TrimSuffix(w.plane.Config.Host, "/")
	_, privatePort, _ := strings.Cut(hostOf(w.private.url), ":")

	const refusal = "spec.endpoints: not a public address; the operator's --allow-cidrs or --allow-hosts can open it"
	for name, endpoint := range map[string]string{
		"loopback": w.private.url, "localhost": "http://localhost:" + privatePort, "loopback-v6": "http://[::1]:" + privatePort,
		"mapped": "http://[::ffff:127.0.0.1]:" + privatePort, "any": "http://0.0.0.0:" + privatePort,
		"decimal": "http://2130706433:" + privatePort, "short": "http://127.1:" + privatePort,
		"api-server": apiServer, "metadata": metadataService, "private-network": "https://10.0.0.1", "link-local-v6": "https://[fe80::1]",
	} {
		t.Run("the endpoint of the service: "+name, func(t *testing.T) {
			conn := w.connection(red, "dials-"+name, "dial")
			conn.Spec.Endpoints.ImageRecognition = v1alpha1.Endpoint(endpoint)
			w.refused(t, conn, v1alpha1.ReasonInvalidSpec, refusal)
		})
		t.Run("the endpoint of IAM: "+name, func(t *testing.T) {
			conn := w.connection(red, "dials-iam-"+name, "dial")
			conn.Spec.Endpoints.IAM = v1alpha1.Endpoint(endpoint)
			w.refused(t, conn, v1alpha1.ReasonInvalidSpec, refusal)
		})
	}
	t.Run("the endpoint of the storage", func(t *testing.T) {
		conn := w.connection(red, "dials-obs", "dial")
		conn.Spec.Endpoints.OBS = v1alpha1.Endpoint(w.private.url)
		w.create(t, conn)
		w.awaitReady(t, conn) // Nothing is asked of the storage to find out.
		ref := through(v1alpha1.ConnectionKindNamespaced, "dials-obs")
		w.refused(t, analysis(red, "dials-obs", ref, inBucket(photos, "red/own.png")), v1alpha1.ReasonInvalidSpec,
			"the picture cannot be read from OBS: get object: 127.0.0.1 is not a public address; the operator's --allow-cidrs or --allow-hosts can open it")
	})
	t.Run("pictures", func(t *testing.T) { picturesAreDialled(t, w) })
	if got := w.private.list()[asked:]; len(got) > 0 {
		t.Errorf("the private server was asked for %v", got)
	}

	t.Run("an administrator's endpoints are dialled as they are", func(t *testing.T) {
		c := &v1alpha1.ClusterConnection{ObjectMeta: metaOf("", "dials"), Spec: v1alpha1.ClusterConnectionSpec{ConnectionSpec: w.connectionSpec("dials")}}
		c.Spec.Endpoints.IAM = v1alpha1.Endpoint(w.private.url)
		w.create(t, &corev1.Secret{ObjectMeta: metaOf(operatorNamespace, "dials"), Data: map[string][]byte{"accessKeyId": []byte("a"), "secretAccessKey": []byte("b")}}, c)
		w.eventually(t, func() string {
			if len(w.private.list()) == asked {
				return "nobody has asked the private server: it shows nothing that tenants cannot have it asked"
			}
			return ""
		})
		if err := w.admin.Delete(w.ctx, c); err != nil {
			t.Fatal(err)
		}
	})
}

// picturesAreDialled has red name pictures at such addresses, read by the operator and passed on to the service.
func picturesAreDialled(t *testing.T, w *world) {
	t.Helper()
	conn := w.connection(red, "dials-pictures", "dial")
	w.create(t, conn)
	w.awaitReady(t, conn)
	ref := through(v1alpha1.ConnectionKindNamespaced, "dials-pictures")
	const closed = "; the operator's --allow-cidrs or --allow-hosts can open it"
	_, port, _ := strings.Cut(hostOf(w.private.url), ":")
	for name, tt := range map[string]struct{ url, message string }{
		"loopback": {w.private.url + "/a", "the picture cannot be fetched: fetch picture: 127.0.0.1 is not a public address" + closed},
		"by-name":  {"http://localhost:" + port + "/a", "the picture cannot be fetched: fetch picture: localhost is not a public address" + closed},
		"metadata": {metadataService + "/openstack/latest/securitykey", "the picture cannot be fetched: fetch picture: 169.254.169.254 is not a public address" + closed},
	} {
		for _, delivery := range []v1alpha1.Delivery{v1alpha1.DeliveryAuto, v1alpha1.DeliveryInline, v1alpha1.DeliveryURL} {
			t.Run(name+" "+string(delivery), func(t *testing.T) {
				ia := analysis(red, "dials-"+name+"-"+strings.ToLower(string(delivery)), ref, v1alpha1.ImageSource{URL: tt.url})
				ia.Spec.Delivery = delivery
				w.refused(t, ia, v1alpha1.ReasonInvalidSpec, tt.message)
			})
		}
	}
}
