// Package recapture tells photographs of a thing from photographs of a display or a print that shows it.
//
// A display is a grid, a screened print a lattice of dots, and a sensor that samples either leaves lines in the spectrum of the
// picture: at the frequencies of the grid, at their harmonics, and at the moire of both with the sensor. Because the grid carries
// red, green and blue side by side, and the sensor's own colour filters do too, the lines are in the colour differences as
// well as in the luminance. Detect looks for them in up to twelve blocks of 256 x 256 pixels at full resolution (reducing a
// picture erases or folds them), each windowed (Hann) and transformed, in luminance and in colour difference. A line is a bin
// at least 14 dB above the geometric mean of its surroundings. It counts
//
//   - off the axes only, and off the multiples of 1/8 cycle per pixel: the rest is the domain of walls, text, bar codes
//     (whose lines are also without colour), the rows of the sensor and the blocks of JPEG;
//   - as far as other blocks confirm it at nearly the same frequency, since a display fills the picture and cloth seldom does;
//   - as luminance and as colour on its own; luminance alone never suffices for a verdict.
//
// A logistic function turns this into a probability. Where a grid could not have been seen, because the picture is too small,
// black, burnt out, or without fine structure after denoising or compression, the absence of lines proves nothing, and
// the probability stays near one half.
//
// The idea of the texture that re-acquisition leaves, and features for it, are those of Cao and Kot, "Identification of recaptured
// photographs on LCD screens" (ICASSP 2010), and Gao et al., "A smart phone image database for single image recapture
// detection" (IWDW 2010); the suppression of chance peaks by their surroundings follows common practice in the removal of moire
// and of periodic noise.
//
// # Limits
//
// Not seen are displays so fine or so far away that their grid is below the resolution of the camera, displays aligned to the
// sensor within about two degrees, prints without a visible screen, grids of about two pixels, and whatever a later
// reduction by an unknown factor has erased. Coloured cloth of regular weave that fills the picture looks like a display. There is no
// trained model in this package.
//
// On 62 freely licensed photographs none scored 0.95 or more and 77 % scored 0.05 or less; of their recaptures rendered by
// package recapturetest 95 % scored 0.95 or more and none 0.05 or less. The weights were chosen on the same photographs, and the
// latter figures are of a model of displays: they prove nothing about displays and cameras beyond it. Prints have not been
// measured. TestPhotographs measures the rates anew on any folder of photographs.
package recapture
