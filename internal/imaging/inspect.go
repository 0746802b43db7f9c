package imaging

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Info is what is known of a picture without decoding it.
type Info struct {
	Format Format
	// Width and Height are in pixels as stored: of the canvas for animations, before any EXIF rotation for JPEG.
	Width, Height int
	// Bytes is the size of the file.
	Bytes int64
	// SHA256 is the hash of the file, 64 lower-case hexadecimal digits.
	SHA256 string
}

// Pixels gives the number of pixels.
func (i Info) Pixels() int64 { return int64(i.Width) * int64(i.Height) }

var (
	// ErrUnknownFormat is found in Inspect's errors when the data is no picture of a known format.
	ErrUnknownFormat = errors.New("not a JPEG, PNG, BMP, WebP or GIF picture")
	// ErrDamaged is found in Inspect's errors when the data begins like a picture but its header cannot be read.
	ErrDamaged = errors.New("damaged picture")
)

// Inspect reads the header of a picture. Its errors are sentences that can be shown to whoever supplied the data.
func Inspect(data []byte) (Info, error) {
	format, parse := sniff(data)
	if parse == nil {
		return Info{}, unknown(data)
	}
	size, err := parse(data)
	if err == nil && (size.width <= 0 || size.height <= 0) {
		err = errNoArea
	}
	if err != nil {
		return Info{}, fmt.Errorf("%w: the %s header %w", ErrDamaged, format.name(), err)
	}
	sum := sha256.Sum256(data)
	return Info{
		Format: format,
		Width:  size.width,
		Height: size.height,
		Bytes:  int64(len(data)),
		SHA256: hex.EncodeToString(sum[:]),
	}, nil
}

// sniff chooses the parser by the first bytes; it returns nil when there is none.
func sniff(data []byte) (Format, func([]byte) (dimensions, error)) {
	switch {
	case hasPrefix(data, "\xff\xd8\xff"):
		return JPEG, parseJPEG
	case hasPrefix(data, pngSignature):
		return PNG, parsePNG
	case hasPrefix(data, "GIF87a"), hasPrefix(data, "GIF89a"):
		return GIF, parseGIF
	case hasPrefix(data, "RIFF") && hasPrefix(data[min(8, len(data)):], "WEBP"):
		return WEBP, parseWEBP
	case hasPrefix(data, "BM") && looksLikeBMP(data):
		return BMP, parseBMP
	}
	return "", nil
}

// strangers are formats that people do send, so that the refusal can name them.
var strangers = []struct {
	offset int
	magic  string
	name   string
}{
	{0, "II*\x00", "a TIFF picture"},
	{0, "MM\x00*", "a TIFF picture"},
	{4, "ftypheic", "a HEIC picture"},
	{4, "ftypheix", "a HEIC picture"},
	{4, "ftypmif1", "a HEIF picture"},
	{4, "ftypavif", "an AVIF picture"},
	{4, "ftypavis", "an AVIF picture"},
	{4, "ftyp", "an MP4 or QuickTime file"},
	{0, "\xff\x0a", "a JPEG XL picture"},
	{0, "\x00\x00\x00\x0cJXL ", "a JPEG XL picture"},
	{0, "\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"},
	{0, "8BPS", "a Photoshop file"},
	{0, "\x00\x00\x01\x00", "an icon (ICO)"},
	{0, "%PDF-", "a PDF document"},
	{0, "PK\x03\x04", "a ZIP archive or office document"},
	{0, "\x1f\x8b", "gzip-compressed data"},
	{0, "\x1aE\xdf\xa3", "a Matroska or WebM video"},
}

func unknown(data []byte) error {
	if len(data) == 0 {
		return fmt.Errorf("%w: there is no data", ErrUnknownFormat)
	}
	for _, s := range strangers {
		if hasPrefix(data[min(s.offset, len(data)):], s.magic) {
			return fmt.Errorf("%w: it is %s", ErrUnknownFormat, s.name)
		}
	}
	if kind := textKind(data); kind != "" {
		return fmt.Errorf("%w: it is %s; check that the address leads to the picture itself", ErrUnknownFormat, kind)
	}
	return ErrUnknownFormat
}

// textKind names markup and other text: what servers answer when they have no picture to give. It is "" for binary
// data.
func textKind(data []byte) string {
	end := min(512, len(data))
	for end < len(data) && end > 0 && !utf8.RuneStart(data[end]) {
		end-- // no letter is cut in two
	}
	head := bytes.TrimPrefix(data[:end], []byte("\xef\xbb\xbf"))
	head = bytes.ToLower(bytes.TrimLeft(head, " \t\r\n"))
	switch {
	case bytes.IndexFunc(head, isBinary) >= 0:
		return ""
	case bytes.Contains(head, []byte("<svg")):
		return "an SVG drawing"
	case hasPrefix(head, "<?xml"), hasPrefix(head, "<error"):
		return "an XML document"
	case hasPrefix(head, "<!doctype html"), bytes.Contains(head, []byte("<html")), bytes.Contains(head, []byte("<head")), hasPrefix(head, "<!--"):
		return "a web page"
	case hasPrefix(head, "{"), hasPrefix(head, "["):
		return "a JSON document"
	case hasPrefix(head, "data:image/"):
		return "a data: URL"
	case hasPrefix(head, "version https://git-lfs"):
		return "a Git LFS pointer"
	case !utf8.Valid(data[:end]): // asked last, since markup names encodings of its own
		return ""
	}
	return "text"
}

// isBinary holds for the control characters that no text has.
func isBinary(r rune) bool {
	return r < 0x20 && r != '\t' && r != '\n' && r != '\r' && r != '\f' && r != 0x1b
}

func hasPrefix(data []byte, magic string) bool {
	return len(data) >= len(magic) && string(data[:len(magic)]) == magic
}
