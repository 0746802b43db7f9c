package config_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// Namespaces of the policies' tests: the policies hold in the first alone.
const (
	tenant = "policed"
	free   = "unpoliced"
)

func analysis(namespace string, edit func(*v1alpha1.ImageAnalysisSpec)) client.Object {
	ia := &v1alpha1.ImageAnalysis{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "koala"}, Spec: v1alpha1.ImageAnalysisSpec{
		Image: v1alpha1.ImageSource{URL: "https://pictures.example.com/koala.jpg"}, Tagging: &v1alpha1.Tagging{},
	}}
	edit(&ia.Spec)
	return ia
}

func job(namespace string, edit func(*v1alpha1.EnhancementJobSpec)) client.Object {
	ej := &v1alpha1.EnhancementJob{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "koala"}, Spec: v1alpha1.EnhancementJobSpec{
		Image: v1alpha1.ImageSource{URL: "https://pictures.example.com/koala.jpg"}, DarkEnhance: &v1alpha1.DarkEnhance{},
		Output: v1alpha1.Output{OBS: v1alpha1.OutputObject{Bucket: "results"}},
	}}
	edit(&ej.Spec)
	return ej
}

func connection(namespace string, endpoints *v1alpha1.Endpoints) client.Object {
	return &v1alpha1.Connection{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "default"}, Spec: v1alpha1.ConnectionSpec{
		Region: "ap-southeast-1", Endpoints: endpoints,
		Credentials: v1alpha1.Credentials{AccessKey: &v1alpha1.AccessKeyCredentials{SecretRef: v1alpha1.SecretReference{Name: "keys"}}},
	}}
}

// attempt is an object that a tenant may create, or is refused with a sentence.
type attempt struct {
	name   string
	object client.Object
	want   string
}

func byURL(url string) client.Object {
	return analysis(tenant, func(s *v1alpha1.ImageAnalysisSpec) { s.Image.URL = url })
}

func hostRefused(host string) string {
	return `spec.image.url: host "` + host + `" is not allowed; allowed are: pictures.example.com, *.cdn.example.com`
}

var hostAttempts = []attempt{
	{"a picture of an allowed host", byURL("https://pictures.example.com/koala.jpg"), ""},
	{"a picture of an allowed host, at another port and in capitals", byURL("http://Pictures.Example.com:8080/koala.jpg"), ""},
	{"a picture of a host below an allowed name", byURL("https://eu.cdn.example.com/koala.jpg"), ""},
	{"a picture of another host", byURL("https://example.org/koala.jpg"), hostRefused("example.org")},
	{"the name that only what is below is allowed of", byURL("https://cdn.example.com/"), hostRefused("cdn.example.com")},
	{"a name that ends alike", byURL("https://evilcdn.example.com/"), hostRefused("evilcdn.example.com")},
	{"an allowed name as the beginning of another", byURL("https://pictures.example.com.evil.org/"), hostRefused("pictures.example.com.evil.org")},
	{"an allowed name as a user", byURL("https://pictures.example.com@evil.org/"), hostRefused("evil.org")},
	{"an allowed name as a user, after a fragment", byURL("https://evil.org#@pictures.example.com/"), hostRefused("")},
	{"an allowed name behind a backslash", byURL(`https://evil.org\.cdn.example.com/`), hostRefused("")},
	{"an allowed name in the query", byURL("https://evil.org?.cdn.example.com/"), hostRefused("evil.org")},
	{"an address", byURL("http://169.254.169.254/"), hostRefused("169.254.169.254")},
	{
		"a job's picture of another host",
		job(tenant, func(s *v1alpha1.EnhancementJobSpec) { s.Image.URL = "https://example.org/koala.jpg" }), hostRefused("example.org"),
	},
}

func fromBucket(bucket string) func(*v1alpha1.ImageAnalysisSpec) {
	return func(s *v1alpha1.ImageAnalysisSpec) {
		s.Image = v1alpha1.ImageSource{OBS: &v1alpha1.ObjectStorageReference{Bucket: bucket, Key: "koala.jpg"}}
	}
}

var bucketAttempts = []attempt{
	{"a picture of an allowed bucket", analysis(tenant, fromBucket("photos")), ""},
	{
		"a picture of another bucket", analysis(tenant, fromBucket("payroll")),
		`spec.image.obs: bucket "payroll" is not allowed; allowed are: photos, results`,
	},
	{"an output in an allowed bucket", job(tenant, func(*v1alpha1.EnhancementJobSpec) {}), ""},
	{
		"an output in a bucket that may be read", job(tenant, func(s *v1alpha1.EnhancementJobSpec) { s.Output.OBS.Bucket = "photos" }),
		`spec.output.obs: bucket "photos" is not allowed; allowed are: results`,
	},
}

func through(kind v1alpha1.ConnectionKind, name string) client.Object {
	return analysis(tenant, func(s *v1alpha1.ImageAnalysisSpec) {
		s.ConnectionRef = v1alpha1.ConnectionReference{Kind: kind, Name: name}
	})
}

var refAttempts = []attempt{
	{"the connection of the default", through("", ""), ""},
	{"any Connection", through(v1alpha1.ConnectionKindNamespaced, "mine"), ""},
	{"the ClusterConnection that is allowed", through(v1alpha1.ConnectionKindCluster, "shared"), ""},
	{
		"another ClusterConnection", through(v1alpha1.ConnectionKindCluster, "payroll"),
		`spec.connectionRef: ClusterConnection "payroll" is not allowed; allowed are: ClusterConnection/shared, Connection/*`,
	},
	{
		"a ClusterConnection of the name *", through(v1alpha1.ConnectionKindCluster, "*"),
		`spec.connectionRef: ClusterConnection "*" is not allowed; allowed are: ClusterConnection/shared, Connection/*`,
	},
}

var endpointAttempts = []attempt{
	{"a connection to the hosted service", connection(tenant, nil), ""},
	{"a connection to an allowed host", connection(tenant, &v1alpha1.Endpoints{ImageRecognition: "https://ais-engine.ais-system.svc", IAM: "https://AIS-engine.ais-system.svc/"}), ""},
	{
		"a connection to another host", connection(tenant, &v1alpha1.Endpoints{IAM: "https://example.org"}),
		`spec.endpoints: not allowed: https://example.org; allowed hosts are: ais-engine.ais-system.svc`,
	},
	{
		"a connection to another port of an allowed host", connection(tenant, &v1alpha1.Endpoints{OBS: "https://ais-engine.ais-system.svc:6443"}),
		`spec.endpoints: not allowed: https://ais-engine.ais-system.svc:6443; allowed hosts are: ais-engine.ais-system.svc`,
	},
	{
		"a connection without TLS", connection(tenant, &v1alpha1.Endpoints{ImageRecognition: "http://ais-engine.ais-system.svc"}),
		`spec.endpoints: only https:// is allowed`,
	},
}

// TestThePoliciesKnowEveryField finds where the kinds have tenants name something outside of Kubernetes. A policy that does not know of such a field lets
// it pass.
func TestThePoliciesKnowEveryField(t *testing.T) {
	got := map[string][]string{}
	for _, crd := range find(t, "config/crd", func() *apiextensionsv1.CustomResourceDefinition { return &apiextensionsv1.CustomResourceDefinition{} }) {
		if crd.Spec.Scope == apiextensionsv1.NamespaceScoped {
			spec := crd.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"]
			got[crd.Spec.Names.Plural] = fieldsThatName(&spec, "spec")
		}
	}
	picture := []string{"spec.connectionRef", "spec.image.obs.bucket", "spec.image.url"}
	want := map[string][]string{
		"connections":     {"spec.endpoints"},
		"enhancementjobs": append(slices.Clone(picture), "spec.output.obs.bucket"),
		"imageanalyses":   picture,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what the policies know (-) and what there is (+):\n%s", diff)
	}
}

// fieldsThatName returns the paths of the fields that name a host, a bucket or a connection.
func fieldsThatName(schema *apiextensionsv1.JSONSchemaProps, path string) []string {
	var found []string
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		property := schema.Properties[name]
		switch at := path + "." + name; name {
		case "url", "bucket", "endpoints", "connectionRef":
			found = append(found, at)
		default:
			found = append(found, fieldsThatName(&property, at)...)
		}
	}
	return found
}

// TestPolicies applies config/policies as it is, and has tenants try.
func TestPolicies(t *testing.T) {
	for _, name := range []string{tenant, free} {
		err := k8s.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
		if client.IgnoreAlreadyExists(err) != nil {
			t.Fatal(err)
		}
	}
	// Objects that are older than the policies.
	old := []client.Object{byURL("https://example.org/koala.jpg"), connection(tenant, &v1alpha1.Endpoints{IAM: "http://example.org"})}
	for _, object := range old {
		if err := k8s.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	for _, object := range build(t, "config/policies") {
		if err := k8s.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(object), fieldOwner, client.ForceOwnership); err != nil {
			t.Fatalf("applying %s %s: %v", object.GetKind(), object.GetName(), err)
		}
	}
	label(t, `"true"`)
	t.Cleanup(func() { label(t, "null") })
	for policy, attempts := range map[string][]attempt{
		"ais-image-hosts": hostAttempts, "ais-buckets": bucketAttempts, "ais-connection-refs": refAttempts, "ais-connection-endpoints": endpointAttempts,
	} {
		t.Run(policy, func(t *testing.T) { checkAttempts(t, policy, attempts) })
	}
	t.Run("what is older can be relabelled, and is refused once its spec changes", func(t *testing.T) { checkOld(t, old) })
	t.Run("nothing is allowed without the lists", checkWithoutLists)
}

// label marks the namespace where the policies hold.
func label(t *testing.T, value string) {
	t.Helper()
	patch := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":{"ais-operator.io/tenant":`+value+`}}}`))
	if err := k8s.Patch(context.WithoutCancel(t.Context()), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: tenant}}, patch); err != nil {
		t.Fatal(err)
	}
}

// checkAttempts makes every attempt where the policy holds, and where it does not.
func checkAttempts(t *testing.T, policy string, attempts []attempt) {
	t.Helper()
	for _, refused := range []bool{false, true} {
		i := slices.IndexFunc(attempts, func(a attempt) bool { return (a.want != "") == refused })
		awaitAnswer(t, attempts[i].object, refused)
	}
	for _, a := range attempts {
		t.Run(a.name, func(t *testing.T) {
			err := tryCreate(t.Context(), a.object)
			want := `ValidatingAdmissionPolicy '` + policy + `' with binding '` + policy + `' denied request: ` + a.want
			switch {
			case a.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case a.want != "" && (!apierrors.IsForbidden(err) || !strings.HasSuffix(err.Error(), want)):
				t.Errorf("got %v, want the object to be refused with %s", err, want)
			}
			elsewhere, _ := a.object.DeepCopyObject().(client.Object)
			elsewhere.SetNamespace(free)
			if err := tryCreate(t.Context(), elsewhere); err != nil {
				t.Errorf("refused where the policy does not hold: %v", err)
			}
		})
	}
}

// tryCreate asks whether an object would be taken. Nothing is stored.
func tryCreate(ctx context.Context, object client.Object) error {
	object, _ = object.DeepCopyObject().(client.Object)
	object.SetName("tried")
	return k8s.Create(ctx, object, client.DryRunAll)
}

// awaitAnswer waits until the API server heeds the policies and their lists.
func awaitAnswer(t *testing.T, object client.Object, refused bool) {
	t.Helper()
	var last error
	err := wait.PollUntilContextTimeout(t.Context(), 50*time.Millisecond, policyPatience, true, func(ctx context.Context) (bool, error) {
		last = tryCreate(ctx, object)
		if !refused {
			return last == nil, nil
		}
		return last != nil && strings.Contains(last.Error(), "denied request"), nil
	})
	if err != nil {
		t.Fatalf("want it to be refused: %v, the last answer was: %v", refused, last)
	}
}

// policyPatience is how long the API server may take to heed a policy.
const policyPatience = 30 * time.Second

func checkOld(t *testing.T, old []client.Object) {
	t.Helper()
	for _, object := range old {
		object.SetLabels(map[string]string{"seen": "true"})
		if err := k8s.Update(t.Context(), object); err != nil {
			t.Errorf("relabelling: %v", err)
		}
		switch o := object.(type) {
		case *v1alpha1.ImageAnalysis:
			o.Spec.Tagging.Language = "zh"
		case *v1alpha1.Connection:
			o.Spec.Suspend = true
		}
		if err := k8s.Update(t.Context(), object, client.DryRunAll); !apierrors.IsForbidden(err) {
			t.Errorf("changing the spec: got %v, want it to be refused", err)
		}
		if err := k8s.Delete(t.Context(), object); err != nil {
			t.Errorf("deleting: %v", err)
		}
	}
}

// checkWithoutLists takes the lists away one after the other.
func checkWithoutLists(t *testing.T) {
	lists := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "ais-system", Name: "ais-tenants"}}
	if err := k8s.Get(t.Context(), client.ObjectKeyFromObject(lists), lists); err != nil {
		t.Fatal(err)
	}
	lists.Data = nil
	if err := k8s.Update(t.Context(), lists); err != nil {
		t.Fatal(err)
	}
	all := [][]attempt{hostAttempts, bucketAttempts, refAttempts}
	for _, attempts := range all {
		awaitAnswer(t, attempts[0].object, true)
	}
	if err := tryCreate(t.Context(), connection(tenant, nil)); err != nil {
		t.Errorf("a connection without endpoints is refused: %v", err)
	}
	if err := k8s.Delete(t.Context(), lists); err != nil {
		t.Fatal(err)
	}
	awaitAnswer(t, connection(tenant, nil), true)
}
