package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// parseNamespaces reads the value of --watch-namespaces. An empty one is most likely a variable that was not set, and is not to mean all namespaces.
func parseNamespaces(value string) ([]string, error) {
	names := list(value)
	if len(names) == 0 {
		return nil, errors.New("it names no namespace")
	}
	for i, name := range names {
		if problems := validation.IsDNS1123Label(name); len(problems) > 0 {
			return nil, fmt.Errorf("%q is not the name of a namespace: %s", name, strings.Join(problems, "; "))
		}
		if slices.Contains(names[:i], name) {
			return nil, fmt.Errorf("%q is named twice", name)
		}
	}
	return names, nil
}
