package v1alpha1_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/discovery"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// What a user leaves out, the schema fills in, and nobody else does.
func TestDefaults(t *testing.T) {
	ns := namespace(t)
	var (
		defaultRun = v1alpha1.RunPolicy{
			MaxAttempts: 8, UnknownOutcome: v1alpha1.UnknownOutcomeRetryOnce, Reuse: v1alpha1.ReuseSameNamespace,
		}
		meta  = metav1.ObjectMeta{Namespace: ns, Name: "least"}
		image = v1alpha1.ImageSource{URL: "https://example.com/koala.jpg"}
		spec  = v1alpha1.ConnectionSpec{
			Region:      "eu",
			Credentials: v1alpha1.Credentials{Password: &v1alpha1.PasswordCredentials{SecretRef: v1alpha1.SecretReference{Name: "s"}}},
		}
	)
	byDefault := v1alpha1.ConnectionReference{Kind: v1alpha1.ConnectionKindNamespaced, Name: "default"}
	create := func(t *testing.T, obj client.Object) {
		t.Helper()
		if err := k8s.Create(t.Context(), obj, client.DryRunAll); err != nil {
			t.Fatal(err)
		}
	}
	differ := func(t *testing.T, want, got any) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	t.Run("of an ImageAnalysis", func(t *testing.T) {
		obj := &v1alpha1.ImageAnalysis{ObjectMeta: meta, Spec: v1alpha1.ImageAnalysisSpec{Image: image, Tagging: &v1alpha1.Tagging{}}}
		create(t, obj)
		differ(t, v1alpha1.ImageAnalysisSpec{
			ConnectionRef: byDefault, Image: image, Delivery: v1alpha1.DeliveryAuto, Tagging: &v1alpha1.Tagging{}, RunPolicy: defaultRun,
		}, obj.Spec)
		differ(t, v1alpha1.ImageAnalysisStatus{ObservedGeneration: -1}, obj.Status)
	})
	t.Run("of an EnhancementJob", func(t *testing.T) {
		output := v1alpha1.Output{OBS: v1alpha1.OutputObject{Bucket: "results"}}
		obj := &v1alpha1.EnhancementJob{
			ObjectMeta: meta, Spec: v1alpha1.EnhancementJobSpec{Image: image, SuperResolution: &v1alpha1.SuperResolution{}, Output: output},
		}
		create(t, obj)
		differ(t, v1alpha1.EnhancementJobSpec{
			ConnectionRef: byDefault, Image: image, SuperResolution: &v1alpha1.SuperResolution{}, Output: output, RunPolicy: defaultRun,
		}, obj.Spec)
		differ(t, v1alpha1.EnhancementJobStatus{ObservedGeneration: -1}, obj.Status)
	})
	t.Run("of a reference to a connection", func(t *testing.T) {
		for _, tt := range []struct{ in, want v1alpha1.ConnectionReference }{
			{v1alpha1.ConnectionReference{Name: "other"}, v1alpha1.ConnectionReference{Kind: "Connection", Name: "other"}},
			{v1alpha1.ConnectionReference{Kind: "ClusterConnection"}, v1alpha1.ConnectionReference{Kind: "ClusterConnection", Name: "default"}},
		} {
			obj := &v1alpha1.ImageAnalysis{
				ObjectMeta: meta, Spec: v1alpha1.ImageAnalysisSpec{ConnectionRef: tt.in, Image: image, Tagging: &v1alpha1.Tagging{}},
			}
			create(t, obj)
			differ(t, tt.want, obj.Spec.ConnectionRef)
		}
	})
	t.Run("of a Connection", func(t *testing.T) {
		obj := &v1alpha1.Connection{ObjectMeta: meta, Spec: spec}
		create(t, obj)
		differ(t, spec, obj.Spec)
		differ(t, v1alpha1.ConnectionStatus{ObservedGeneration: -1}, obj.Status)

		obj = &v1alpha1.Connection{ObjectMeta: meta, Spec: spec}
		obj.Spec.Limits = &v1alpha1.Limits{}
		create(t, obj)
		differ(t, &v1alpha1.Limits{Concurrency: 10, TimeoutSeconds: 60}, obj.Spec.Limits)
		differ(t, (*v1alpha1.Limits)(nil).For(v1alpha1.OperationDefog), obj.Spec.Limits.For(v1alpha1.OperationDefog))
	})
	t.Run("of a ClusterConnection", func(t *testing.T) {
		obj := &v1alpha1.ClusterConnection{ObjectMeta: metav1.ObjectMeta{Name: "least"}}
		obj.Spec.ConnectionSpec, obj.Spec.AllowedObjects = spec, []v1alpha1.AllowedObjects{{Bucket: "photos"}}
		create(t, obj)
		differ(t, []v1alpha1.AllowedObjects{{Bucket: "photos", Access: v1alpha1.ObjectAccessRead}}, obj.Spec.AllowedObjects)
		differ(t, v1alpha1.ConnectionStatus{ObservedGeneration: -1}, obj.Status)
	})
}

func TestStatusIsASubresource(t *testing.T) {
	ns := namespace(t)
	obj := manifest(t, imageAnalysis)
	obj.SetNamespace(ns)
	set{"status.summary": "made up"}.apply(t, obj)
	if err := k8s.Create(t.Context(), obj); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(any(map[string]any{"observedGeneration": int64(-1), "billedTotal": int64(0)}), obj.Object["status"]); diff != "" {
		t.Errorf("a user has set a status (-want +got):\n%s", diff)
	}
	set{"status.summary": "found"}.apply(t, obj)
	if err := k8s.Status().Update(t.Context(), obj); err != nil {
		t.Fatal(err)
	}
	if obj.GetGeneration() != 1 {
		t.Errorf("generation %d: a status has begun a new one", obj.GetGeneration())
	}
}

func TestSelectableFields(t *testing.T) {
	ns := namespace(t)
	for _, base := range []string{imageAnalysis, enhancementJob} {
		stored(t, ns, base, "")
		other := manifest(t, base)
		other.SetNamespace(ns)
		other.SetName("other")
		set{"spec.connectionRef.name": "other"}.apply(t, other)
		if err := k8s.Create(t.Context(), other); err != nil {
			t.Fatal(err)
		}
	}
	for _, list := range []client.ObjectList{&v1alpha1.ImageAnalysisList{}, &v1alpha1.EnhancementJobList{}} {
		for connection, want := range map[string][]string{"default": {"koala"}, "other": {"other"}, "third": nil} {
			if err := k8s.List(t.Context(), list, client.InNamespace(ns), client.MatchingFields{"spec.connectionRef.name": connection}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, names(list)); diff != "" {
				t.Errorf("%T with connection %s (-want +got):\n%s", list, connection, diff)
			}
		}
		if err := k8s.List(t.Context(), list, client.MatchingFields{"spec.image.url": "x"}); !apierrors.IsBadRequest(err) {
			t.Errorf("%T by another field: %v, want a bad request", list, err)
		}
	}
}

func names(list client.ObjectList) []string {
	var names []string
	switch l := list.(type) {
	case *v1alpha1.ImageAnalysisList:
		for _, item := range l.Items {
			names = append(names, item.Name)
		}
	case *v1alpha1.EnhancementJobList:
		for _, item := range l.Items {
			names = append(names, item.Name)
		}
	}
	return names
}

func TestDiscovery(t *testing.T) {
	type resource struct {
		Kind, Singular string
		ShortNames     []string
		Categories     []string
		Namespaced     bool
	}
	want := map[string]resource{
		"connections":        {"Connection", "connection", []string{"conn"}, []string{"ais"}, true},
		"clusterconnections": {"ClusterConnection", "clusterconnection", []string{"cconn"}, []string{"ais"}, false},
		"imageanalyses":      {"ImageAnalysis", "imageanalysis", []string{"ia"}, []string{"ais"}, true},
		"enhancementjobs":    {"EnhancementJob", "enhancementjob", []string{"ej"}, []string{"ais"}, true},
	}
	d, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	list, err := d.ServerResourcesForGroupVersion(v1alpha1.GroupVersion.String())
	if err != nil {
		t.Fatal(err)
	}
	got, subresources := map[string]resource{}, map[string]bool{}
	for _, r := range list.APIResources {
		if strings.Contains(r.Name, "/") {
			subresources[r.Name] = true
			continue
		}
		got[r.Name] = resource{r.Kind, r.SingularName, r.ShortNames, r.Categories, r.Namespaced}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("resources (-want +got):\n%s", diff)
	}
	for name := range want {
		if !subresources[name+"/status"] {
			t.Errorf("%s has no status", name)
		}
	}
}

// column is what kubectl shows, and with -o wide if Wide.
type column struct {
	Name, Type string
	Wide       bool
	Cell       any
}

func TestPrinterColumns(t *testing.T) {
	ns := namespace(t)
	ready := column{"Ready", "string", false, "True"}
	reason, message := column{"Reason", "string", true, "Succeeded"}, column{"Message", "string", true, ""}
	with := func(c column, cell any) column {
		c.Cell = cell
		return c
	}
	refused := []column{
		{"Name", "string", false, ""}, with(ready, "False"), {"Reason", "string", false, "InvalidCredentials"},
		{"Region", "string", false, "ap-southeast-1"}, {"Calls Today", "integer", false, int64(42)}, {"Age", "date", false, "AGE"}, with(message, "refused"),
	}
	results := func(summary string, calls int64) []column {
		return []column{
			{"Name", "string", false, "koala"}, ready, {"Summary", "string", false, summary},
			{"Calls", "integer", false, calls}, {"Age", "date", false, "AGE"},
		}
	}
	tests := []struct {
		resource, object, status string
		want                     []column
	}{
		{"connections", connection, connectionStatus, append([]column{with(refused[0], "default")}, refused[1:]...)},
		{"clusterconnections", clusterConnection, connectionStatus, append([]column{with(refused[0], "shared")}, refused[1:]...)},
		{"imageanalyses", imageAnalysis, analysisStatus, append(results("koala, tree", 2), reason, with(message, "koala"))},
		{
			"enhancementjobs", enhancementJob, jobStatus,
			append(results("Defog: 640x480 png", 1), column{"Output", "string", true, "https://results.example.com/shop/koala-0123456789ab"},
				reason, with(message, "stored")),
		},
	}
	for _, tt := range tests {
		t.Run(tt.resource, func(t *testing.T) {
			obj := stored(t, ns, tt.object, tt.status)
			path := "/apis/" + v1alpha1.GroupVersion.String()
			if obj.GetNamespace() != "" {
				path += "/namespaces/" + ns
			}
			if diff := cmp.Diff(tt.want, table(t, path+"/"+tt.resource+"/"+obj.GetName())); diff != "" {
				t.Errorf("columns (-want +got):\n%s", diff)
			}
		})
	}
}

// table asks for an object as kubectl get does.
func table(t *testing.T, path string) []column {
	t.Helper()
	d, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	data, err := d.RESTClient().Get().AbsPath(path).SetHeader("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io").Do(t.Context()).Raw()
	if err != nil {
		t.Fatal(err)
	}
	var got metav1.Table
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Rows) != 1 {
		t.Fatalf("%d rows, want 1", len(got.Rows))
	}
	var columns []column
	for i, def := range got.ColumnDefinitions {
		cell := got.Rows[0].Cells[i]
		switch v := cell.(type) {
		case float64:
			cell = int64(v)
		case string:
			if def.Type == "date" && v != "" && v != "<unknown>" {
				cell = "AGE"
			}
		}
		columns = append(columns, column{def.Name, def.Type, def.Priority > 0, cell})
	}
	return columns
}
