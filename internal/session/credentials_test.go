package session_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/netguard"
	"github.com/ais-operator/ais-operator/internal/session"
)

func TestIDTokens(t *testing.T) {
	resource := schema.GroupResource{Resource: "serviceaccounts"}
	agreed := map[string]string{v1alpha1.AudienceAnnotation: "huawei-iam"}
	tests := []struct {
		name        string
		annotations map[string]string
		absent      bool
		refusal     error // of the token request

		want  string // the message; empty: there is a token
		fault bool   // somebody has to act
	}{
		{"an account that agrees", agreed, false, nil, "", false},
		{
			"an account that does not agree", nil, false, nil,
			`ServiceAccount "pictures" does not agree to tokens for audience "huawei-iam"; its owner has to set the annotation ais-operator.io/audience to it`, true,
		},
		{
			"an account that agrees to another audience", map[string]string{v1alpha1.AudienceAnnotation: "kubernetes"}, false, nil,
			`ServiceAccount "pictures" does not agree to tokens for audience "huawei-iam"; its owner has to set the annotation ais-operator.io/audience to it`, true,
		},
		{"no account", nil, true, nil, `ServiceAccount "pictures" does not exist in namespace "shop"; create it`, true},
		{
			"an operator that may not obtain tokens", agreed, false, apierrors.NewForbidden(resource, "pictures", errors.New("no")),
			`the operator may not obtain tokens of ServiceAccounts in namespace "shop"; an administrator has to bind it the ClusterRole ais-workload-identity there`, true,
		},
		{
			"an API server that cannot answer", agreed, false, apierrors.NewServiceUnavailable("later"),
			"obtain a token of ServiceAccount shop/pictures: later", false,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			asked := 0
			builder := fake.NewClientBuilder().WithInterceptorFuncs(interceptor.Funcs{SubResourceCreate: issue(t, &asked, tt.refusal)})
			if !tt.absent {
				builder.WithObjects(&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "pictures", Annotations: tt.annotations}})
			}
			c := builder.Build()
			token, err := session.ServiceAccounts{Live: c, Client: c}.IDToken(t.Context(), types.NamespacedName{Namespace: "shop", Name: "pictures"}, "huawei-iam")
			if tt.want == "" {
				if err != nil || token.Reveal() != "jwt" || asked != 1 {
					t.Errorf("token %q, %v after %d requests", token.Reveal(), err, asked)
				}
				return
			}
			if err == nil || err.Error() != tt.want || errors.Is(err, ais.ErrNoIdentity) != tt.fault {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if tt.refusal == nil && asked > 0 {
				t.Error("a token was asked for")
			}
		})
	}
}

// issue answers token requests for the audience huawei-iam, and counts them.
func issue(t *testing.T, asked *int, refusal error) func(context.Context, client.Client, string, client.Object, client.Object, ...client.SubResourceCreateOption) error {
	t.Helper()
	return func(_ context.Context, _ client.Client, sub string, obj, request client.Object, _ ...client.SubResourceCreateOption) error {
		*asked++
		token, ok := request.(*authenticationv1.TokenRequest)
		if !ok || sub != "token" || obj.GetName() != "pictures" || !cmp.Equal(token.Spec.Audiences, []string{"huawei-iam"}) {
			t.Errorf("asked for %s of %s: %+v", sub, obj.GetName(), request)
			return nil
		}
		token.Status.Token = "jwt"
		return refusal
	}
}

// tokens are ID tokens of everybody, and who they were asked for.
type tokens struct{ asked []types.NamespacedName }

func (i *tokens) IDToken(_ context.Context, account types.NamespacedName, _ string) (ais.Secret, error) {
	i.asked = append(i.asked, account)
	return "jwt", nil
}

func TestTheServiceAccountIsTheConnectionsOwn(t *testing.T) {
	oidc := v1alpha1.Credentials{OIDC: &v1alpha1.OIDCCredentials{
		IdentityProvider: "cce", Audience: "huawei-iam", ServiceAccountRef: v1alpha1.ServiceAccountReference{Name: "pictures"},
	}}
	iam := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	t.Cleanup(iam.Close)
	for _, tt := range []struct {
		name string
		ref  session.Ref
		want types.NamespacedName
	}{
		{"of a Connection in its namespace", shopDefault, types.NamespacedName{Namespace: "shop", Name: "pictures"}},
		{"of a ClusterConnection in the operator's", shared, types.NamespacedName{Namespace: "ais-system", Name: "pictures"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got tokens
			connection := spec(oidc)
			connection.Endpoints = &v1alpha1.Endpoints{IAM: v1alpha1.Endpoint(iam.URL)}
			guard := netguard.Policy{AllowCIDRs: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
			s, err := session.Opener{Guard: guard, Now: time.Now, Namespace: "ais-system", IDTokens: &got}.Open(tt.ref, connection, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(s.Close)
			if _, err := s.Recognition.Verify(t.Context()); ais.ClassOf(err) != ais.ClassCredentials {
				t.Errorf("got %v, want the refusal of IAM", err)
			}
			if want := []types.NamespacedName{tt.want}; !cmp.Equal(got.asked, want) {
				t.Errorf("tokens of %v, want of %v", got.asked, want)
			}
		})
	}
}

func TestPodIdentity(t *testing.T) {
	podIdentity := v1alpha1.Credentials{PodIdentity: &v1alpha1.PodIdentityCredentials{}}
	_, err := session.Opener{Now: time.Now}.Open(shared, spec(podIdentity), nil, nil)
	if fault, ok := errors.AsType[*session.CredentialsError](err); !ok || fault.Message !=
		"the operator's pod has no Pod Identity; associate its ServiceAccount with an agency and start the pod anew" {
		t.Errorf("without an identity: %v", err)
	}
	agent := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(agent.Close)
	own := &ais.PodIdentity{URI: agent.URL, Token: func() (ais.Secret, error) { return "t", nil }, Transport: http.DefaultTransport}
	if _, err := (session.Opener{Now: time.Now, PodIdentity: own}).Open(shared, spec(podIdentity), nil, nil); err != nil {
		t.Error(err)
	}
}
