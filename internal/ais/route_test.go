package ais

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every operation is a method whose comment names its route and the vendor's
// page, and the route is the one that is called.
func TestEveryOperationIsDocumentedWithItsRoute(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var routes []string
	for _, name := range files {
		file, err := parser.ParseFile(gotoken.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Doc == nil {
				continue
			}
			for _, line := range fn.Doc.List {
				route, ok := strings.CutPrefix(line.Text, "//ais:operation POST ")
				if !ok {
					continue
				}
				routes = append(routes, route)
				if !strings.Contains(fn.Doc.Text(), "https://support.huaweicloud.com/intl/en-us/api-image/") {
					t.Errorf("%s does not name the vendor's page", fn.Name.Name)
				}
			}
		}
	}
	var want []string
	for _, op := range Operations() {
		want = append(want, op.path())
	}
	slices.Sort(routes)
	slices.Sort(want)
	if diff := cmp.Diff(want, routes); diff != "" {
		t.Errorf("routes (-called +documented):\n%s", diff)
	}
}
