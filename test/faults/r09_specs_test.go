package faults_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

// mutation sets, or with nil takes away, one field of a spec.
type mutation struct {
	path  []string
	value any
}

func (m mutation) String() string {
	text := fmt.Sprint(m.value)
	if len(text) > 24 {
		text = fmt.Sprintf("%.12s… of %d", text, len(text))
	}
	return strings.Join(m.path, ".") + "=" + text
}

// apply changes a copy of the spec. Parents that are missing are made.
func (m mutation) apply(spec map[string]any) map[string]any {
	changed := copyTree(spec).(map[string]any)
	at := changed
	for _, name := range m.path[:len(m.path)-1] {
		next, ok := at[name].(map[string]any)
		if !ok {
			next = map[string]any{}
			at[name] = next
		}
		at = next
	}
	last := m.path[len(m.path)-1]
	if m.value == nil {
		delete(at, last)
	} else {
		at[last] = m.value
	}
	return changed
}

func copyTree(v any) any {
	switch v := v.(type) {
	case map[string]any:
		c := map[string]any{}
		for key, value := range v {
			c[key] = copyTree(value)
		}
		return c
	case []any:
		c := make([]any, len(v))
		for i := range v {
			c[i] = copyTree(v[i])
		}
		return c
	default:
		return v
	}
}

// mutationsOf reads from the CRD of a kind what can be set, and to what: the ends of every range and beyond them, every member of an enumeration and none,
// long and strange strings, and nothing.
func mutationsOf(t *testing.T, crd string) []mutation {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "config", "crd", "bases", crd))
	if err != nil {
		t.Fatal(err)
	}
	var definition apiextensionsv1.CustomResourceDefinition
	if err := yaml.Unmarshal(text, &definition); err != nil {
		t.Fatal(err)
	}
	spec := definition.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"]
	all := walk(nil, &spec)
	if len(all) < 40 {
		t.Fatalf("only %d mutations in %s", len(all), crd)
	}
	return all
}

func walk(path []string, schema *apiextensionsv1.JSONSchemaProps) []mutation {
	var all []mutation
	add := func(values ...any) {
		for _, v := range values {
			all = append(all, mutation{path, v})
		}
	}
	if len(path) > 0 {
		add(nil, []any{nil}) // nothing, and something of a wrong type
	}
	switch {
	case schema.Type == "object":
		if len(path) > 0 {
			add(map[string]any{})
		}
		for _, name := range sortedKeys(schema.Properties) {
			property := schema.Properties[name]
			all = append(all, walk(append(slices.Clone(path), name), &property)...)
		}
	case len(schema.Enum) > 0:
		for _, member := range schema.Enum {
			add(strings.Trim(string(member.Raw), `"`))
		}
		add("unknown", "")
	case schema.Type == "integer":
		add(integersFor(schema)...)
	case schema.Type == "boolean":
		add(true, false, "true")
	case schema.Type == "array":
		add([]any{}, []any{"recapture"}, []any{"recapture", "recapture"}, []any{"unknown"})
	default:
		add(stringsFor(schema)...)
	}
	return all
}

// integersFor are the ends of a range, and what lies beside them.
func integersFor(schema *apiextensionsv1.JSONSchemaProps) []any {
	var values []any
	for _, end := range []*float64{schema.Minimum, schema.Maximum} {
		if end != nil {
			values = append(values, int64(*end)-1, int64(*end), int64(*end)+1)
		}
	}
	return values
}

// stringsFor are values of a string field: decimals where a pattern asks for them, and what no field of ours expects.
func stringsFor(schema *apiextensionsv1.JSONSchemaProps) []any {
	values := []any{"", "考拉", "a b", "../../etc/passwd", "0", "0.5", "0.95", "0.950000", "1", "2", "10", "10.5", "60", "100", "9999.999999", "1e3", "-1", ".5", "01"}
	if schema.MaxLength != nil && *schema.MaxLength < 10_000 {
		values = append(values, strings.Repeat("x", int(*schema.MaxLength)), strings.Repeat("x", int(*schema.MaxLength)+1))
	}
	if strings.Contains(schema.Pattern, "http") {
		long := "http://127.0.0.1:1/" + strings.Repeat("p", 2048)
		values = append(values, "ftp://127.0.0.1/a.png", "http://[::1]:1/a.png", "http://169.254.169.254/latest", "http://127.0.0.1:1/a.png", long[:2048], long)
	}
	return values
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
