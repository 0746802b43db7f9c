package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"

	"k8s.io/client-go/discovery"

	"github.com/ais-operator/ais-operator/internal/engine/iam"
)

// project is what the samples give as region.
const project = "ap-southeast-1"

// account is who calls the engine and owns the object storage, by the keys that Secrets have.
type account map[string]string

// newAccount makes up an account with random secrets.
func newAccount() account {
	return account{
		"accessKeyId": "DEMO" + rand.Text()[:16], "secretAccessKey": rand.Text() + rand.Text(),
		"domainName": "demo", "username": "operator", "password": rand.Text(),
	}
}

// file is the account as the engine and the object storage know it. ServiceAccounts of the samples' namespace act as its user.
func (a account) file(cluster iam.IdentityProvider) *iam.File {
	cluster.ID, cluster.Audiences = "demo", []string{"huawei-iam"}
	cluster.Rules = []iam.Rule{{Subject: "system:serviceaccount:demo:*", User: a["username"]}}
	return &iam.File{TokenKey: iam.NewTokenKey(), Accounts: []iam.Account{{
		DomainName:        a["domainName"],
		Projects:          []iam.Project{{ID: "0123456789abcdef0123456789abcdef", Name: project}},
		Users:             []iam.User{{Name: a["username"], Password: a["password"]}},
		AccessKeys:        []iam.AccessKey{{AccessKeyID: a["accessKeyId"], SecretAccessKey: a["secretAccessKey"]}},
		IdentityProviders: []iam.IdentityProvider{cluster},
	}}}
}

// openAccounts makes the accounts of the engine and the object storage. They take ID tokens of the control plane, as IAM does where somebody has entered
// the cluster as an identity provider.
func (s *stage) openAccounts(ctx context.Context) error {
	discoverer, err := discovery.NewDiscoveryClientForConfig(s.config)
	if err != nil {
		return err
	}
	get := discoverer.RESTClient().Get
	document, err := get().AbsPath("/.well-known/openid-configuration").DoRaw(ctx)
	if err != nil {
		return fmt.Errorf("ask the control plane who it is: %w", err)
	}
	var who struct {
		Issuer string `json:"issuer"`
	}
	if err := json.Unmarshal(document, &who); err != nil {
		return fmt.Errorf("ask the control plane who it is: %w", err)
	}
	keys, err := get().AbsPath("/openid/v1/jwks").DoRaw(ctx)
	if err != nil {
		return fmt.Errorf("ask the control plane for its keys: %w", err)
	}
	s.accounts = s.account.file(iam.IdentityProvider{Issuer: who.Issuer, JWKS: keys})
	return nil
}
