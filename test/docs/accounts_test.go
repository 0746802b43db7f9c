package docs

import (
	"path/filepath"
	"regexp"
	"testing"

	"github.com/ais-operator/ais-operator/internal/engine/iam"
)

// accountsFile finds the accounts files that a page shows: blocks of YAML, and
// what a shell block writes.
var accountsFile = regexp.MustCompile("(?s)```yaml\n(.*?)```|<<'YAML'\n(.*?)\nYAML\n")

func TestTheEngineTakesEveryAccountsFileOfItsPages(t *testing.T) {
	pages, err := filepath.Glob("../../docs/engine/*.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, page := range pages {
		for _, block := range accountsFile.FindAllStringSubmatch(read(t, page), -1) {
			found++
			file, err := iam.Parse([]byte(block[1] + block[2]))
			if err != nil {
				t.Errorf("%s: %v", page, err)
				continue
			}
			if file.TokenKey == "" {
				file.TokenKey = iam.NewTokenKey()
			}
			if _, err := iam.New(iam.Config{File: file}); err != nil {
				t.Errorf("%s: %v", page, err)
			}
		}
	}
	if found < 2 {
		t.Errorf("the pages show %d accounts files, want that of the README and that of accounts.md", found)
	}
}
