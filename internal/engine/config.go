package engine

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime"
	"time"

	"github.com/ais-operator/ais-operator/internal/engine/iam"
)

// The defaults of Config.
const (
	DefaultMaxMemory       = 2 << 30
	DefaultMaxOutputPixels = 64_000_000
	DefaultQueue           = 64
)

// Config is what a Server is made of. The zero value of each field but Accounts
// means its default.
type Config struct {
	// Accounts are who may call; with a token key. Required.
	Accounts *iam.File
	// TokenLifetime is how long a token holds. Default: 24 hours.
	TokenLifetime time.Duration
	// MaxMemory is what requests may hold in bodies and pictures, all together, in
	// bytes. Default: 2 GiB.
	MaxMemory int64
	// MaxOutputPixels is the largest picture that super resolution makes. Default:
	// 64 megapixels.
	MaxOutputPixels int64
	// Queue is how many requests may wait while Workers are worked on; beyond them
	// clients are told to come back later. Default: 64. Negative: none.
	Queue int
	// Workers is how many requests are worked on at a time. Default: one per core.
	Workers int
	// AllowCIDRs may be downloaded from besides public addresses. Default: none.
	AllowCIDRs []netip.Prefix
	// DrainDelay is how long a server that is told to stop still accepts requests
	// while it reports that it is not ready, so that load balancers notice.
	DrainDelay time.Duration
	// Clock gives the time for tokens, signatures and locks. Default: time.Now.
	Clock func() time.Time
	// Logger gets one line per request, without any of its content. Default: none.
	Logger *slog.Logger
}

// complete fills in the defaults.
func (c *Config) complete() error {
	if c.Accounts == nil {
		return errors.New("no accounts: load an accounts file")
	}
	if c.MaxMemory == 0 {
		c.MaxMemory = DefaultMaxMemory
	}
	if c.MaxOutputPixels == 0 {
		c.MaxOutputPixels = DefaultMaxOutputPixels
	}
	if c.MaxOutputPixels < 0 {
		return fmt.Errorf("%d output pixels leave super resolution nothing to do: give a positive number", c.MaxOutputPixels)
	}
	switch {
	case c.Queue == 0:
		c.Queue = DefaultQueue
	case c.Queue < 0:
		c.Queue = 0
	}
	if c.Workers <= 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}
