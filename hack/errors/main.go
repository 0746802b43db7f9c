// Command errors writes docs/errors.md from the table by which the operator classifies the service's error codes.
package main

import (
	"bytes"
	"flag"
	"log"
	"os"

	"github.com/ais-operator/ais-operator/internal/ais"
)

func main() {
	file := flag.String("out", "docs/errors.md", "the page to write")
	flag.Parse()
	var page bytes.Buffer
	if err := ais.WriteErrorTable(&page); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(*file, page.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}
