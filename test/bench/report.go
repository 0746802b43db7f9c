package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"text/tabwriter"
	"time"
)

const resultsFile = "results.json"

// figure is one measured number.
type figure struct {
	Name  string  `json:"figure"`
	Value float64 `json:"value"`
	// Target is the most that the value may be; nil for what is only shown beside others.
	Target *float64 `json:"target"`
	Unit   string   `json:"unit"`
	// Note is a peer, or how it was measured.
	Note string `json:"-"`
}

// met tells whether the figure reaches its target, as it is shown: 2.000 is not more than 2.
func (f figure) met() bool { return f.Target == nil || f.rounded() <= *f.Target }

func (f figure) rounded() float64 {
	const shown = 1e3
	return math.Round(f.Value*shown) / shown
}

func (b *bench) add(figures ...figure) {
	for _, f := range figures {
		b.figures = append(b.figures, f)
		b.say("  %s: %s %s", f.Name, number(f.rounded()), f.Unit)
	}
}

// report writes results.json and prints the table. A target that is missed is no error: the table says so.
func (b *bench) report() error {
	text, err := json.MarshalIndent(b.figures, "", "  ")
	if err != nil {
		return err
	}
	file := filepath.Join(b.out, resultsFile)
	if err := os.WriteFile(file, append(text, '\n'), 0o644); err != nil { //nolint:gosec // For whoever runs this to read.
		return err
	}
	fmt.Printf("\n%d objects, %d calls at once, a remote that takes %s; %s in all\n\n",
		b.objects, b.concurrency, b.latency, time.Since(b.started).Round(time.Second))
	if err := printTable(os.Stdout, b.figures); err != nil {
		return err
	}
	fmt.Printf("\n%s written\n", file)
	return nil
}

func printTable(w io.Writer, figures []figure) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "FIGURE\tVALUE\tTARGET\tUNIT\tMET\tNOTE") //nolint:errcheck // Flush returns the first error.
	for _, f := range figures {
		target, met := "", ""
		if f.Target != nil {
			target, met = "≤ "+number(*f.Target), "yes"
			if !f.met() {
				met = "NO"
			}
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", f.Name, number(f.rounded()), target, f.Unit, met, f.Note) //nolint:errcheck // As above.
	}
	return t.Flush()
}

// number has the digits that matter.
func number(x float64) string {
	if x == math.Trunc(x) {
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return strconv.FormatFloat(x, 'f', 3, 64)
}
