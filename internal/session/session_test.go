package session_test

import (
	"testing"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/session"
)

const (
	read  = v1alpha1.ObjectAccessRead
	write = v1alpha1.ObjectAccessReadWrite
)

func TestAllowsObject(t *testing.T) {
	rules := []v1alpha1.AllowedObjects{
		{Bucket: "photos", Access: read},
		{Bucket: "unset"},
		{Bucket: "results", Prefix: "{namespace}/", Access: write},
		{Bucket: "mixed", Access: read},
		{Bucket: "mixed", Prefix: "out/{namespace}/{namespace}-", Access: write},
	}
	tests := []struct {
		name        string
		namespace   string
		bucket, key string
		access      v1alpha1.ObjectAccess
		want        bool
	}{
		{"a rule without a prefix allows every key", "shop", "photos", "a/b/c.jpg", read, true},
		{"reading is not writing", "shop", "photos", "a/b/c.jpg", write, false},
		{"a rule without access allows reading", "shop", "unset", "a.jpg", read, true},
		{"a rule without access allows no writing", "shop", "unset", "a.jpg", write, false},
		{"a bucket without a rule is closed", "shop", "secrets", "a.jpg", read, false},
		{"a bucket is not allowed by its beginning", "shop", "photos2", "a.jpg", read, false},
		{"a namespace may write below its own name", "shop", "results", "shop/a.jpg", write, true},
		{"who may write may read", "shop", "results", "shop/a.jpg", read, true},
		{"a namespace may not write below another's name", "shop", "results", "bank/a.jpg", write, false},
		{"a namespace may not write where its name only begins", "shop", "results", "shop2/a.jpg", write, false},
		{"a namespace may not write below its name below another's", "shop", "results", "bank/shop/a.jpg", write, false},
		{"a namespace may not write above its own name", "shop", "results", "a.jpg", write, false},
		{"every {namespace} stands for the name", "shop", "mixed", "out/shop/shop-a.jpg", write, true},
		{"also the second one", "shop", "mixed", "out/shop/bank-a.jpg", write, false},
		{"the rule that allows more holds", "shop", "mixed", "out/bank/bank-a.jpg", read, true},
		{"a placeholder in a key is no placeholder", "shop", "results", "{namespace}/a.jpg", write, false},
	}
	opened := open(t, shared, spec(accessKey), rules, accessKeySecret())
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := opened.AllowsObject(tt.namespace, tt.bucket, tt.key, tt.access); got != tt.want {
				t.Errorf("%s of %s/%s for %s: %t, want %t", tt.access, tt.bucket, tt.key, tt.namespace, got, tt.want)
			}
		})
	}

	t.Run("without rules a ClusterConnection allows nothing", func(t *testing.T) {
		if open(t, shared, spec(accessKey), nil, accessKeySecret()).AllowsObject("shop", "photos", "a.jpg", read) {
			t.Error("allowed")
		}
	})
	t.Run("a Connection is limited by its own credentials alone", func(t *testing.T) {
		own := open(t, shopDefault, spec(accessKey), nil, accessKeySecret())
		if !own.AllowsObject("shop", "secrets", "a.jpg", write) {
			t.Error("not allowed")
		}
	})
}

func TestRefOf(t *testing.T) {
	tests := []struct {
		name string
		in   v1alpha1.ConnectionReference
		want session.Ref
		text string
	}{
		{
			"a Connection is in the object's namespace", v1alpha1.ConnectionReference{Kind: "Connection", Name: "default"},
			session.Ref{Kind: "Connection", Namespace: "shop", Name: "default"}, `Connection "default"`,
		},
		{
			"a ClusterConnection is in none", v1alpha1.ConnectionReference{Kind: "ClusterConnection", Name: "default"},
			session.Ref{Kind: "ClusterConnection", Name: "default"}, `ClusterConnection "default"`,
		},
		{
			"no kind means a Connection", v1alpha1.ConnectionReference{Name: "other"},
			session.Ref{Kind: "Connection", Namespace: "shop", Name: "other"}, `Connection "other"`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := session.RefOf("shop", tt.in)
			if got != tt.want {
				t.Errorf("got %#v, want %#v", got, tt.want)
			}
			if got.String() != tt.text {
				t.Errorf("reads %s, want %s", got, tt.text)
			}
		})
	}
}

func TestKeysNameConnections(t *testing.T) {
	seen := map[string]bool{}
	for _, ref := range []session.Ref{
		{Kind: v1alpha1.ConnectionKindNamespaced, Namespace: "shop", Name: "default"},
		{Kind: v1alpha1.ConnectionKindNamespaced, Namespace: "default", Name: "shop"},
		{Kind: v1alpha1.ConnectionKindCluster, Name: "default"},
	} {
		if got := session.RefOfKey(ref.Key()); got != ref {
			t.Errorf("the key of %+v names %+v", ref, got)
		}
		seen[ref.Key()] = true
	}
	if len(seen) != 3 {
		t.Errorf("keys %v", seen)
	}
}
