package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWatchNamespaces(t *testing.T) {
	tests := []struct {
		name, value string
		want        []string
		err         string
	}{
		{"one", "shop", []string{"shop"}, ""},
		{"several, with blanks and a comma too many", " shop, studio,", []string{"shop", "studio"}, ""},
		{"none is not all", "", nil, "it names no namespace"},
		{"commas alone name none", " , ", nil, "it names no namespace"},
		{"a name that no namespace can have", "shop,Studio", nil, `"Studio" is not the name of a namespace`},
		{"a pattern", "team-*", nil, `"team-*" is not the name of a namespace`},
		{"one twice", "shop,studio,shop", nil, `"shop" is named twice`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseNamespaces(tt.value)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("namespaces (-want +got):\n%s", diff)
			}
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %v, want %q", err, tt.err)
			}
		})
	}
}
