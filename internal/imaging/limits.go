package imaging

import (
	"fmt"
	"slices"
	"strings"
)

// MaxPixels is the most pixels that Check lets pass whatever the limits are: 8192 x 8192, four times what the services
// take. A header that promises more is a decompression bomb, or as good as one.
const MaxPixels = 1 << 26

// Limits are what an operation takes. The zero value of a field limits nothing.
type Limits struct {
	// Formats are the formats that are taken.
	Formats []Format
	// MaxBytes is the largest file, in bytes.
	MaxBytes int64
	// MinSide and MaxSide bound width and height, in pixels, both included.
	MinSide, MaxSide int
}

// LimitError says which limit a picture breaks, with the actual and the allowed value.
type LimitError struct {
	// Field is "format", "bytes", "sides" or "pixels".
	Field   string
	message string
}

// Error gives the sentence.
func (e *LimitError) Error() string { return e.message }

// Check returns a *LimitError for the first limit that the picture breaks.
func (l Limits) Check(i Info) error {
	switch {
	case len(l.Formats) > 0 && !slices.Contains(l.Formats, i.Format):
		return &LimitError{"format", fmt.Sprintf("the picture is a %s file; %s", i.Format.name(), l.formats())}
	case l.MaxBytes > 0 && i.Bytes > l.MaxBytes:
		return &LimitError{"bytes", fmt.Sprintf("the picture has %d bytes; at most %d are allowed", i.Bytes, l.MaxBytes)}
	case !l.fits(i.Width) || !l.fits(i.Height):
		return &LimitError{"sides", fmt.Sprintf("the picture is %d x %d px; %s", i.Width, i.Height, l.sides())}
	case i.Pixels() > MaxPixels:
		return &LimitError{"pixels", fmt.Sprintf("the picture is %d x %d px; at most %d pixels are allowed", i.Width, i.Height, MaxPixels)}
	}
	return nil
}

func (l Limits) fits(side int) bool {
	return side >= l.MinSide && (l.MaxSide <= 0 || side <= l.MaxSide)
}

func (l Limits) formats() string {
	names := make([]string, len(l.Formats))
	for i, f := range l.Formats {
		names[i] = f.name()
	}
	if len(names) == 1 {
		return "only " + names[0] + " is allowed"
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last] + " are allowed"
}

func (l Limits) sides() string {
	switch {
	case l.MaxSide <= 0:
		return fmt.Sprintf("sides must be at least %d px", l.MinSide)
	case l.MinSide <= 0:
		return fmt.Sprintf("sides may be at most %d px", l.MaxSide)
	}
	return fmt.Sprintf("sides may be %d to %d px", l.MinSide, l.MaxSide)
}
