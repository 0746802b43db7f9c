package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// scenario measures some figures in a namespace of its own. It can run alone.
type scenario struct {
	name, about string
	run         func(*bench, context.Context) error
}

// scenarios in their order: memory is measured before objects fill the manager's cache, the restart with all that the others left behind.
func scenarios() []scenario {
	return []scenario{
		{"memory", "an idle manager, then pictures of 7.5 MB in flight", (*bench).memory},
		{"drain", "objects that wait for their connection, released at once", (*bench).drain},
		{"analyses", "ImageAnalyses created while their connection is Ready", (*bench).analyses},
		{"jobs", "EnhancementJobs created while their connection is Ready", (*bench).jobs},
		{"wrongkey", "objects behind a wrong password; meanwhile the loops that a user would write instead", (*bench).wrongKey},
		{"restart", "a manager that starts among finished objects", (*bench).restart},
	}
}

func scenarioNames() []string {
	var names []string
	for _, s := range scenarios() {
		names = append(names, s.name)
	}
	return names
}

// choose returns the scenarios that a comma-separated list names, in their own order; all for an empty list.
func choose(list string) ([]scenario, error) {
	all := scenarios()
	if list == "" {
		return all, nil
	}
	names := strings.Split(list, ",")
	for _, name := range names {
		if !slices.Contains(scenarioNames(), name) {
			return nil, fmt.Errorf("-only: there is no scenario %q; there are %s", name, strings.Join(scenarioNames(), ", "))
		}
	}
	return slices.DeleteFunc(all, func(s scenario) bool { return !slices.Contains(names, s.name) }), nil
}
