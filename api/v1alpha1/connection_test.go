package v1alpha1_test

import (
	"fmt"
	"strings"
	"testing"
)

const (
	connection = `
kind: Connection
metadata: {name: default}
spec:
  region: ap-southeast-1
  credentials: {accessKey: {secretRef: {name: huawei}}}`

	clusterConnection = `
kind: ClusterConnection
metadata: {name: shared}
spec:
  region: ap-southeast-1
  credentials: {accessKey: {secretRef: {name: huawei}}}`
)

// connectionRules hold for both kinds of connections.
func connectionRules() []rule {
	password := map[string]any{"secretRef": map[string]any{"name": "huawei"}}
	oidc := func(change string, value any) set {
		s := set{
			"spec.credentials.accessKey": nil, "spec.credentials.oidc.identityProvider": "cce", "spec.credentials.oidc.audience": "huawei-iam",
			"spec.credentials.oidc.serviceAccountRef.name": "pictures",
		}
		if change != "" {
			s["spec.credentials.oidc."+change] = value
		}
		return s
	}
	oneCredential := "exactly one of the fields in [accessKey password oidc podIdentity] must be set"
	return []rule{
		{"a region is required", set{"spec.region": nil}, "spec.region", "Required value"},
		{"a region may be one letter", set{"spec.region": "x"}, "", ""},
		{"a region may have 63 characters", set{"spec.region": long(63)}, "", ""},
		{"a region may not have more", set{"spec.region": long(64)}, "spec.region", "may not be more than 63 bytes"},
		{"a region is no list", set{"spec.region": "eu-west-1,eu-west-2"}, "spec.region", "should match '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$'"},
		{"a region does not end in a hyphen", set{"spec.region": "eu-"}, "spec.region", "should match"},

		{"credentials are required", set{"spec.credentials": nil}, "spec.credentials", "Required value"},
		{"credentials may be a password", set{"spec.credentials": map[string]any{"password": password}}, "", ""},
		{"credentials may not be both", set{"spec.credentials.password": password}, "spec.credentials", oneCredential},
		{"credentials may not be empty", set{"spec.credentials": map[string]any{}}, "spec.credentials", oneCredential},
		{
			"an access key needs a Secret", set{"spec.credentials.accessKey.secretRef": nil},
			"spec.credentials.accessKey.secretRef", "Required value",
		},
		{
			"a Secret needs a name", set{"spec.credentials.accessKey.secretRef": map[string]any{}},
			"spec.credentials.accessKey.secretRef.name", "Required value",
		},
		{"credentials may be an identity of the cluster", oidc("", nil), "", ""},
		{"an identity needs its provider", oidc("identityProvider", nil), "spec.credentials.oidc.identityProvider", "Required value"},
		{"an identity needs an audience", oidc("audience", nil), "spec.credentials.oidc.audience", "Required value"},
		{"an identity needs a ServiceAccount", oidc("serviceAccountRef", nil), "spec.credentials.oidc.serviceAccountRef", "Required value"},
		{"a provider is no path", oidc("identityProvider", "a/b"), "spec.credentials.oidc.identityProvider", "should match '^[A-Za-z0-9_-]+$'"},
		{
			"a ServiceAccount's name may not be longer", oidc("serviceAccountRef.name", long(254)),
			"spec.credentials.oidc.serviceAccountRef.name", "may not be more than 253 bytes",
		},
		{
			"a password needs a Secret", set{"spec.credentials": map[string]any{"password": map[string]any{}}},
			"spec.credentials.password.secretRef", "Required value",
		},
		{"a Secret's name may have 253 characters", set{"spec.credentials.accessKey.secretRef.name": long(253)}, "", ""},
		{
			"a Secret's name may not have more", set{"spec.credentials.accessKey.secretRef.name": long(254)},
			"spec.credentials.accessKey.secretRef.name", "may not be more than 253 bytes",
		},
		{"a Secret's name may have dots and hyphens", set{"spec.credentials.accessKey.secretRef.name": "huawei.key-2"}, "", ""},
		{
			"a Secret's name is no path", set{"spec.credentials.accessKey.secretRef.name": "../bank/huawei"},
			"spec.credentials.accessKey.secretRef.name", "should match",
		},
		{
			"a Secret's name may not be empty", set{"spec.credentials.accessKey.secretRef.name": ""},
			"spec.credentials.accessKey.secretRef.name", "should be at least 1 chars long",
		},

		{"a project may be named", set{"spec.project.name": "ap-southeast-1"}, "", ""},
		{"a project may have an ID", set{"spec.project.id": long(64)}, "", ""},
		{
			"a project may not have both", set{"spec.project.id": "p", "spec.project.name": "p"},
			"spec.project", "exactly one of the fields in [name id] must be set",
		},
		{"a project may not be empty", set{"spec.project": map[string]any{}}, "spec.project", "exactly one of the fields in [name id] must be set"},
		{"a project's ID may not be longer", set{"spec.project.id": long(65)}, "spec.project.id", "may not be more than 64 bytes"},
		{"a project's ID is no path", set{"spec.project.id": "a/b"}, "spec.project.id", "should match '^[A-Za-z0-9_-]+$'"},
		{"a project's ID may not be empty", set{"spec.project.id": ""}, "spec.project.id", "should be at least 1 chars long"},
		{"a project's name may not be longer", set{"spec.project.name": long(65)}, "spec.project.name", "may not be more than 64 bytes"},
		{"a project's name is no path", set{"spec.project.name": "a/b"}, "spec.project.name", "should match"},

		{"an object storage may be addressed by path", set{"spec.obs.pathStyle": true}, "", ""},
		{"a connection may be suspended", set{"spec.suspend": true}, "", ""},

		{"a CA bundle is required in tls", set{"spec.tls": map[string]any{}}, "spec.tls.caBundle", "Required value"},
		{"a CA bundle is Base64", set{"spec.tls.caBundle": "LS0t"}, "", ""},
		{"a CA bundle is no PEM", set{"spec.tls.caBundle": "-----BEGIN"}, "spec.tls.caBundle", "must be of type byte"},
		{"a CA bundle may have 1 MiB", set{"spec.tls.caBundle": strings.Repeat("LS0t", 1<<20/4)}, "", ""},
		{"a CA bundle may not have more", set{"spec.tls.caBundle": strings.Repeat("LS0t", 1<<20/4+1)}, "spec.tls.caBundle", "may not be more than 1048576 bytes"},
		{"a CA bundle may not be empty", set{"spec.tls.caBundle": ""}, "spec.tls.caBundle", "must be of type byte"},
	}
}

// endpointRules hold for each endpoint.
func endpointRules() []rule {
	var rules []rule
	for _, name := range []string{"imageRecognition", "iam", "obs"} {
		path := "spec.endpoints." + name
		for _, good := range []string{"https://engine.ais.svc", "http://127.0.0.1:8080", "https://example.com/", "http://a", "https://[::1]:8443"} {
			rules = append(rules, rule{name + " may be " + good, set{path: good}, "", ""})
		}
		for _, bad := range []string{
			"ftp://example.com", "example.com", "https://example.com/v1", "https://user@example.com", "https://example.com?a=b", "https://example.com#a",
			"https://exa mple.com",
		} {
			rules = append(rules, rule{name + " may not be " + bad, set{path: bad}, path, `should match '^https?://[^/?#\s@]+/?$'`})
		}
		rules = append(rules,
			rule{name + " may have 512 characters", set{path: "https://" + long(504)}, "", ""},
			rule{name + " may not have more", set{path: "https://" + long(505)}, path, "may not be more than 512 bytes"},
			rule{name + " may not be a scheme alone", set{path: "http://"}, path, "should "},
		)
	}
	return rules
}

func TestConnectionSchema(t *testing.T) { checkRules(t, connection, connectionRules()) }

func TestPodIdentityIsTheAdministrators(t *testing.T) {
	podIdentity := set{"spec.credentials": map[string]any{"podIdentity": map[string]any{}}}
	checkRules(t, clusterConnection, []rule{{"a ClusterConnection may use the operator's own identity", podIdentity, "", ""}})
	checkRules(t, connection, []rule{{
		"a Connection may not", podIdentity, "spec", "podIdentity is the operator's own identity: an administrator uses it in a ClusterConnection",
	}})
}

func TestConnectionEndpoints(t *testing.T) { checkRules(t, connection, endpointRules()) }

func TestClusterConnectionSchema(t *testing.T) { checkRules(t, clusterConnection, connectionRules()) }

func TestClusterConnectionEndpoints(t *testing.T) { checkRules(t, clusterConnection, endpointRules()) }

func TestClusterConnectionPermissions(t *testing.T) {
	namespaces := func(names ...any) set { return set{"spec.allowedNamespaces.names": append([]any{}, names...)} }
	object := func(fields map[string]any) set {
		if _, ok := fields["bucket"]; !ok {
			fields["bucket"] = "results"
		}
		return set{"spec.allowedObjects": []any{fields}}
	}
	const names, objects = "spec.allowedNamespaces.names", "spec.allowedObjects"
	checkRules(t, clusterConnection, []rule{
		{"namespaces may be named", namespaces("shop", "bank"), "", ""},
		{"namespaces may be selected", set{"spec.allowedNamespaces.selector.matchLabels": map[string]any{"team": "sales"}}, "", ""},
		{"an empty selector is one", set{"spec.allowedNamespaces.selector": map[string]any{}}, "", ""},
		{"a list of no namespace is none", namespaces(), names, "should have at least 1 items"},
		{"256 namespaces may be named", namespaces(many(256, func(i int) any { return fmt.Sprint("ns-", i) })...), "", ""},
		{"more may be selected only", namespaces(many(257, func(i int) any { return fmt.Sprint("ns-", i) })...), names, "must have at most 256 items"},
		{"a namespace is named once", namespaces("shop", "shop"), names + "[1]", "Duplicate value"},
		{"a namespace's name may not be empty", namespaces(""), names + "[0]", "should be at least 1 chars long"},
		{"a namespace's name may have 63 characters", namespaces(long(63)), "", ""},
		{"a namespace's name may not have more", namespaces(long(64)), names + "[0]", "may not be more than 63 bytes"},

		{"objects may be allowed by bucket", object(map[string]any{}), "", ""},
		{"objects may be allowed by prefix", object(map[string]any{"prefix": "{namespace}/", "access": "ReadWrite"}), "", ""},
		{"a list of no objects is none", set{objects: []any{}}, objects, "should have at least 1 items"},
		{"64 rules are allowed", set{objects: many(64, func(int) any { return map[string]any{"bucket": "results"} })}, "", ""},
		{"more are not", set{objects: many(65, func(int) any { return map[string]any{"bucket": "results"} })}, objects, "must have at most 64 items"},
		{"objects need a bucket", set{objects: []any{map[string]any{"prefix": "a"}}}, objects + "[0].bucket", "Required value"},
		{"a bucket has 3 characters or more", object(map[string]any{"bucket": "ab"}), objects + "[0].bucket", "should be at least 3 chars long"},
		{"a bucket has 63 characters or less", object(map[string]any{"bucket": long(64)}), objects + "[0].bucket", "may not be more than 63 bytes"},
		{"a prefix may have the namespace in its middle", object(map[string]any{"prefix": "tenants/{namespace}/out_{namespace}."}), "", ""},
		{
			"a namespace at the end of a prefix would begin others", object(map[string]any{"prefix": "tenants/{namespace}"}),
			objects + "[0].prefix", "{namespace} must be followed by a character that no namespace's name has, such as a slash",
		},
		{
			"so would one before a hyphen", object(map[string]any{"prefix": "{namespace}-out/"}),
			objects + "[0].prefix", "{namespace} must be followed by a character that no namespace's name has",
		},
		{"a prefix may have 1024 characters", object(map[string]any{"prefix": long(1024)}), "", ""},
		{"a prefix may not have more", object(map[string]any{"prefix": long(1025)}), objects + "[0].prefix", "may not be more than 1024 bytes"},
		{"a prefix may not be empty", object(map[string]any{"prefix": ""}), objects + "[0].prefix", "should be at least 1 chars long"},
		{"access is Read or ReadWrite", object(map[string]any{"access": "Write"}), objects + "[0].access", `supported values: "Read", "ReadWrite"`},
	})
}
