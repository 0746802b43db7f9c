package ais

import (
	"fmt"
	"io"
	"log/slog"
)

// masked is what every formatter prints in place of a secret.
const masked = "***"

// Secret is a string that formatting, encoding and logging do not show.
type Secret string

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// String returns a mask.
func (s Secret) String() string { return masked }

// GoString returns a mask.
func (s Secret) GoString() string { return masked }

// Format writes a mask whatever the verb, %x and %q included.
func (s Secret) Format(state fmt.State, _ rune) {
	_, _ = io.WriteString(state, masked) // a fmt.State has no way to report failure
}

// MarshalText returns a mask, also for encoders other than JSON.
func (s Secret) MarshalText() ([]byte, error) { return []byte(masked), nil }

// MarshalJSON returns a mask.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + masked + `"`), nil }

// LogValue returns a mask.
func (s Secret) LogValue() slog.Value { return slog.StringValue(masked) }
