package ais

import "github.com/ais-operator/ais-operator/internal/imaging"

// MaxPictureBytes bounds a picture sent inline, for every operation: the API
// reference allows 10 MB of Base64 (sections 4 and 5), which is three quarters
// of that in picture bytes.
const MaxPictureBytes = 10 << 20 / 4 * 3

// maxSide is the longest documented side of a picture, in pixels.
const maxSide = 4096

// Limits are the documented limits of what the operation accepts inline.
// Sides are inclusive pixels; zero means that the API reference states none.
// An unknown operation has no formats, so nothing satisfies it.
func (o Operation) Limits() imaging.Limits {
	limits := imaging.Limits{
		Formats:  []imaging.Format{imaging.JPEG, imaging.PNG, imaging.BMP, imaging.WEBP},
		MaxBytes: MaxPictureBytes,
	}
	switch o {
	case ImageTagging:
		// Section 4.2 asks for more than 1 pixel on the narrow side.
		limits.MinSide, limits.MaxSide = 2, maxSide
	case RecaptureDetection:
		// Section 4.1 asks for more than 15 pixels on the narrow side.
		limits.MinSide, limits.MaxSide = 16, maxSide
	case DarkEnhance, Defog:
	case SuperResolution:
		// Section 5.4 is alone in not listing WEBP.
		limits.Formats = []imaging.Format{imaging.JPEG, imaging.PNG, imaging.BMP}
	default:
		return imaging.Limits{}
	}
	return limits
}
