// Package imaging tells what a picture is from its header alone: format, size in pixels, bytes and hash.
//
// Nothing is decoded. The headers are read by parsers of our own that allocate nothing and pass over the data at most
// once, so a hostile file costs no more than its hash, and a header that promises billions of pixels is a number to
// refuse, not an allocation.
package imaging

// Format is a picture file format.
type Format string

// The formats that Inspect knows.
const (
	JPEG Format = "jpeg"
	PNG  Format = "png"
	BMP  Format = "bmp"
	WEBP Format = "webp"
	GIF  Format = "gif"
)

// ContentType gives the media type, as registered with IANA.
func (f Format) ContentType() string {
	switch f {
	case JPEG, PNG, BMP, WEBP, GIF:
		return "image/" + string(f)
	}
	return "application/octet-stream"
}

// Extension gives the usual file name extension with its dot, and "" for an unknown format.
func (f Format) Extension() string {
	switch f {
	case JPEG:
		return ".jpg"
	case PNG, BMP, WEBP, GIF:
		return "." + string(f)
	}
	return ""
}

// name is how the format is written in a sentence.
func (f Format) name() string {
	switch f {
	case JPEG:
		return "JPEG"
	case PNG:
		return "PNG"
	case BMP:
		return "BMP"
	case WEBP:
		return "WebP"
	case GIF:
		return "GIF"
	}
	return string(f)
}
