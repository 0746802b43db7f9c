// Package darkenhance makes visible what lies in the dark parts of a picture.
//
// # Method
//
// A picture is taken as reflectance times illumination. The illumination is first
// the largest of the three channels (X. Guo, Y. Li, H. Ling, "LIME", IEEE TIP 26(2),
// 2017), refined by a fast guided filter (K. He, J. Sun, X. Tang, IEEE TPAMI 35(6),
// 2013; arXiv:1505.00996), which is smooth within a light and keeps its borders, so
// that lamps and windows get no halo. Every pixel is multiplied by a power of the
// illumination, -brightness, in a form that approaches white without reaching it:
// nothing clips that did not before. The three channels share one factor, so hues
// stay. Where the gain is large, pixels are first averaged with those neighbours
// that differ by no more than the measured noise, and the colour of pixels a few
// levels above black, which is mostly rounding, fades to grey.
//
// The effect diminishes from a mean luma of 0.25 to 0.5; brighter pictures are left
// nearly alone. Brightness 0 returns an identical copy.
//
// # Limits
//
// What the sensor or JPEG has set to black stays black. The smoothing is light:
// coarse colour noise and JPEG blocks of a night shot become visible with the
// rest. Over-exposed parts are not darkened.
//
// # Cost
//
// About 100 ms per megapixel on one core where everything is dark, 40 ms where nothing
// is; memory beyond the result does not grow with the picture.
package darkenhance
