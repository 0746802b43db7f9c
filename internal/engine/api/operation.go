package api

import (
	"context"
	"errors"
	"image"
	"slices"

	"github.com/ais-operator/ais-operator/internal/engine/picture"
)

// operation is one API: its path, what pictures it takes, and how its
// parameters become a task.
type operation struct {
	name    string // in metrics and logs
	path    string // a pattern of http.ServeMux
	codes   family
	formats []picture.Format
	// minSide and maxSide bound the sides of a picture, in pixels; a maxSide of 0
	// leaves it to picture.MaxPixels.
	minSide, maxSide int
	urls             bool // takes the url parameter
	forms            bool // takes multipart/form-data
	// parse reads the parameters. The task is valid when the error is nil.
	parse func(body) (source, task, *Error)
}

// task is an operation with its parameters.
type task interface {
	// memory is what run allocates for a picture of the size, in bytes, on top of
	// the picture itself.
	memory(width, height int) int64
	// run does the work. It ends early when ctx does.
	run(ctx context.Context, img *image.NRGBA, h picture.Header) (*reply, error)
}

// enlarger is a task whose output is larger than its input.
type enlarger interface {
	// outputPixels is the number of pixels of the output.
	outputPixels(h picture.Header) int64
}

// The formats of section 4.1 and following, and of 5.4, which has no WebP.
var (
	photographs   = []picture.Format{picture.JPEG, picture.PNG, picture.BMP, picture.WebP}
	superresolved = []picture.Format{picture.JPEG, picture.PNG, picture.BMP}
)

// operations are the APIs, in the order of the API reference. The vendor's SDK
// calls recapture detection under /v2/{project_id} and without scenes; both
// paths are served.
func operations() []*operation {
	return []*operation{
		{
			name: "RecaptureDetection", path: "/v1.0/image/recapture-detect", codes: recognition,
			formats: photographs, minSide: 16, maxSide: 4096, urls: true, parse: parseRecapture,
		},
		{
			name: "RecaptureDetection", path: "/v2/{project_id}/image/recapture-detect", codes: recognition,
			formats: photographs, minSide: 16, maxSide: 4096, urls: true, parse: parseRecapture,
		},
		{
			name: "ImageTaggingV2", path: "/v2/{project_id}/image/tagging", codes: recognition,
			formats: photographs, minSide: 2, maxSide: 4096, urls: true, parse: parseTaggingV2,
		},
		{
			name: "ImageTaggingV1", path: "/v1.0/image/tagging", codes: recognition,
			formats: photographs, minSide: 16, maxSide: 4096, urls: true, parse: parseTaggingV1,
		},
		{
			name: "DarkEnhance", path: "/v1.0/vision/dark-enhance", codes: enhancement,
			formats: photographs, minSide: 1, forms: true, parse: parseDarkEnhance,
		},
		{
			name: "Defog", path: "/v1.0/vision/defog", codes: enhancement,
			formats: photographs, minSide: 1, forms: true, parse: parseDefog,
		},
		{
			name: "SuperResolution", path: "/v1.0/vision/super-resolution", codes: enhancement,
			formats: superresolved, minSide: 1, forms: true, parse: parseSuperResolution,
		},
	}
}

// inspect reads the header of a picture and holds it against the limits. Nothing
// is decoded. downloaded tells a file at a URL, whose type has a code of its own.
func (op *operation) inspect(data []byte, t task, maxOutput int64, downloaded bool) (picture.Header, *Error) {
	h, err := picture.ReadHeader(data)
	if err != nil {
		if downloaded && errors.Is(err, picture.ErrFormat) {
			return h, fail(codeFileType)
		}
		return h, fail(op.pictureCode(err))
	}
	short, long := min(h.Width, h.Height), max(h.Width, h.Height)
	switch {
	case !slices.Contains(op.formats, h.Format):
		return h, fail(op.codes.format)
	case short < op.minSide, op.maxSide > 0 && long > op.maxSide, long > picture.MaxPixels/short:
		return h, fail(op.codes.size)
	}
	if e, ok := t.(enlarger); ok && e.outputPixels(h) > maxOutput {
		return h, fail(op.codes.size)
	}
	return h, nil
}

// pictureCode is the code for what package picture says about foreign bytes.
func (op *operation) pictureCode(err error) string {
	switch {
	case errors.Is(err, picture.ErrFormat):
		return op.codes.format
	case errors.Is(err, picture.ErrDamaged):
		return op.codes.damaged
	case errors.Is(err, picture.ErrColorDepth):
		return op.codes.depth
	case errors.Is(err, picture.ErrPixels):
		return op.codes.size
	default:
		return op.codes.internal
	}
}

// footprint is the peak memory of decoding and running, in bytes. The encoded
// output is counted with six bytes a pixel: four for a picture that does not
// compress, and half as much for the growth of the buffer.
func footprint(h picture.Header, t task) int64 {
	const decoded, encoded = 4, 6
	pixels := int64(h.Width) * int64(h.Height)
	working := pixels*decoded + t.memory(h.Width, h.Height)
	if e, ok := t.(enlarger); ok {
		working += e.outputPixels(h) * encoded
	}
	return max(h.DecodeMemory(), working)
}
