package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/util/duration"
)

const (
	messageWidth = 52 // where messages are cut
	readyColumn  = 2  // the one that has a colour
)

// Escape sequences of terminals (ECMA-48).
const (
	lineUp      = "\x1b[%dA"
	eraseLine   = "\x1b[2K"
	wrapOff     = "\x1b[?7l" // a line longer than the terminal would otherwise take two, and the next drawing begin too low
	wrapOn      = "\x1b[?7h"
	colourGood  = "\x1b[32m"
	colourBusy  = "\x1b[33m"
	colourBad   = "\x1b[31m"
	colourReset = "\x1b[0m"
)

// table shows objects. On a terminal it is drawn in place; elsewhere each transition is a line.
type table struct {
	w        io.Writer
	tell     *teller
	terminal bool
	order    []key
	rows     map[key]row
	drawn    int // lines
}

func newTable(w *os.File, tell *teller) *table {
	return &table{w: w, tell: tell, terminal: isTerminal(w), rows: map[key]row{}}
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}

// await adds an object that is to come.
func (t *table) await(k key) {
	t.order = append(t.order, k)
	t.rows[k] = row{key: k, created: time.Now()}
}

// update takes in the state of an object; one that is not awaited is not shown.
func (t *table) update(r row) {
	old, ok := t.rows[r.key]
	if !ok {
		return
	}
	t.rows[r.key] = r
	if t.terminal {
		t.draw()
	} else if r.reason != "" && (r.ready != old.ready || r.reason != old.reason || r.message != old.message) {
		t.tell.say("%-36s %-12s %s", r.key, r.reason, cmp.Or(r.summary, r.message))
	}
}

// ended tells whether all objects have.
func (t *table) ended() bool {
	for _, r := range t.rows {
		if !r.ended() {
			return false
		}
	}
	return true
}

// list returns the rows in the order in which they were awaited.
func (t *table) list() []row {
	rows := make([]row, len(t.order))
	for i, k := range t.order {
		rows[i] = t.rows[k]
	}
	return rows
}

// draw draws the table over the one before; it does nothing unless it is on a terminal.
func (t *table) draw() {
	if !t.terminal {
		return
	}
	var b strings.Builder
	b.WriteString(wrapOff)
	if t.drawn > 0 {
		fmt.Fprintf(&b, lineUp, t.drawn)
	}
	lines := formatTable(t.list(), time.Now(), os.Getenv("NO_COLOR") == "")
	for _, line := range lines {
		b.WriteString("\r" + eraseLine + line + "\n")
	}
	b.WriteString(wrapOn)
	t.drawn = len(lines)
	_, _ = io.WriteString(t.w, b.String())
}

// formatTable returns the lines of a table.
func formatTable(rows []row, now time.Time, coloured bool) []string {
	cells := [][]string{{"KIND", "NAME", "READY", "REASON", "SUMMARY", "CALLS", "AGE"}}
	colours := []string{""}
	for _, r := range rows {
		calls := strconv.Itoa(r.billed)
		if strings.HasSuffix(r.kind, "Connection") {
			calls = "" // it is the objects that are billed
		}
		cells = append(cells, []string{
			r.kind, r.name, r.ready, r.reason, shorten(cmp.Or(r.summary, r.message), messageWidth), calls, duration.HumanDuration(now.Sub(r.created)),
		})
		colours = append(colours, colourOf(r))
	}
	widths := make([]int, len(cells[0]))
	for _, line := range cells {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	lines := make([]string, len(cells))
	for i, line := range cells {
		for j, cell := range line {
			padded := cell + strings.Repeat(" ", widths[j]-utf8.RuneCountInString(cell)+2)
			if coloured && colours[i] != "" && j == readyColumn {
				padded = colours[i] + padded + colourReset
			}
			lines[i] += padded
		}
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}

func colourOf(r row) string {
	switch {
	case r.stalled:
		return colourBad
	case r.ended():
		return colourGood
	default:
		return colourBusy
	}
}

// shorten cuts a text at n characters.
func shorten(text string, n int) string {
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return text
}
