package ais

import "context"

// EnhanceDarkRequest asks for a brighter picture. What is unset is not sent,
// and the service's own default holds.
type EnhanceDarkRequest struct {
	// Image is given by its bytes: the operation takes no URL.
	Image Image
	// Brightness is from 0 to 1, more being brighter; the service's default is
	// 0.9.
	Brightness Decimal
}

// EnhanceDark brightens the dark regions of a picture: API reference 5.2.
// https://support.huaweicloud.com/intl/en-us/api-image/image_03_0019.html
//
//ais:operation POST /v1.0/vision/dark-enhance
func (c *Client) EnhanceDark(ctx context.Context, call Call, req EnhanceDarkRequest) (*EnhanceDarkResult, error) {
	params := struct {
		Brightness Decimal `json:"brightness,omitempty"`
	}{req.Brightness}
	return c.enhance(ctx, DarkEnhance, call, req.Image, params)
}

// EnhanceDarkResult is the brightened picture.
type EnhanceDarkResult = PictureResult
