package session_test

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/login"
	"github.com/ais-operator/ais-operator/internal/session"
)

func TestOriginOf(t *testing.T) {
	type made struct {
		uid    types.UID
		spec   *v1alpha1.ConnectionSpec
		secret *corev1.Secret
	}
	originOf := func(change func(*made)) string {
		t.Helper()
		m := made{"c1", spec(accessKey), accessKeySecret()}
		change(&m)
		origin, err := session.OriginOf(m.uid, m.spec, m.secret)
		if err != nil {
			t.Fatal(err)
		}
		return origin
	}
	before := originOf(func(*made) {})
	for name, tt := range map[string]struct {
		change func(*made)
		same   bool
	}{
		"limits bound calls":                         {func(m *made) { m.spec.Limits = &v1alpha1.Limits{Concurrency: 1} }, true},
		"a budget bounds calls":                      {func(m *made) { m.spec.Budget = &v1alpha1.Budget{CallsPerDay: 1} }, true},
		"suspension bounds calls":                    {func(m *made) { m.spec.Suspend = true }, true},
		"another region is another service":          {func(m *made) { m.spec.Region = "eu-west-101" }, false},
		"another address is another service":         {func(m *made) { m.spec.Endpoints = &v1alpha1.Endpoints{IAM: "https://iam.example.com"} }, false},
		"another project is another bill":            {func(m *made) { m.spec.Project = &v1alpha1.Project{ID: "p1"} }, false},
		"another form of credentials is to be tried": {func(m *made) { m.spec.Credentials = password }, false},
		"another authority may not be that of the service": {
			func(m *made) { m.spec.TLS = &v1alpha1.TLSOptions{CABundle: []byte("pem")} }, false,
		},
		"another content of the Secret is to be tried": {func(m *made) { m.secret.ResourceVersion = "43" }, false},
		"another Secret of the name is to be tried":    {func(m *made) { m.secret.UID = "u2" }, false},
		"another connection of the name is to be tried": {
			func(m *made) { m.uid = "c2" }, false,
		},
	} {
		if got := originOf(tt.change); (got == before) != tt.same {
			t.Errorf("%s: the origin is the same: %t", name, got == before)
		}
	}
}

// opened is a session whose tries are counted.
func opened(t *testing.T, accounts *login.Accounts, spec *v1alpha1.ConnectionSpec, secret *corev1.Secret) *session.Session {
	t.Helper()
	s, err := session.Opener{Now: time.Now, Accounts: accounts}.Open(shopDefault, spec, nil, secret)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestSessionsKnowWhoseCredentialsTheyHave(t *testing.T) {
	elsewhere := spec(password)
	elsewhere.Endpoints = &v1alpha1.Endpoints{IAM: "https://iam.example.com"}
	accounts := login.NewAccounts(time.Now)
	key, jane, janeElsewhere := opened(t, accounts, spec(accessKey), accessKeySecret()), opened(t, accounts, spec(password), passwordSecret()),
		opened(t, accounts, elsewhere, passwordSecret())
	if want := login.AccountOf("", "AK"); key.Account != want || key.LogsIn() {
		t.Errorf("an access key: account %s, want %s; logs in: %t", key.Account, want, key.LogsIn())
	}
	if want := login.AccountOf("", "acme", "jane"); jane.Account != want || !jane.LogsIn() {
		t.Errorf("a password: account %s, want %s; logs in: %t", jane.Account, want, jane.LogsIn())
	}
	if jane.Account == janeElsewhere.Account {
		t.Error("users of the same name at two services count as one")
	}
}

func TestSessionsCountWhatTheServiceRefuses(t *testing.T) {
	wrong := &ais.Error{Op: "Defog", Code: "APIG.0301", HTTPStatus: 401}
	counted := &ais.Error{Op: ais.OpListProjects, Code: "APIG.0301", HTTPStatus: 401}
	for name, tt := range map[string]struct {
		spec   *v1alpha1.ConnectionSpec
		secret *corev1.Secret
		err    error
		spent  bool
	}{
		"a call that is signed":                      {spec(accessKey), accessKeySecret(), wrong, true},
		"a request to the object storage":            {spec(accessKey), accessKeySecret(), skewed, true},
		"a look-up has been counted as a try":        {spec(accessKey), accessKeySecret(), counted, false},
		"another failure is none":                    {spec(accessKey), accessKeySecret(), missing, false},
		"a token that is refused is no log-in":       {spec(password), passwordSecret(), wrong, false},
		"a try that was not made counts for nothing": {spec(accessKey), accessKeySecret(), withheld, false},
	} {
		t.Run(name, func(t *testing.T) {
			accounts := login.NewAccounts(time.Now)
			s := opened(t, accounts, tt.spec, tt.secret)
			for range login.MaxTries {
				s.Heed(tt.err)
			}
			if hold, _ := accounts.Ask(s.Account, "test", func() {}); (hold == login.Spent) != tt.spent {
				t.Errorf("hold %d, want the tries to be spent: %t", hold, tt.spent)
			}
		})
	}
}

func TestSessionsWithholdTriesThatMightLockTheAccount(t *testing.T) {
	for name, tt := range map[string]struct {
		credentials v1alpha1.Credentials
		secret      *corev1.Secret
	}{
		"with a password":    {password, passwordSecret()},
		"with an access key": {accessKey, accessKeySecret()},
	} {
		t.Run(name, func(t *testing.T) {
			server, accounts := newService(t), login.NewAccounts(time.Now)
			c := server.connection()
			c.Credentials = tt.credentials
			s, err := session.Opener{Guard: loopback, Now: time.Now, Accounts: accounts}.Open(shopDefault, c, nil, tt.secret)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(s.Close)
			for range login.MaxTries {
				accounts.Restore(s.Account, time.Now(), time.Time{})
			}
			if _, err = s.Recognition.Verify(t.Context()); !login.IsWithheld(err) {
				t.Errorf("error %v, want the try to be withheld", err)
			}
			if server.last != nil {
				t.Error("the service was asked")
			}
		})
	}
}
