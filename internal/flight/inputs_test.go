package flight

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"
)

func names(list ...string) []types.NamespacedName {
	var all []types.NamespacedName
	for _, n := range list {
		all = append(all, types.NamespacedName{Namespace: "shop", Name: n})
	}
	return all
}

func TestOneObjectCallsForAnInputAndTheOthersWait(t *testing.T) {
	const endpoint = "https://example.com"
	picture, other := input{"shop", endpoint, "1"}, input{"shop", endpoint, "2"}
	elsewhere := input{"studio", endpoint, "1"}
	n := names("a", "b", "c")
	a, b, c := n[0], n[1], n[2]
	var all leads[input]
	ask := func(in input, name types.NamespacedName, want bool) {
		t.Helper()
		if got := all.lead(in, name); got != want {
			t.Errorf("%s leads %v: %v, want %v", name.Name, in, got, want)
		}
	}
	released := func(name types.NamespacedName, want ...types.NamespacedName) {
		t.Helper()
		got := all.resign(name)
		slices.SortFunc(got, func(a, b types.NamespacedName) int { return strings.Compare(a.Name, b.Name) })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("released by %s (-want +got):\n%s", name.Name, diff)
		}
	}
	ask(picture, a, true)
	ask(picture, a, true)
	ask(picture, b, false)
	ask(picture, b, false)
	ask(picture, c, false)
	ask(other, c, true)
	ask(elsewhere, b, true)
	released(b)
	released(a, b, c)
	ask(picture, c, true)
	ask(picture, b, false)
	released(c, b)
	released(c)
	if len(all.by) != 0 {
		t.Errorf("%d inputs are kept after all have ended", len(all.by))
	}
}
