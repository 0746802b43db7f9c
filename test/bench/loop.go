package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"
)

// loopProject is whose calls are the loops'.
const loopProject = "loop"

// loopOrder is what a user's own loop is told: the same calls as the operator's, with so many at once.
type loopOrder struct {
	Service, Pictures string
	Calls, Workers    int
}

// loopAnswer is when all calls had their answers.
type loopAnswer struct{ Took time.Duration }

// loopMain is what a user would write instead of the operator: it reads each picture, sends it and decodes the tags. It keeps nothing, so a crash
// loses or repeats all of it.
func loopMain(in *bufio.Reader, out *json.Encoder) error {
	var order loopOrder
	line, err := in.ReadBytes('\n')
	if err != nil {
		return err
	}
	if err := json.Unmarshal(line, &order); err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: order.Workers}}
	started := time.Now()
	g, ctx := errgroup.WithContext(context.Background())
	g.SetLimit(order.Workers)
	for i := range order.Calls {
		g.Go(func() error { return tagOne(ctx, client, order, i) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return out.Encode(loopAnswer{time.Since(started)})
}

func tagOne(ctx context.Context, client *http.Client, order loopOrder, i int) error {
	picture, err := fetch(ctx, client, http.MethodGet, order.Pictures+"/"+small+"/"+strconv.Itoa(i), nil)
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string]any{"image": base64.StdEncoding.EncodeToString(picture), "language": "en", "limit": 10})
	if err != nil {
		return err
	}
	text, err := fetch(ctx, client, http.MethodPost, order.Service+"/v2/"+loopProject+"/image/tagging", body)
	if err != nil {
		return err
	}
	var answer struct {
		Result struct {
			Tags []struct {
				Tag        string `json:"tag"`
				Confidence string `json:"confidence"`
			} `json:"tags"`
		} `json:"result"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return err
	}
	if len(answer.Result.Tags) == 0 {
		return fmt.Errorf("the answer has no tags: %s", text)
	}
	return nil
}

func fetch(ctx context.Context, client *http.Client, method, address string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", address, resp.Status)
	}
	return io.ReadAll(resp.Body)
}

// loops measures what bounds the operator from above and below: as many workers as the connection allows, and one.
func (b *bench) loops(ctx context.Context) error {
	for _, x := range []struct {
		name           string
		calls, workers int
	}{
		{fmt.Sprintf("a loop with %d workers and no Kubernetes", b.concurrency), b.objects, b.concurrency},
		{"a serial loop", b.serial, 1},
	} {
		var answer loopAnswer
		c, err := startChild(ctx, roleLoop, loopOrder{b.remote.Service, b.remote.Pictures, x.calls, x.workers}, &answer)
		if err != nil {
			return err
		}
		if err := c.end(); err != nil {
			return err
		}
		cpu := c.cmd.ProcessState.UserTime() + c.cmd.ProcessState.SystemTime()
		b.add(
			figure{
				Name: "beside it: " + x.name + ", over the ideal N·L/C", Value: answer.Took.Seconds() / b.ideal(x.calls).Seconds(), Unit: "times",
				Note: fmt.Sprintf("%d calls in %.2f s", x.calls, answer.Took.Seconds()),
			},
			figure{Name: "beside it: CPU per call of " + x.name, Value: milliseconds(cpu) / float64(x.calls), Unit: "ms"},
		)
	}
	return nil
}
