package ais

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// WriteErrorTable writes, in Markdown, every error code with its class and what
// to do about it, and the classes of statuses without a known code. It is the
// source of the error page of the documentation.
func WriteErrorTable(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# Error codes\n\nWhat the operator makes of every error that the service, its gateway and IAM document. ")
	b.WriteString("The class decides what happens next; `status.calls[].lastError` of an object shows class, code and measure. ")
	b.WriteString("This page is generated from the table that the operator uses.\n\n")
	b.WriteString("## Classes\n\n| Class | Meaning |\n| --- | --- |\n")
	for _, class := range Classes() {
		fmt.Fprintf(&b, "| %s | %s |\n", class, class.meaning())
	}
	for _, family := range codeFamilies() {
		fmt.Fprintf(&b, "\n## %s\n\nListed by the vendor: <%s>\n\n", family.title, family.page)
		b.WriteString("| Code | Class | Meaning | What to do |\n| --- | --- | --- | --- |\n")
		for _, row := range family.rows {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", row.code, row.classes(), row.means, row.measure)
		}
	}
	b.WriteString("\n## Without a known code\n\n| HTTP status | Class |\n| --- | --- |\n")
	for _, line := range statusLines() {
		fmt.Fprintf(&b, "| %s | %s |\n", line[0], line[1])
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

// meaning is one line on the class, for people who operate the product.
func (c Class) meaning() string {
	switch c {
	case ClassRejected:
		return "The request has to be changed; repeating it is of no use."
	case ClassFailed:
		return "The algorithm could not handle the picture; tried once more at most."
	case ClassSource:
		return "The service could not fetch the picture; a few slow tries."
	case ClassCredentials:
		return "Token, key, password or signature were refused; renewed once, then the connection holds its objects back."
	case ClassAccount:
		return "Subscription, arrears, quota or permission; tried again every half an hour."
	case ClassThrottled:
		return "Too many requests; waits as long as the service says."
	case ClassTransient:
		return "Not carried out this time; repeated with growing delays."
	case ClassUnknown:
		return "May have been carried out and billed; `spec.runPolicy.unknownOutcome` decides."
	case ClassService:
		return "The API is not there; tried again every ten minutes."
	default:
		return ""
	}
}

// statusLines pairs statuses with classes: the exceptions, then the rest.
func statusLines() [][2]string {
	single := []int{
		http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed,
		http.StatusRequestTimeout, http.StatusGone, http.StatusRequestEntityTooLarge, http.StatusTooManyRequests,
		http.StatusNotImplemented, http.StatusBadGateway, http.StatusGatewayTimeout,
	}
	var lines [][2]string
	for _, status := range single {
		lines = append(lines, [2]string{fmt.Sprintf("%d %s", status, http.StatusText(status)), string(classOfStatus(status, false))})
	}
	slices.SortStableFunc(lines, func(a, b [2]string) int { return cmp.Compare(a[1], b[1]) })
	return append(lines,
		[2]string{"413 with Retry-After", string(classOfStatus(http.StatusRequestEntityTooLarge, true))},
		[2]string{"2xx that cannot be understood", string(classOfStatus(http.StatusOK, false))},
		[2]string{"3xx", string(classOfStatus(http.StatusFound, false))},
		[2]string{"other 4xx", string(classOfStatus(http.StatusBadRequest, false))},
		[2]string{"other 5xx", string(classOfStatus(http.StatusInternalServerError, false))},
		[2]string{"an HTML page, unless its status is 429, 502 or 504", string(classOfPage(http.StatusForbidden, false))},
	)
}
