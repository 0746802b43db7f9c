// Package page writes the demo's outcome as one HTML file: every object with its conditions, its pictures before and after, what was
// recognized in them, and what it cost. The file needs nothing but the pictures beside it: no scripts, fonts or styles from elsewhere.
package page

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"strings"
)

// Report is what a page shows.
type Report struct {
	Title   string
	Intro   string // a sentence or two below the title; may be empty
	Objects []Object
}

// Object is one custom resource after the run.
type Object struct {
	Kind, Namespace, Name string

	Ready    string // status of the condition Ready: True, False or Unknown
	Reason   string
	Message  string
	Summary  string
	Expected string // Ready, which is meant when empty, or Stalled for an object that is refused on purpose

	BilledCalls int
	Input       *Picture // nil where there is none
	Output      *Picture

	Tags    []Tag
	Verdict string // of recapture detection: Original, Recaptured or Uncertain
	Score   string // of the verdict, as the status has it

	Figures  []Figure
	Manifest string // YAML as applied
}

// Picture is a file beside the page.
type Picture struct {
	File          string // relative name
	Width, Height int    // pixels
}

// Tag is something recognized in the input.
type Tag struct {
	Name, Type string
	Confidence float64 // 0 to 100
	Boxes      []Box
}

// Box is where a tag was found, in pixels of the input.
type Box struct{ X, Y, W, H float64 }

// Figure is a measured value before and after; Note says what it means.
type Figure struct{ Name, Before, After, Note string }

//go:embed page.html.tmpl style.css
var files embed.FS

// Write writes the page.
func Write(w io.Writer, r Report) error {
	css, err := files.ReadFile("style.css")
	if err != nil {
		return fmt.Errorf("read the page's style: %w", err)
	}
	t, err := template.New("page.html.tmpl").Funcs(template.FuncMap{
		"style":     func() template.CSS { return template.CSS(css) }, //nolint:gosec // The page's own style.
		"percent":   func(part float64, whole int) string { return fmt.Sprintf("%.2f%%", 100*part/float64(max(whole, 1))) },
		"plural":    plural,
		"swatch":    func(i int) int { return i % swatches },
		"scale":     scale,
		"anchor":    func(o Object) string { return strings.ToLower(o.Kind) + "-" + o.Namespace + "-" + o.Name },
		"spaced":    spaced,
		"high":      func(b Box, p *Picture) bool { return b.Y < 0.06*float64(p.Height) },
		"boxed":     boxed,
		"lowercase": strings.ToLower,
	}).ParseFS(files, "page.html.tmpl")
	if err != nil {
		return fmt.Errorf("parse the page's template: %w", err)
	}
	if err := t.Execute(w, r); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

// swatches is how many colours style.css has for tags with boxes.
const swatches = 6

// Succeeded counts the objects that are Ready.
func (r Report) Succeeded() int { return r.count(Object.Succeeded) }

// Refused counts the objects that are not Ready, as was intended.
func (r Report) Refused() int {
	return r.count(func(o Object) bool { return !o.Succeeded() && o.AsExpected() })
}

// Surprising counts the objects that ended otherwise than intended.
func (r Report) Surprising() int { return r.count(func(o Object) bool { return !o.AsExpected() }) }

func (r Report) count(is func(Object) bool) int {
	n := 0
	for _, o := range r.Objects {
		if is(o) {
			n++
		}
	}
	return n
}

// BilledCalls is the sum over all objects.
func (r Report) BilledCalls() int {
	n := 0
	for _, o := range r.Objects {
		n += o.BilledCalls
	}
	return n
}

// Succeeded says that the object is Ready.
func (o Object) Succeeded() bool { return o.Ready == "True" }

// AsExpected says that the object ended as it was meant to.
func (o Object) AsExpected() bool {
	if o.Expected == "Stalled" {
		return o.Ready == "False"
	}
	return o.Succeeded()
}

// State is what the badge says, and with small letters its class in style.css.
func (o Object) State() string {
	switch {
	case !o.AsExpected():
		return "Unexpected"
	case o.Succeeded():
		return "Ready"
	default:
		return "Stalled"
	}
}

// scale says how much larger the output is; nothing when it has the size of the input.
func scale(in, out *Picture) string {
	if in == nil || out == nil || in.Width <= 0 || out.Width == in.Width {
		return ""
	}
	return fmt.Sprintf("%.4g×", float64(out.Width)/float64(in.Width))
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// spaced breaks a kind into words: EnhancementJob becomes Enhancement job.
func spaced(kind string) string {
	var b strings.Builder
	for i, r := range kind {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte(' ')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// boxed says whether any tag has a place in the picture.
func boxed(tags []Tag) bool {
	for _, t := range tags {
		if len(t.Boxes) > 0 {
			return true
		}
	}
	return false
}
