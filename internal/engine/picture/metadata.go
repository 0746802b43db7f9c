package picture

import (
	"bytes"
	"encoding/binary"
	"iter"
)

// maxScans is several times what encoders write. Every scan of a progressive
// picture passes over all its blocks, and 30 bytes are enough for one.
const maxScans = 64

// jpegFrame is what the segments of a JPEG tell.
type jpegFrame struct {
	orientation int
	// sampleBytes is what decoding takes per pixel: a progressive picture keeps all
	// its coefficients, four bytes each.
	sampleBytes int
	scans       int
}

// scanJPEG walks the marker segments (ITU-T T.81 annex B).
func scanJPEG(data []byte) jpegFrame {
	const app1, baseline, extended, progressive, startOfScan = 0xe1, 0xc0, 0xc1, 0xc2, 0xda
	frame := jpegFrame{orientation: 1, sampleBytes: 3}
	for marker, body := range jpegSegments(data) {
		switch {
		case marker == startOfScan:
			frame.scans++
		case frame.scans > 0: // what follows a scan says nothing more about the picture
		case marker == app1 && bytes.HasPrefix(body, exifPrefix):
			frame.orientation = exifOrientation(body)
		case (marker == baseline || marker == extended) && len(body) > 5:
			frame.sampleBytes = samplesOf(body[5])
		case marker == progressive && len(body) > 5:
			frame.sampleBytes = samplesOf(body[5]) + 4*int(body[5])
		}
	}
	return frame
}

// jpegSegments yields marker and body of the segments that are whole. Bytes
// between segments, which are those of a scan or stray ones, and markers without
// a body are skipped, as the decoder does.
func jpegSegments(data []byte) iter.Seq2[byte, []byte] {
	const firstBare, lastBare, endOfImage = 0xd0, 0xd8, 0xd9
	return func(yield func(byte, []byte) bool) {
		for data = data[2:]; len(data) >= 4; {
			marker := data[1]
			if data[0] != 0xff || marker == 0xff || marker == 0 || (marker >= firstBare && marker <= lastBare) {
				next := bytes.IndexByte(data[1:], 0xff)
				if next < 0 {
					return
				}
				data = data[1+next:]
				continue
			}
			n := int(binary.BigEndian.Uint16(data[2:]))
			if marker == endOfImage || n < 2 || 2+n > len(data) || !yield(marker, data[4:2+n]) {
				return
			}
			data = data[2+n:]
		}
	}
}

// samplesOf returns the bytes per pixel of a picture of n components; four are
// held once as YCbCr and black and once more as CMYK.
func samplesOf(n uint8) int {
	if n == 4 {
		return 8
	}
	return 3
}

// scanWebP reads the EXIF chunk and the alpha flags (RFC 9649 sections 2.7 and 3.4).
func scanWebP(data []byte) (orientation int, alpha bool) {
	orientation = 1
	for id, body := range riffChunks(data[12:]) {
		switch id {
		case "VP8X":
			alpha = len(body) > 0 && body[0]&webpAlpha != 0
		case "VP8L":
			alpha = alpha || (len(body) > 4 && body[4]&0x10 != 0)
		case "EXIF":
			orientation = exifOrientation(body)
		}
	}
	return orientation, alpha
}

var exifPrefix = []byte("Exif\x00\x00")

// exifOrientation returns the Orientation tag (0x0112) of the first image file
// directory, or 1. The block is a TIFF header, in JPEG and often in WebP behind a
// prefix (CIPA DC-008, section 4.6).
func exifOrientation(block []byte) int {
	block = bytes.TrimPrefix(block, exifPrefix)
	if len(block) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if block[0] == 'M' {
		order = binary.BigEndian
	}
	if order.Uint16(block) != 0x4949 && order.Uint16(block) != 0x4d4d || order.Uint16(block[2:]) != 42 {
		return 1
	}
	at := order.Uint32(block[4:])
	if int64(at) > int64(len(block)-2) {
		return 1
	}
	entries := block[at+2:]
	for n := order.Uint16(block[at:]); n > 0 && len(entries) >= 12; n-- {
		if order.Uint16(entries) == 0x0112 {
			if v := int(order.Uint16(entries[8:])); v >= 1 && v <= 8 {
				return v
			}
			return 1
		}
		entries = entries[12:]
	}
	return 1
}
