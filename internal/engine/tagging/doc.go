// Package tagging says what can be measured in a picture: its light, haze, sharpness, colours, structure, and the codes on it.
//
// Naming the things and the places of a picture takes a trained model, and none is loaded in this edition. So there are no tags such
// as "dog" or "beach", no tag of type scene, and of type object only bar codes and QR codes, which package barcode finds by their
// structure. All other tags are concepts, each a fixed function of a few measurements; the table of rules is the
// documentation of every one of them.
//
// A confidence is not a probability learnt from examples. It says how far a measurement lies between a value at which nobody
// would use the word (0) and one at which everybody would (100); conditions that must hold together count as the
// weakest of them. It is the same for the same pixels on every machine.
//
// Published measures: colourfulness after Hasler and Süsstrunk (2003), the dark channel after He, Sun and Tang (2009), noise after
// Immerkær (1996).
package tagging
