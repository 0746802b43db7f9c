package samples

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// yamlBlock finds the manifests that a page shows.
var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

func TestEveryManifestOfTheReadmeIsASample(t *testing.T) {
	samples := map[string]any{}
	files, err := filepath.Glob("../../config/samples/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for document := range strings.SplitSeq(string(text), "\n---\n") {
			obj := decode(t, document)
			samples[name(obj)] = obj
		}
	}
	page, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := yamlBlock.FindAllStringSubmatch(string(page), -1)
	if len(blocks) < 4 {
		t.Errorf("the README shows %d manifests, want one of each kind", len(blocks))
	}
	for _, block := range blocks {
		obj := decode(t, block[1])
		if diff := cmp.Diff(samples[name(obj)], any(obj)); diff != "" {
			t.Errorf("%s is not as in config/samples (-sample +README):\n%s", name(obj), diff)
		}
	}
}

func decode(t *testing.T, document string) map[string]any {
	t.Helper()
	var obj map[string]any
	if err := yaml.Unmarshal([]byte(document), &obj); err != nil {
		t.Fatalf("%v in\n%s", err, document)
	}
	return obj
}

func name(obj map[string]any) string {
	metadata, _ := obj["metadata"].(map[string]any)
	n, _ := metadata["name"].(string)
	kind, _ := obj["kind"].(string)
	namespace, _ := metadata["namespace"].(string)
	return kind + " " + namespace + "/" + n
}
