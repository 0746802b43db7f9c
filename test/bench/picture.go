package main

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
)

// newPicture draws a small PNG of noise, about 12 KB.
func newPicture() ([]byte, error) {
	noise := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // The same picture in every run.
	img := image.NewNRGBA(image.Rect(0, 0, 64, 64))
	for y := range 64 {
		for x := range 64 {
			v := noise.Uint32()
			img.SetNRGBA(x, y, color.NRGBA{R: byte(v), G: byte(v >> 8), B: byte(v >> 16), A: 255}) //nolint:gosec // Three bytes of it.
		}
	}
	var b bytes.Buffer
	err := png.Encode(&b, img)
	return b.Bytes(), err
}

// endChunk is the length of a PNG's last chunk, IEND.
const endChunk = 12

// numbered returns the picture with a private chunk that holds a number, so that no two pictures have the same bytes and no result is that of another.
// The chunk makes it size bytes long; 0 means no longer than it has to be.
func numbered(picture []byte, number uint64, size int) []byte {
	const overhead = 12 // length, type and checksum
	head, end := picture[:len(picture)-endChunk], picture[len(picture)-endChunk:]
	length := max(8, size-len(picture)-overhead)
	out := make([]byte, 0, len(picture)+overhead+length)
	out = append(out, head...)
	out = binary.BigEndian.AppendUint32(out, uint32(length)) //nolint:gosec // A few MB.
	start := len(out)
	out = append(out, "nuMb"...) // ancillary, private, safe to copy
	out = append(out, make([]byte, length)...)
	binary.BigEndian.PutUint64(out[start+4:], number)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[start:]))
	return append(out, end...)
}
