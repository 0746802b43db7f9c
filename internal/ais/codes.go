package ais

import "strings"

// The vendor's pages that list the codes.
const (
	pageService = "https://support.huaweicloud.com/intl/en-us/api-image/image_03_0010.html"
	pageGateway = "https://support.huaweicloud.com/intl/en-us/usermanual-apig/apig_03_0048.html"
	pageIAM     = "https://support.huaweicloud.com/intl/en-us/api-iam/iam_02_0006.html"
)

// codeRow is what is known of one error code.
type codeRow struct {
	code  string
	class Class // empty: the HTTP status decides
	scope Scope // of ClassAccount
	means string
	// measure is what to do, after the vendor's handling measure.
	measure string
	// only4xx limits the class to statuses below 500; beyond, the status decides.
	only4xx bool
	// lasting marks a code of ClassCredentials that a new token does not cure.
	lasting bool
	// detail refines ClassCredentials where the message says no more.
	detail Detail
}

// codeFamily is a group of codes that the vendor documents on one page.
type codeFamily struct {
	title, page string
	// note is a paragraph in Markdown; empty where there is nothing to say.
	note string
	rows []codeRow
}

// codeFamilies list every code that the client knows.
func codeFamilies() []codeFamily {
	return []codeFamily{
		{"Image Recognition", pageService, "", serviceCodes()},
		{"Platforms below it", pageService, "", platformCodes()},
		{"API Gateway", pageGateway, noteGateway, gatewayCodes()},
		{"IAM", pageIAM, noteIAM, iamCodes()},
	}
}

// codeIndex finds rows by code. It is filled once and never written again.
var codeIndex = func() map[string]codeRow {
	index := make(map[string]codeRow)
	for _, family := range codeFamilies() {
		for _, row := range family.rows {
			index[row.code] = row
		}
	}
	return index
}()

func lookUp(code string) (codeRow, bool) {
	row, ok := codeIndex[canonicalCode(code)]
	return row, ok
}

// canonicalCode maps the gateway's older prefix to the one of the table.
func canonicalCode(code string) string {
	if number, ok := strings.CutPrefix(code, "APIGW."); ok {
		return "APIG." + number
	}
	return code
}

// Measure tells what to do about an error code; empty for an unknown code.
func Measure(code string) string {
	row, _ := lookUp(code)
	return row.measure
}
