package hostile

import (
	"encoding/binary"
	"slices"
)

// gifScreen is the header of a GIF with a palette of two colours.
func gifScreen(width, height uint16) []byte {
	b := binary.LittleEndian.AppendUint16([]byte("GIF89a"), width)
	b = binary.LittleEndian.AppendUint16(b, height)
	return append(b, 0x80, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff)
}

// gifFrame is a frame whose only pixel is black, of whatever size it claims.
func gifFrame(left, top, width, height uint16) []byte {
	b := []byte{','}
	for _, v := range []uint16{left, top, width, height} {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	return append(b, 0, 2, 2, 0x44, 0x01, 0) // codes of three bits: clear, 0, end
}

func gifs() []Picture {
	frame := gifFrame(0, 0, 1, 1)
	return []Picture{
		{"a GIF of 4 gigapixels", slices.Concat(gifScreen(65535, 65535), frame, []byte(";")), noGIF, unsupported},
		{"a GIF without area", slices.Concat(gifScreen(0, 0), frame, []byte(";")), isDamaged + "GIF" + noArea, damaged},
		{"a GIF of 100,000 frames", slices.Concat(gifScreen(32, 32), repeated(100_000, frame), []byte(";")), noGIF, unsupported},
		{"a GIF whose frame is larger than its screen", slices.Concat(gifScreen(32, 32), gifFrame(0, 0, 65535, 65535), []byte(";")), noGIF, unsupported},
		{"a GIF whose frame lies beside its screen", slices.Concat(gifScreen(32, 32), gifFrame(65535, 65535, 1, 1), []byte(";")), noGIF, unsupported},
		{"a GIF whose frame has a pixel of many", slices.Concat(gifScreen(2048, 2048), gifFrame(0, 0, 2047, 2047), []byte(";")), noGIF, unsupported},
		{"a GIF of comments only", slices.Concat(gifScreen(32, 32), []byte("!\xfe"), repeated(10_000, slices.Concat([]byte{255}, make([]byte, 255)))), noGIF, unsupported},
		{"a GIF that ends in its header", []byte("GIF89a\x20\x00"), isDamaged + "GIF" + cutOff, damaged},
		{"a GIF that ends before its palette", gifScreen(32, 32)[:13], noGIF, damaged},
		{"a GIF that ends with its header", gifScreen(32, 32), noGIF, unsupported},
		{"a GIF that is a script too", []byte("GIF89a/*\x20\x00\x00\x00\x00*/=1;alert(1)//;"), noGIF, unsupported},
	}
}
