package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// newRawClient makes a client for paths that are no resources.
func newRawClient(c *rest.Config) (rest.Interface, error) {
	c = rest.CopyConfig(c)
	c.NegotiatedSerializer = scheme.Codecs.WithoutConversion()
	return rest.UnversionedRESTClientFor(c)
}

// Resources whose writes are told apart.
const (
	analysesResource = "imageanalyses"
	jobsResource     = "enhancementjobs"
	eventsResource   = "events"
)

// writes counts the API server's write requests, refused ones too, by resource. The operator's own kinds and events are counted: all that the
// operator may write.
type writes map[string]int

// writeVerbs are the API server's names of them.
var writeVerbs = []string{"POST", "PUT", "PATCH", "APPLY", "DELETE", "DELETECOLLECTION"}

var labelPattern = regexp.MustCompile(`(\w+)="([^"]*)"`)

// writes reads what the API server has counted since its start.
func (b *bench) writes(ctx context.Context) (writes, error) {
	text, err := b.raw.Get().AbsPath("/metrics").DoRaw(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the API server's metrics: %w", err)
	}
	return parseWrites(text)
}

func parseWrites(metrics []byte) (writes, error) {
	w, found := writes{}, false
	lines := bufio.NewScanner(bytes.NewReader(metrics))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line, ok := strings.CutPrefix(lines.Text(), "apiserver_request_total{")
		if !ok {
			continue
		}
		found = true
		labels := map[string]string{}
		for _, m := range labelPattern.FindAllStringSubmatch(line, -1) {
			labels[m[1]] = m[2]
		}
		ours := labels["group"] == v1alpha1.GroupVersion.Group || labels["resource"] == eventsResource
		if !ours || !slices.Contains(writeVerbs, labels["verb"]) {
			continue
		}
		n, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
		if err != nil {
			return nil, fmt.Errorf("the API server's metrics: %w", err)
		}
		w[labels["resource"]] += int(n)
	}
	if !found {
		return nil, fmt.Errorf("the API server's metrics hold no apiserver_request_total")
	}
	return w, lines.Err()
}

// since is what was written after before.
func (w writes) since(before writes) writes {
	d := writes{}
	for resource, n := range w {
		d[resource] = n - before[resource]
	}
	return d
}

// objects is how many writes went to objects that make calls.
func (w writes) objects() int { return w[analysesResource] + w[jobsResource] }

// quiet waits until nothing was called or written for a while, and returns both counts.
func (b *bench) quiet(ctx context.Context) (tally, writes, error) {
	const steps = 3
	step := b.settleTime() / 10
	calls, written := -1, -1
	for same := 0; ; {
		t, err := b.remote.command(ctx, read)
		if err != nil {
			return t, nil, err
		}
		w, err := b.writes(ctx)
		if err != nil {
			return t, nil, err
		}
		if t.billed() == calls && w.objects()+w[eventsResource] == written {
			same++
		} else {
			same = 0
		}
		if same == steps {
			return t, w, nil
		}
		calls, written = t.billed(), w.objects()+w[eventsResource]
		if err := pause(ctx, step); err != nil {
			return t, nil, err
		}
	}
}
