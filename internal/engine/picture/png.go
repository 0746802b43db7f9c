package picture

import (
	"encoding/binary"
	"io"
)

// pngChunks is what the chunks of a PNG tell.
type pngChunks struct {
	orientation       int
	alpha, interlaced bool
}

// scanPNG walks the chunks for eXIf and for what makes pixels transparent: the
// colour type in IHDR or a tRNS chunk (PNG specification, third edition, 11.2-11.3).
func scanPNG(data []byte) pngChunks {
	found := pngChunks{orientation: 1}
	for i := 8; i+12 <= len(data); {
		n := int(binary.BigEndian.Uint32(data[i:]))
		if n < 0 || n > len(data)-i-12 { // below zero where an int has 32 bits
			break
		}
		body := data[i+8 : i+8+n]
		switch string(data[i+4 : i+8]) {
		case "IHDR":
			found.alpha = n > 9 && body[9]&4 != 0
			found.interlaced = n > 12 && body[12] != 0
		case "tRNS":
			found.alpha = true
		case "eXIf":
			found.orientation = exifOrientation(body)
		case "IEND":
			return found
		}
		i += 12 + n
	}
	return found
}

// criticalChunks reads a PNG without the chunks that the decoder does not know:
// it would allocate 4 KB for each of them, and 12 bytes are enough for one.
type criticalChunks struct {
	rest []byte
	left int // bytes of rest to be read before the next chunk is looked at
}

func newCriticalChunks(data []byte) *criticalChunks {
	const signature = 8
	return &criticalChunks{rest: data, left: signature}
}

// Read implements io.Reader.
func (c *criticalChunks) Read(p []byte) (int, error) {
	const chunk = 12
	for c.left == 0 && len(c.rest) >= chunk {
		n := int64(binary.BigEndian.Uint32(c.rest)) + chunk
		size := int(min(n, int64(len(c.rest)))) // the decoder finds out that it is cut off
		switch string(c.rest[4:8]) {
		case "IHDR", "PLTE", "tRNS", "IDAT", "IEND":
			c.left = size
		default:
			c.rest = c.rest[size:]
		}
	}
	if c.left == 0 {
		c.left = len(c.rest)
	}
	if c.left == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.rest[:c.left])
	c.rest, c.left = c.rest[n:], c.left-n
	return n, nil
}
