package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/imaging"
)

// TestMain is the main function of the children that run starts: they are this binary.
func TestMain(m *testing.M) {
	if isChild() {
		os.Exit(childMain())
	}
	os.Exit(m.Run())
}

// What is counted must be right however slow the machine is; what is timed is measured only.
func TestShortRunCountsWhatItShould(t *testing.T) {
	o := options{concurrency: 5, out: t.TempDir()}.shortened()
	if err := run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(o.out, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	var figures []figure
	if err := json.Unmarshal(text, &figures); err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range figures {
		got[f.Name] = f.rounded()
	}
	want := map[string]float64{
		"billed calls per finished object: drain, re-apply, relabel, restart": 1,
		"API writes per finished object: re-apply, relabel, restart":          0,
		"billed calls per ImageAnalysis":                                      1,
		"billed calls per EnhancementJob":                                     1,
		"wrong key: authentications":                                          1,
		"wrong key: billed calls":                                             0,
		"restart with 200 finished objects: calls for them":                   0,
		"restart with 200 finished objects: writes to them":                   0,
	}
	for name, value := range want {
		if measured, ok := got[name]; !ok || measured != value {
			t.Errorf("%s: %g (measured: %t), want %g", name, measured, ok, value)
		}
	}
	for _, name := range []string{"ImageTagging calls in flight at the remote, at most", "DarkEnhance calls in flight at the remote, at most"} {
		if peak := got[name]; peak < 1 || peak > 5 { // A slow machine makes fewer at once.
			t.Errorf("%s: %g, want 1 to 5", name, peak)
		}
	}
}

func TestChoose(t *testing.T) {
	tests := []struct {
		name, list string
		want       []string
		message    string
	}{
		{name: "nothing chosen means all", list: "", want: scenarioNames()},
		{name: "the chosen ones run in their own order", list: "restart,memory", want: []string{"memory", "restart"}},
		{name: "a name that is none is refused with those that are", list: "drain,nap", message: `there is no scenario "nap"; there are memory, drain`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			chosen, err := choose(tt.list)
			if tt.message != "" {
				if err == nil || !strings.Contains(err.Error(), tt.message) {
					t.Fatalf("error %v, want one with %q", err, tt.message)
				}
				return
			}
			var got []string
			for _, s := range chosen {
				got = append(got, s.name)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("chosen (-want +got):\n%s%v", diff, err)
			}
		})
	}
}

func TestPicturesAreDistinctAndTaken(t *testing.T) {
	picture, err := newPicture()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, size := range []int{0, ais.MaxPictureBytes} {
		for number := range uint64(3) {
			data := numbered(picture, number, size)
			info, err := imaging.Inspect(data)
			if err != nil {
				t.Fatal(err)
			}
			if err := ais.ImageTagging.Limits().Check(info); err != nil {
				t.Error(err)
			}
			if size > 0 && len(data) != size {
				t.Errorf("a picture of %d bytes, want %d", len(data), size)
			}
			if seen[info.SHA256] {
				t.Errorf("picture %d of size %d has been there", number, size)
			}
			seen[info.SHA256] = true
		}
	}
}

func TestParseWrites(t *testing.T) {
	metrics := `# TYPE apiserver_request_total counter
apiserver_request_total{code="201",group="ais-operator.io",resource="imageanalyses",subresource="",verb="POST"} 10
apiserver_request_total{code="200",group="ais-operator.io",resource="imageanalyses",subresource="status",verb="PATCH"} 20
apiserver_request_total{code="409",group="ais-operator.io",resource="imageanalyses",subresource="status",verb="PATCH"} 3
apiserver_request_total{code="200",group="ais-operator.io",resource="imageanalyses",subresource="",verb="WATCH"} 99
apiserver_request_total{code="201",group="events.k8s.io",resource="events",subresource="",verb="POST"} 1.2e+03
apiserver_request_total{code="201",group="",resource="secrets",subresource="",verb="POST"} 7
apiserver_request_terminations_total{code="429",group="ais-operator.io",resource="imageanalyses",verb="PATCH"} 5
`
	got, err := parseWrites([]byte(metrics))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(writes{analysesResource: 33, eventsResource: 1200}, got); diff != "" {
		t.Errorf("writes, refused ones too, of objects and events (-want +got):\n%s", diff)
	}
	if _, err := parseWrites([]byte("process_cpu_seconds_total 1\n")); err == nil {
		t.Error("metrics without requests are taken for no writes")
	}
}

func TestParseCPU(t *testing.T) {
	got, err := parseCPU("42 (a (bad) name) S 1 42 42 0 -1 4194304 500 0 0 0 123 77 0 0 20 0 9 0 8000 1 2")
	if want := 2 * time.Second; err != nil || got != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
	if _, err := parseCPU("42 (short) S 1"); err == nil {
		t.Error("a line that is cut off is taken")
	}
}

func TestParseMemory(t *testing.T) {
	const status = "Name:\tmanager\nVmPeak:\t  900 kB\nVmRSS:\t   52 kB\nRssAnon:\t   11 kB\n"
	for kind, want := range map[string]int64{resident: 52 << 10, anonymous: 11 << 10} {
		if got, err := parseMemory(status, kind); err != nil || got != want {
			t.Errorf("%s %d, %v; want %d", kind, got, err, want)
		}
	}
	if _, err := parseMemory("Name:\tmanager\n", resident); err == nil {
		t.Error("a status without memory is taken")
	}
}

func TestTableTellsWhatIsMissed(t *testing.T) {
	var b strings.Builder
	err := printTable(&b, []figure{
		{Name: "calls", Value: 1.0004, Target: new(1.0), Unit: "calls", Note: "as it is shown"},
		{Name: "CPU", Value: 3.25, Target: new(3.0), Unit: "ms"},
		{Name: "beside it", Value: 10.05, Unit: "times"},
	})
	want := `FIGURE     VALUE   TARGET  UNIT   MET  NOTE
calls      1       ≤ 1     calls  yes  as it is shown
CPU        3.250   ≤ 3     ms     NO   
beside it  10.050          times       
`
	if diff := cmp.Diff(want, b.String()); diff != "" || err != nil {
		t.Errorf("table (-want +got):\n%s%v", diff, err)
	}
}
