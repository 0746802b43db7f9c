// Package picture reads and writes the still pictures of the engine.
//
// JPEG, PNG, BMP, WebP and GIF are read into one pixel type, 8-bit
// non-premultiplied RGBA, so that the algorithms need no second code path:
// 16-bit samples are rounded to 8, grey, paletted, CMYK and YCCK pictures become
// RGB, of an animation the first frame is taken, and the EXIF orientation is
// applied. Embedded colour profiles are ignored (samples count as sRGB) and
// metadata is not written back.
//
// Foreign bytes never cost more than the pixels they announce: Decode checks the
// header against MaxPixels before it allocates, and Header.DecodeMemory tells the
// peak beforehand. Bytes after the end of a picture are tolerated, as cameras and
// content networks append them; a picture that ends early is damaged.
//
// Cost on one core: about 30 ms per megapixel for JPEG, 40 ms for PNG.
package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/bmp"
	"golang.org/x/image/webp"
)

// MaxPixels is the largest picture that Decode accepts: 4096 x 4096, the limit of
// the API reference.
const MaxPixels = 4096 * 4096

// The ways in which bytes are no picture for the engine; test with errors.Is.
var (
	// ErrFormat means that the bytes are none of the known formats, or a variant of
	// one that cannot be read.
	ErrFormat = errors.New("picture: the image format is not supported")
	// ErrDamaged means that the format is known and its content is broken.
	ErrDamaged = errors.New("picture: the image is damaged")
	// ErrColorDepth means that the samples have a width that cannot be read, as in
	// 12-bit JPEG and 16-bit BMP.
	ErrColorDepth = errors.New("picture: the color depth is not supported")
	// ErrPixels means that the header announces more than MaxPixels.
	ErrPixels = errors.New("picture: the resolution of the image exceeds the upper limit")
)

// Format names a file format in lower case.
type Format string

// The formats that are read. WebP and GIF are not written, see OutputFormat.
const (
	JPEG Format = "jpeg"
	PNG  Format = "png"
	BMP  Format = "bmp"
	WebP Format = "webp"
	GIF  Format = "gif"
)

// Header is what a picture says about itself before any pixel is decoded.
type Header struct {
	Format Format
	// Width and Height are those of the decoded picture, that is, after the
	// orientation has been applied.
	Width, Height int
	// Orientation is the EXIF value 1 to 8; 1 also when there is none.
	Orientation int
	// Alpha tells that pixels may be transparent. It is always false for GIF, whose
	// header does not say.
	Alpha bool

	// working is what the decoder holds before the conversion to NRGBA, in bytes,
	// at worst.
	working int64
}

// DecodeMemory returns the peak number of bytes that Decode allocates, the
// returned picture included, the file's own bytes not.
func (h Header) DecodeMemory() int64 {
	decoded := 4 * int64(h.Width) * int64(h.Height)
	if h.Orientation > 1 {
		decoded *= 2
	}
	const fixed = 4 << 20 // tables and windows of the decoders
	return decoded + h.working + fixed
}

// stored returns the size of the picture before the orientation is applied.
func (h Header) stored() image.Rectangle {
	if h.Orientation > 4 {
		return image.Rect(0, 0, h.Height, h.Width)
	}
	return image.Rect(0, 0, h.Width, h.Height)
}

// ReadHeader reads format, size and orientation; no pixel is decoded. The size is
// not checked against MaxPixels, so that the caller can report it.
func ReadHeader(data []byte) (Header, error) {
	f, err := sniff(data)
	if err != nil {
		return Header{}, err
	}
	h := Header{Format: f, Orientation: 1}
	config, err := decodeConfig(f, data)
	if err != nil {
		return Header{}, classify(f, data, err)
	}
	if config.Width < 1 || config.Height < 1 {
		return Header{}, fmt.Errorf("%w: %s of %d x %d pixels", ErrDamaged, f, config.Width, config.Height)
	}
	h.Width, h.Height = config.Width, config.Height
	if err := h.describe(data, config.ColorModel); err != nil {
		return Header{}, err
	}
	if h.Orientation > 4 {
		h.Width, h.Height = h.Height, h.Width
	}
	return h, nil
}

// Decode reads a picture. On ErrPixels, and on damage after the header, the
// header is returned along with the error.
func Decode(data []byte) (*image.NRGBA, Header, error) {
	h, err := ReadHeader(data)
	if err != nil {
		return nil, h, err
	}
	if h.Width > MaxPixels/h.Height {
		return nil, h, fmt.Errorf("%w: %d x %d, at most %d pixels", ErrPixels, h.Width, h.Height, MaxPixels)
	}
	img, err := decodePixels(h, data)
	if err != nil {
		return nil, h, classify(h.Format, data, err)
	}
	return orient(img, h.Orientation), h, nil
}

// sniff tells the format by its signature, never by a file name.
func sniff(data []byte) (Format, error) {
	prefix := func(s string) bool { return bytes.HasPrefix(data, []byte(s)) }
	switch {
	case prefix("\xff\xd8\xff"):
		return JPEG, nil
	case prefix("\x89PNG\r\n\x1a\n"):
		return PNG, nil
	case prefix("GIF87a"), prefix("GIF89a"):
		return GIF, nil
	case prefix("RIFF") && len(data) >= 12 && string(data[8:12]) == "WEBP":
		return WebP, nil
	case prefix("BM") && len(data) >= 18 && data[15]|data[16]|data[17] == 0:
		return BMP, nil
	}
	return "", fmt.Errorf("%w: expected JPEG, PNG, BMP, WebP or GIF", ErrFormat)
}

func decodeConfig(f Format, data []byte) (image.Config, error) {
	r := bytes.NewReader(data)
	switch f {
	case JPEG:
		return jpeg.DecodeConfig(r)
	case PNG:
		return png.DecodeConfig(newCriticalChunks(data))
	case BMP:
		return bmp.DecodeConfig(r)
	case GIF:
		return gif.DecodeConfig(r)
	default:
		return webp.DecodeConfig(r)
	}
}

// describe fills in what DecodeConfig does not tell, while the sides are those
// of the stored picture. It refuses what would cost the decoder more than it
// costs to send.
func (h *Header) describe(data []byte, model color.Model) error {
	pixels := int64(h.Width) * int64(h.Height)
	switch h.Format {
	case JPEG:
		frame := scanJPEG(data)
		if frame.scans > maxScans {
			return fmt.Errorf("%w: JPEG of more than %d scans", ErrFormat, maxScans)
		}
		// Whole units of up to 32 x 16 pixels are decoded (ITU-T T.81, A.2.4).
		h.Orientation, h.working = frame.orientation, padded(h.Width, 32)*padded(h.Height, 16)*int64(frame.sampleBytes)
	case PNG:
		chunks := scanPNG(data)
		h.Orientation, h.Alpha, h.working = chunks.orientation, chunks.alpha, 8*pixels // 16-bit RGBA
		if chunks.interlaced {
			h.working += 4 * pixels // the last pass is half of the picture
		}
	case BMP:
		h.Alpha, h.working = model == color.NRGBAModel, pixels // a palette's indices
	case WebP:
		if !wholeRIFF(data) {
			return fmt.Errorf("%w: WebP that ends early", ErrDamaged)
		}
		h.Orientation, h.Alpha = scanWebP(data)
		whole := padded(h.Width, 16) * padded(h.Height, 16)
		// Planes, alpha, the picture that alpha is packed in and a canvas; or, before
		// most of them, a lossless picture on its way with its codes.
		h.working = max(11*whole, 5*whole+prefixCodes(h.Width, h.Height, data))
	case GIF:
		h.working = 5 * pixels // indices, and the frame before it is placed
	}
	return nil
}

// padded is a side rounded up to whole units.
func padded(side, unit int) int64 { return int64((side + unit - 1) / unit * unit) }

func decodePixels(h Header, data []byte) (*image.NRGBA, error) {
	var img image.Image
	var err error
	r := bytes.NewReader(data)
	switch h.Format {
	case JPEG:
		img, err = jpeg.Decode(r)
	case PNG:
		img, err = png.Decode(newCriticalChunks(data))
	case BMP:
		img, err = bmp.Decode(r)
	case GIF:
		return decodeGIF(r, h)
	default:
		return decodeWebP(data, h)
	}
	if err != nil {
		return nil, err
	}
	return toNRGBA(img), nil
}

// decodeGIF places the first frame, which may be smaller than the picture, on a
// transparent canvas, as browsers do.
func decodeGIF(r *bytes.Reader, h Header) (*image.NRGBA, error) {
	img, err := gif.Decode(r)
	if err != nil {
		return nil, err
	}
	frame := toNRGBA(img)
	if img.Bounds() == h.stored() {
		return frame, nil
	}
	canvas := image.NewNRGBA(h.stored())
	place(canvas, frame, img.Bounds().Min)
	return canvas, nil
}

// place copies src onto dst with its corner at p; what lies outside is cut off.
func place(dst, src *image.NRGBA, p image.Point) {
	at := image.Rectangle{Min: p, Max: p.Add(src.Rect.Size())}.Intersect(dst.Rect)
	for y := at.Min.Y; y < at.Max.Y; y++ {
		from := src.PixOffset(at.Min.X-p.X, y-p.Y)
		copy(dst.Pix[dst.PixOffset(at.Min.X, y):dst.PixOffset(at.Max.X, y)], src.Pix[from:from+4*at.Dx()])
	}
}

// classify maps the decoders' errors to those of this package.
func classify(f Format, data []byte, err error) error {
	var unsupportedJPEG jpeg.UnsupportedError
	var unsupportedPNG png.UnsupportedError
	switch {
	case errors.As(err, &unsupportedJPEG) && unsupportedJPEG == "precision":
		return fmt.Errorf("%w: JPEG of other than 8 bits per sample", ErrColorDepth)
	case errors.As(err, &unsupportedJPEG):
		return fmt.Errorf("%w: %w", ErrFormat, err)
	case errors.As(err, &unsupportedPNG) && unsupportedPNG == "dimension overflow":
		return fmt.Errorf("%w: %w", ErrPixels, err)
	case errors.As(err, &unsupportedPNG):
		return fmt.Errorf("%w: %w", ErrColorDepth, err)
	case errors.Is(err, bmp.ErrUnsupported) && len(data) > 29 && data[28] == 16:
		return fmt.Errorf("%w: BMP of 16 bits per pixel", ErrColorDepth)
	case errors.Is(err, bmp.ErrUnsupported):
		return fmt.Errorf("%w: %w, save it uncompressed with 24 or 32 bits per pixel", ErrFormat, err)
	}
	return fmt.Errorf("%w: %s: %w", ErrDamaged, f, err)
}
