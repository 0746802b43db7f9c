// Package docs holds the pages to what they describe.
package docs

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// direct finds the modules that go.mod requires for the module's own imports.
var direct = regexp.MustCompile(`(?m)^\t(\S+) v\S+$`)

func TestEveryDirectDependencyHasALineThatSaysWhy(t *testing.T) {
	page := read(t, "../../docs/dependencies.md")
	modules := direct.FindAllStringSubmatch(read(t, "../../go.mod"), -1)
	if len(modules) < 10 {
		t.Fatalf("found %d direct requirements in go.mod", len(modules))
	}
	for _, module := range modules {
		if !strings.Contains(page, "`"+module[1]+"`") {
			t.Errorf("docs/dependencies.md does not say why %s is there", module[1])
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
