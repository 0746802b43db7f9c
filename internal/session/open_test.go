package session_test

import (
	"encoding/pem"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/session"
)

var (
	shopDefault = session.Ref{Kind: v1alpha1.ConnectionKindNamespaced, Namespace: "shop", Name: "default"}
	shared      = session.Ref{Kind: v1alpha1.ConnectionKindCluster, Name: "shared"}

	accessKey = v1alpha1.Credentials{AccessKey: &v1alpha1.AccessKeyCredentials{SecretRef: v1alpha1.SecretReference{Name: "keys"}}}
	password  = v1alpha1.Credentials{Password: &v1alpha1.PasswordCredentials{SecretRef: v1alpha1.SecretReference{Name: "login"}}}
)

func spec(c v1alpha1.Credentials) *v1alpha1.ConnectionSpec {
	return &v1alpha1.ConnectionSpec{Region: "ap-southeast-1", Credentials: c}
}

func secretWith(name string, data map[string]string) *corev1.Secret {
	s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, UID: "u1", ResourceVersion: "42"}, Data: map[string][]byte{}}
	for k, v := range data {
		s.Data[k] = []byte(v)
	}
	return s
}

func accessKeySecret() *corev1.Secret {
	return secretWith("keys", map[string]string{"accessKeyId": "AK", "secretAccessKey": "SK"})
}

func passwordSecret() *corev1.Secret {
	return secretWith("login", map[string]string{"username": "jane", "password": "pass", "domainName": "acme"})
}

// open opens a session that reaches nothing but public addresses.
func open(t *testing.T, ref session.Ref, spec *v1alpha1.ConnectionSpec, objects []v1alpha1.AllowedObjects, secret *corev1.Secret) *session.Session {
	t.Helper()
	s, err := session.Opener{Now: time.Now}.Open(ref, spec, objects, secret)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestOpenErrors(t *testing.T) {
	changed := func(c v1alpha1.Credentials, change func(*v1alpha1.ConnectionSpec)) *v1alpha1.ConnectionSpec {
		s := spec(c)
		change(s)
		return s
	}
	tests := []struct {
		name   string
		spec   *v1alpha1.ConnectionSpec
		secret *corev1.Secret

		want         string
		secretsFault bool
	}{
		{
			"an access key without its secret", spec(accessKey), secretWith("keys", map[string]string{"accessKeyId": "AK"}),
			`Secret "keys" has no value for secretAccessKey; add it`, true,
		},
		{"an empty Secret", spec(accessKey), secretWith("keys", nil), `Secret "keys" has no value for accessKeyId, secretAccessKey; add it`, true},
		{
			"two values in one", spec(accessKey), secretWith("keys", map[string]string{"accessKeyId": "AK\nSK", "secretAccessKey": "SK"}),
			`Secret "keys" has blanks or letters beside ASCII in accessKeyId; correct it`, true,
		},
		{
			"values that no header takes", spec(accessKey), secretWith("keys", map[string]string{"accessKeyId": "AK\x00", "secretAccessKey": "S K", "securityToken": "tok\u00e9n"}),
			`Secret "keys" has blanks or letters beside ASCII in accessKeyId, securityToken; correct it`, true,
		},
		{
			"a value that is blank", spec(accessKey), secretWith("keys", map[string]string{"accessKeyId": " \n", "secretAccessKey": "SK"}),
			`Secret "keys" has no value for accessKeyId; add it`, true,
		},
		{
			"a password without the name of the account", spec(password), secretWith("login", map[string]string{"username": "jane", "password": "pass"}),
			`Secret "login" has no value for domainName; add it`, true,
		},
		{
			"a Secret of the other form", spec(password), accessKeySecret(),
			`Secret "keys" has no value for username, password, domainName; add it`, true,
		},
		{"no credentials", spec(v1alpha1.Credentials{}), nil, "spec.credentials: set one of its fields", false},
		{
			"a CA bundle that is no PEM", changed(accessKey, func(s *v1alpha1.ConnectionSpec) {
				s.TLS = &v1alpha1.TLSOptions{CABundle: []byte("not a certificate")}
			}), accessKeySecret(), "spec.tls.caBundle: CA bundle: PEM block 1 is missing or damaged", false,
		},
		{
			"a CA bundle with a damaged certificate", changed(accessKey, func(s *v1alpha1.ConnectionSpec) {
				s.TLS = &v1alpha1.TLSOptions{CABundle: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte{1}})}
			}), accessKeySecret(), "spec.tls.caBundle: CA bundle: certificate 1: x509: malformed certificate", false,
		},
		{
			"an address without a host", changed(accessKey, func(s *v1alpha1.ConnectionSpec) {
				s.Endpoints = &v1alpha1.Endpoints{ImageRecognition: "https://:443"}
			}), accessKeySecret(), "image endpoint: use a URL such as https://host", false,
		},
		{
			"an object storage without a host", changed(accessKey, func(s *v1alpha1.ConnectionSpec) {
				s.Endpoints = &v1alpha1.Endpoints{OBS: "https://:443"}
			}), accessKeySecret(), "spec.endpoints.obs: configure object storage: the endpoint has no host name", false,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := session.Opener{Now: time.Now}.Open(shopDefault, tt.spec, nil, tt.secret)
			if err == nil {
				t.Fatal("opened")
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if _, is := errors.AsType[*session.CredentialsError](err); is != tt.secretsFault {
				t.Errorf("the Secret's fault: %t, want %t", is, tt.secretsFault)
			}
		})
	}
}

func TestOpenFollowsTheSpec(t *testing.T) {
	tests := []struct {
		name                   string
		change                 func(*v1alpha1.ConnectionSpec)
		recognition, objectURL string
	}{
		{
			"the region gives what is not set", func(*v1alpha1.ConnectionSpec) {},
			"ais.Client(https://image.ap-southeast-1.myhuaweicloud.com/)", "https://photos.obs.ap-southeast-1.myhuaweicloud.com/a.jpg",
		},
		{
			"endpoints replace it", func(s *v1alpha1.ConnectionSpec) {
				s.Endpoints = &v1alpha1.Endpoints{ImageRecognition: "http://engine.ais.svc/", OBS: "https://store.example.com:8443/"}
			}, "ais.Client(http://engine.ais.svc/)", "https://photos.store.example.com:8443/a.jpg",
		},
		{
			"each on its own", func(s *v1alpha1.ConnectionSpec) { s.Endpoints = &v1alpha1.Endpoints{IAM: "https://iam.example.com"} },
			"ais.Client(https://image.ap-southeast-1.myhuaweicloud.com/)", "https://photos.obs.ap-southeast-1.myhuaweicloud.com/a.jpg",
		},
		{
			"path style puts the bucket into the path", func(s *v1alpha1.ConnectionSpec) { s.OBS = &v1alpha1.ObjectStorageOptions{PathStyle: true} },
			"ais.Client(https://image.ap-southeast-1.myhuaweicloud.com/)", "https://obs.ap-southeast-1.myhuaweicloud.com/photos/a.jpg",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			connection := spec(accessKey)
			tt.change(connection)
			s := open(t, shopDefault, connection, nil, accessKeySecret())
			if got := fmt.Sprint(s.Recognition); got != tt.recognition {
				t.Errorf("calls %s, want %s", got, tt.recognition)
			}
			if got := s.Storage.ObjectURL("photos", "a.jpg"); got != tt.objectURL {
				t.Errorf("stores at %s, want %s", got, tt.objectURL)
			}
			if want := "ais.Client(" + s.Endpoint + "/)"; tt.recognition != want {
				t.Errorf("endpoint %s, but it calls %s", s.Endpoint, tt.recognition)
			}
		})
	}

	t.Run("a password reaches the object storage, too", func(t *testing.T) {
		if s := open(t, shopDefault, spec(password), nil, passwordSecret()); s.Storage == nil {
			t.Error("there is no client of the object storage")
		}
	})
	t.Run("limits are taken over", func(t *testing.T) {
		connection := spec(accessKey)
		connection.Limits = &v1alpha1.Limits{TimeoutSeconds: 300}
		s := open(t, shopDefault, connection, nil, accessKeySecret())
		if got := s.Limits.For(v1alpha1.OperationDefog).Timeout; got != 5*time.Minute {
			t.Errorf("a call may take %s", got)
		}
	})
}

func TestSecretName(t *testing.T) {
	for want, c := range map[string]v1alpha1.Credentials{"keys": accessKey, "login": password, "": {}} {
		if got := session.SecretName(c); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
