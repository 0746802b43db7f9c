package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/ais-operator/ais-operator/internal/engine"
)

// options are the command line.
type options struct {
	listen          string
	accounts        string
	tlsCert, tlsKey string
	maxMemory       byteSize
	maxOutputPixels int64
	queue           int
	allowCIDRs      prefixes
	drainDelay      time.Duration
	verbosity       slog.Level
	logFormat       string
}

// parseOptions reads the command line. Usage and mistakes go to stderr.
func parseOptions(args []string, stderr io.Writer) (*options, error) {
	o := &options{maxMemory: engine.DefaultMaxMemory}
	flags := flag.NewFlagSet("engine", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8443", "`address` to listen on")
	flags.StringVar(&o.accounts, "accounts", "", "accounts `file` (required): who may call; a tokenKey is added to it when it has none")
	flags.StringVar(&o.tlsCert, "tls-cert", "", "certificate `file` (PEM); without it the engine speaks plain HTTP")
	flags.StringVar(&o.tlsKey, "tls-key", "", "private key `file` (PEM) of --tls-cert")
	flags.Var(&o.maxMemory, "max-memory", "memory for the requests being worked on, in `bytes` or with Ki, Mi, Gi; at least 512Mi")
	flags.Int64Var(&o.maxOutputPixels, "max-output-pixels", engine.DefaultMaxOutputPixels, "largest output of super resolution, in `pixels`")
	flags.IntVar(&o.queue, "queue", engine.DefaultQueue, "`requests` that may wait while every core is at work; more are answered 429")
	flags.Var(&o.allowCIDRs, "allow-cidrs", "comma-separated `prefixes` that the url parameter may name besides public addresses, such as 10.0.0.0/8")
	flags.DurationVar(&o.drainDelay, "drain-delay", 2*time.Second, "how long to go on accepting requests, no longer ready, after SIGTERM")
	flags.TextVar(&o.verbosity, "log-level", slog.LevelInfo, "debug, info, warn or error")
	flags.StringVar(&o.logFormat, "log-format", "text", "text or json")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	return o, o.check(flags.Args())
}

// check says what is wrong with the options together.
func (o *options) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unexpected argument %q: everything is given by flags, see --help", rest[0])
	case o.accounts == "":
		return errors.New("--accounts is required: name the file that says who may call, see docs/engine/accounts.md")
	case (o.tlsCert == "") != (o.tlsKey == ""):
		return errors.New("--tls-cert and --tls-key go together: give both or neither")
	case o.queue < 0:
		return errors.New("--queue cannot be negative: 0 lets nobody wait")
	case o.drainDelay < 0:
		return errors.New("--drain-delay cannot be negative")
	case o.maxOutputPixels <= 0:
		return errors.New("--max-output-pixels must be positive")
	case o.logFormat != "text" && o.logFormat != "json":
		return fmt.Errorf("--log-format is %q: give text or json", o.logFormat)
	}
	return nil
}

// queueSize is the queue as engine.Config counts it, where 0 is the default.
func (o *options) queueSize() int {
	if o.queue == 0 {
		return -1
	}
	return o.queue
}

func (o *options) logger(w io.Writer) *slog.Logger {
	handler := &slog.HandlerOptions{Level: o.verbosity}
	if o.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, handler))
	}
	return slog.New(slog.NewTextHandler(w, handler))
}

// byteSize is a number of bytes, optionally with a binary suffix.
type byteSize int64

// String implements flag.Value.
func (b *byteSize) String() string {
	size := int64(*b)
	for _, unit := range []struct {
		suffix string
		bytes  int64
	}{{"Gi", 1 << 30}, {"Mi", 1 << 20}, {"Ki", 1 << 10}} {
		if size != 0 && size%unit.bytes == 0 {
			return strconv.FormatInt(size/unit.bytes, 10) + unit.suffix
		}
	}
	return strconv.FormatInt(size, 10)
}

// Set implements flag.Value.
func (b *byteSize) Set(text string) error {
	digits, unit := text, int64(1)
	for suffix, bytes := range map[string]int64{"Gi": 1 << 30, "Mi": 1 << 20, "Ki": 1 << 10} {
		if rest, ok := strings.CutSuffix(text, suffix); ok {
			digits, unit = rest, bytes
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n <= 0 || n > (1<<62)/unit {
		return errors.New("give a positive number of bytes, such as 2Gi")
	}
	*b = byteSize(n * unit)
	return nil
}

// prefixes is a comma-separated list of CIDR prefixes; the flag may be repeated.
type prefixes []netip.Prefix

// String implements flag.Value.
func (p *prefixes) String() string {
	texts := make([]string, 0, len(*p))
	for _, prefix := range *p {
		texts = append(texts, prefix.String())
	}
	return strings.Join(texts, ",")
}

// Set implements flag.Value.
func (p *prefixes) Set(text string) error {
	for part := range strings.SplitSeq(text, ",") {
		prefix, err := netip.ParsePrefix(strings.TrimSpace(part))
		if err != nil {
			return fmt.Errorf("%q is no prefix such as 10.0.0.0/8", part)
		}
		*p = append(*p, prefix.Masked())
	}
	return nil
}
