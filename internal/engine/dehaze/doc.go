// Package dehaze removes haze, smog and thin fog from photographs.
//
// # Method
//
// A hazy picture is I = J*t + A*(1-t): the scene J, weakened by the transmission
// t, and the airlight A (H. Koschmieder, 1924). Among the pixels around a point
// of a clear scene one is nearly black in some channel, so the minimum over
// channels and neighbours, the dark channel, measures the haze (K. He, J. Sun,
// X. Tang, CVPR 2009 and IEEE TPAMI 33(12), 2011). The transmission is computed on
// a picture shrunk to at most 512 pixels a side and brought to the edges of the full
// one by a fast guided filter (K. He, J. Sun, arXiv:1505.00996).
//
// The prior fails on what is bright by itself. So the strength follows how much
// evidence of haze the whole picture gives (see survey.haziness), and where a
// region is flat and as bright as the airlight, like a sky, little is removed.
//
// With the natural look 80 to 92 % of the haze is removed, the airlight counts as grey, so
// that hues stay exactly, and colours that would leave the gamut lose saturation
// rather than clip. Without it 95 % is removed, the colour of the airlight with it,
// and the contrast is stretched to the full range.
//
// Gamma is the exponent of the last tone curve, J^(1/gamma). Its effect on the mean
// luma is bounded, and a larger gamma is always brighter.
//
// # Limits
//
// Fog so dense that nothing of the scene is left stays. Haze only in part of a
// picture is found when that part is textured. Low-contrast pictures without any
// dark tone (a brick wall, a drawing on grey paper) look like haze and gain
// contrast. Light sources in haze get glows removed incompletely.
//
// # Cost
//
// About 40 ms for the estimate and 45 ms per megapixel on one core; memory beyond
// the result does not grow with the picture.
package dehaze
