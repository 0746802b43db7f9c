package imaging

import "encoding/binary"

// JPEG markers (ITU-T T.81, table B.1).
const (
	markerSOF0  = 0xc0
	markerDHT   = 0xc4
	markerJPG   = 0xc8
	markerDAC   = 0xcc
	markerSOF15 = 0xcf
	markerRST0  = 0xd0
	markerSOI   = 0xd8
	markerEOI   = 0xd9
	markerSOS   = 0xda
	markerTEM   = 0x01
)

// parseJPEG walks the marker segments to the start of frame. EXIF, colour profiles and previews before it are skipped
// by their length, not searched, so that a preview's size is never taken for the picture's. Each step consumes at least
// two bytes.
func parseJPEG(data []byte) (dimensions, error) {
	for rest := data[2:]; ; {
		marker, body := nextMarker(rest)
		if body == nil {
			return dimensions{}, errShort
		}
		switch {
		case marker == markerTEM || marker >= markerRST0 && marker <= markerSOI:
			rest = body // stands alone, without a length
			continue
		case marker == markerEOI || marker == markerSOS:
			return dimensions{}, errStructure // picture data without a frame
		}
		if len(body) < 2 {
			return dimensions{}, errShort
		}
		length := int(binary.BigEndian.Uint16(body))
		switch {
		case length < 2:
			return dimensions{}, errStructure
		case isStartOfFrame(marker):
			return parseSOF(body, length)
		case length > len(body):
			return dimensions{}, errShort
		}
		rest = body[length:]
	}
}

// nextMarker finds the next marker and what follows it. Stray bytes before it and fill bytes within it are passed over,
// as decoders do (T.81, section B.1.1.2). The body is nil when the data ends first.
func nextMarker(data []byte) (marker byte, body []byte) {
	for i := 0; i+1 < len(data); i++ {
		if data[i] == 0xff && data[i+1] != 0xff && data[i+1] != 0 {
			return data[i+1], data[i+2:]
		}
	}
	return 0, nil
}

// isStartOfFrame holds for SOF0 to SOF15 less the three markers between them that are something else.
func isStartOfFrame(marker byte) bool {
	return marker >= markerSOF0 && marker <= markerSOF15 &&
		marker != markerDHT && marker != markerJPG && marker != markerDAC
}

// parseSOF reads the frame header: length, precision, height, width, number of components (T.81, section B.2.2). A
// height of zero would be given later by a DNL marker, which hardly any decoder reads; Inspect refuses it.
func parseSOF(body []byte, length int) (dimensions, error) {
	switch {
	case len(body) < 8:
		return dimensions{}, errShort
	case length < 8:
		return dimensions{}, errStructure
	}
	return dimensions{int(binary.BigEndian.Uint16(body[5:])), int(binary.BigEndian.Uint16(body[3:]))}, nil
}
