package ais

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

const pageIntroduction = `# Error codes

What the operator does about every error that the service, its gateway and IAM document, and what you do. The code of an answer decides its class, and
the class what happens; ` + "`status.calls[].lastError`" + ` of an object shows class, code and measure. This page is generated from the table that the
operator uses.

`

const pageGates = `
Objects that wait at no cost make no call until their turn: see [limits, budgets and gates](limits.md). Of all errors only those of class Unknown count
as billed.
`

// WriteErrorTable writes, in Markdown, what the operator does about every class
// of errors, every error code with its class and what to do about it, and the
// classes of answers without a known code. It is the source of the error page
// of the documentation.
func WriteErrorTable(w io.Writer) error {
	var b strings.Builder
	b.WriteString(pageIntroduction)
	b.WriteString("## Classes\n\n| Class | Reason on the object | What the operator does |\n| --- | --- | --- |\n")
	for _, class := range Classes() {
		fmt.Fprintf(&b, "| %s | `%s` | %s |\n", class, behaviourOf(class).reason, behaviourOf(class).long)
	}
	b.WriteString(pageGates)
	for _, family := range codeFamilies() {
		fmt.Fprintf(&b, "\n## %s\n\nListed by the vendor: <%s>\n\n%s", family.title, family.page, family.note)
		b.WriteString("| Code | Class | Meaning | The operator | What you do |\n| --- | --- | --- | --- | --- |\n")
		for _, row := range family.rows {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", row.code, row.classes(), row.means, row.behaviour(), row.measure)
		}
	}
	b.WriteString("\n## Without a known code\n\n| Answer | Class | The operator |\n| --- | --- | --- |\n")
	for _, line := range statusLines() {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", line.answer, line.class, behaviourOf(line.class).short)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// classes names the class of a row and when the status decides instead.
func (r codeRow) classes() string {
	switch {
	case r.class == "":
		return "by HTTP status"
	case r.only4xx:
		return string(r.class) + "; 5xx: by HTTP status"
	default:
		return string(r.class)
	}
}

// behaviour is what the operator does, in short.
func (r codeRow) behaviour() string {
	switch {
	case r.class == "":
		return "see the end of this page"
	case r.class == ClassCredentials && !r.lasting:
		return "obtains a new token once, then " + behaviourOf(r.class).short
	case r.scope == ScopeConnection:
		return "holds the connection back"
	default:
		return behaviourOf(r.class).short
	}
}

// statusLine is an answer without a known code.
type statusLine struct {
	answer string
	class  Class
}

// statusLines are the exceptions by status, then the rest.
func statusLines() []statusLine {
	single := []int{
		http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed,
		http.StatusRequestTimeout, http.StatusGone, http.StatusRequestEntityTooLarge, http.StatusTooManyRequests,
		http.StatusNotImplemented, http.StatusBadGateway, http.StatusGatewayTimeout,
	}
	var lines []statusLine
	for _, status := range single {
		lines = append(lines, statusLine{fmt.Sprintf("%d %s", status, http.StatusText(status)), classOfStatus(status, false)})
	}
	slices.SortStableFunc(lines, func(a, b statusLine) int { return cmp.Compare(a.class, b.class) })
	return append(lines,
		statusLine{"413 with Retry-After", classOfStatus(http.StatusRequestEntityTooLarge, true)},
		statusLine{"2xx that cannot be understood", classOfStatus(http.StatusOK, false)},
		statusLine{"3xx", classOfStatus(http.StatusFound, false)},
		statusLine{"other 4xx", classOfStatus(http.StatusBadRequest, false)},
		statusLine{"other 5xx", classOfStatus(http.StatusInternalServerError, false)},
		statusLine{"an HTML page, unless its status is 429, 502 or 504", classOfPage(http.StatusForbidden, false)},
		statusLine{"none, for the host name was not resolved", ClassService},
		statusLine{"none, and the request had not left", ClassTransient},
		statusLine{"none after the request had left", ClassUnknown},
	)
}
