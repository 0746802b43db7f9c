package ais

// Operation is one operation of the Image Recognition API.
type Operation string

// The operations of the API reference that the client speaks.
const (
	// ImageTagging names what is in a picture (API reference 4.2, the second
	// version of that API).
	ImageTagging Operation = "ImageTagging"
	// RecaptureDetection tells whether a picture shows another picture
	// (API reference 4.1).
	RecaptureDetection Operation = "RecaptureDetection"
	// DarkEnhance brightens dark regions (API reference 5.2).
	DarkEnhance Operation = "DarkEnhance"
	// Defog removes haze (API reference 5.3).
	Defog Operation = "Defog"
	// SuperResolution enlarges a picture (API reference 5.4).
	SuperResolution Operation = "SuperResolution"
)

// Operations lists every operation, in the order of the API reference.
func Operations() []Operation {
	return []Operation{RecaptureDetection, ImageTagging, DarkEnhance, Defog, SuperResolution}
}

// projectPlaceholder stands in a path for the ID of the caller's project.
const projectPlaceholder = "{project_id}"

// path is the operation's resource path; empty for an unknown operation. Every
// operation is called with POST.
func (o Operation) path() string {
	switch o {
	case ImageTagging:
		return "/v2/" + projectPlaceholder + "/image/tagging"
	case RecaptureDetection:
		return "/v1.0/image/recapture-detect"
	case DarkEnhance:
		return "/v1.0/vision/dark-enhance"
	case Defog:
		return "/v1.0/vision/defog"
	case SuperResolution:
		return "/v1.0/vision/super-resolution"
	default:
		return ""
	}
}

// takesURL tells whether the operation accepts the address of a picture in
// place of its bytes. The enhancement APIs do not.
func (o Operation) takesURL() bool {
	return o == ImageTagging || o == RecaptureDetection
}
