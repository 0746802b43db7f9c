package ais

import "context"

// DefogRequest asks for a picture without haze. What is unset is not sent, and
// the service's own default holds.
type DefogRequest struct {
	// Image is given by its bytes: the operation takes no URL.
	Image Image
	// Gamma corrects the brightness, from 0.1 to 10; the service's default is
	// 1.5.
	Gamma Decimal
	// NaturalLook keeps colours natural at the price of some haze; the
	// service's default is true.
	NaturalLook *bool
}

// Defog removes haze, uniform or not, from a picture: API reference 5.3.
// https://support.huaweicloud.com/intl/en-us/api-image/image_03_0020.html
//
//ais:operation POST /v1.0/vision/defog
func (c *Client) Defog(ctx context.Context, call Call, req DefogRequest) (*DefogResult, error) {
	params := struct {
		Gamma       Decimal `json:"gamma,omitempty"`
		NaturalLook *bool   `json:"natural_look,omitempty"`
	}{req.Gamma, req.NaturalLook}
	return c.enhance(ctx, Defog, call, req.Image, params)
}

// DefogResult is the picture without haze.
type DefogResult = PictureResult
