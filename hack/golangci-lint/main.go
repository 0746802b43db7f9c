// Command golangci-lint is the upstream linter with the Kubernetes API linter
// linked in. Upstream's own `golangci-lint custom` clones and patches its
// repository to reach the same result; a main package that imports the plugin
// is built by the Go command alone and is pinned by go.sum.
package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"github.com/golangci/golangci-lint/v2/pkg/commands"
	"github.com/golangci/golangci-lint/v2/pkg/exitcodes"
	_ "sigs.k8s.io/kube-api-linter" // registers "kubeapilinter"
)

const upstream = "github.com/golangci/golangci-lint/v2"

func main() {
	if err := commands.Execute(buildInfo()); err != nil {
		fmt.Fprintln(os.Stderr, "golangci-lint:", err)
		os.Exit(exitcodes.Failure)
	}
}

// buildInfo reports upstream's version, as pinned in go.mod: it is part of the
// key of the linter's cache.
func buildInfo() commands.BuildInfo {
	info := commands.BuildInfo{Version: "unknown", Commit: "unknown", Date: "unknown", GoVersion: "unknown"}
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return info
	}
	info.GoVersion = build.GoVersion
	for _, module := range build.Deps {
		if module.Path == upstream {
			info.Version = strings.TrimPrefix(module.Version, "v")
			info.Commit = module.Sum
		}
	}
	return info
}
