// Package hostile is what attackers send: pictures that lie, servers and name
// servers that lead elsewhere. Tests of the operator and of the engine meet the
// same, and each row says what either makes of it.
//
// Nothing here is a file: each picture is built by a few lines that show what is
// wrong with it.
package hostile

import "sync"

// Picture is a file that no honest program writes, or one that looks like it.
type Picture struct {
	// Name says what is the matter.
	Name string
	Data []byte
	// Operator is what the operator says when the file is to be tagged; empty when
	// its header is in order and it is sent to the service.
	Operator string
	// Engine is the code with which the engine refuses to tag it; empty when it
	// does tag it.
	Engine string
}

// Pictures are all of them. Nobody changes their data.
func Pictures() []Picture { return pictures() }

var pictures = sync.OnceValue(func() (all []Picture) {
	for _, some := range [][]Picture{pngs(), jpegs(), jpegScans(), exifs(), gifs(), bmps(), webps(), losslessWebPs(), strangers()} {
		all = append(all, some...)
	}
	return all
})

// The engine's codes for what it cannot tag (API reference, section 7.2).
const (
	taken       = ""
	unsupported = "AIS.0502"
	damaged     = "AIS.0503"
	wrongSize   = "AIS.0504"
)

// What the operator says.
const (
	cutOff     = " header is cut off"
	noArea     = " header gives a width or height of zero"
	structure  = " header is not as the format prescribes"
	checksum   = " header does not match its checksum"
	noPicture  = "not a JPEG, PNG, BMP, WebP or GIF picture"
	isDamaged  = "damaged picture: the "
	tagging    = "ImageTagging cannot take the picture: the picture is "
	sides      = " px; sides may be 2 to 4096 px"
	noGIF      = tagging + "a GIF file; JPEG, PNG, BMP and WebP are allowed"
	looksWrong = "; check that the address leads to the picture itself"
)
