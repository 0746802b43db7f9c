package ais

import "context"

// SuperResolveRequest asks for a larger picture. What is unset is not sent, and
// the service's own default holds.
type SuperResolveRequest struct {
	// Image is given by its bytes: the operation takes no URL.
	Image Image
	// Scale is 3, the service's default, or 4.
	Scale *int
	// Model is "ESPCN", the service's default, or "SRCNN".
	Model string
}

// SuperResolve enlarges a picture and adds detail: API reference 5.4.
// https://support.huaweicloud.com/intl/en-us/api-image/image_03_0021.html
//
//ais:operation POST /v1.0/vision/super-resolution
func (c *Client) SuperResolve(ctx context.Context, call Call, req SuperResolveRequest) (*SuperResolveResult, error) {
	params := struct {
		Scale *int   `json:"scale,omitempty"`
		Model string `json:"model,omitempty"`
	}{req.Scale, req.Model}
	return c.enhance(ctx, SuperResolution, call, req.Image, params)
}

// SuperResolveResult is the enlarged picture.
type SuperResolveResult = PictureResult
