package hostile

// bitWriter writes numbers as VP8L has them: the lowest bit first (RFC 9649,
// section 3.2).
type bitWriter struct {
	bytes []byte
	bits  int
}

func (w *bitWriter) put(value uint32, bits int) {
	for i := range bits {
		if w.bits%8 == 0 {
			w.bytes = append(w.bytes, 0)
		}
		w.bytes[len(w.bytes)-1] |= byte(value>>i&1) << (w.bits % 8)
		w.bits++
	}
}

// losslessHeader begins a VP8L bitstream.
func losslessHeader(width, height int) *bitWriter {
	w := &bitWriter{}
	w.put(0x2f, 8)
	w.put(uint32(width-1), 14)
	w.put(uint32(height-1), 14)
	w.put(0, 4) // no alpha, version 0
	return w
}

// code writes the lengths of a prefix code: of some symbols a short one, then of
// others a longer one, then of none (section 3.7.2). Each takes half a bit.
func (w *bitWriter) code(short, shorts, long, longs, unused int) {
	order := [...]int{17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12}
	w.put(0, 1)
	w.put(uint32(len(order)-4), 4)
	const repeat = 16
	// Four codes of two bits, in the order of what they stand for.
	used := map[int]bool{0: true, short: true, long: true, repeat: true}
	for _, length := range order {
		if used[length] {
			w.put(2, 3)
		} else {
			w.put(0, 3)
		}
	}
	w.put(0, 1)
	w.run(0b10, shorts) // codes are read from their highest bit
	w.run(0b01, longs)
	for range unused {
		w.put(0b00, 2)
	}
}

// run writes a code length n times, with repetitions of up to six.
func (w *bitWriter) run(length uint32, n int) {
	for n > 0 {
		w.put(length, 2)
		n--
		for n >= 3 {
			times := min(n, 6)
			w.put(0b11, 2)
			w.put(uint32(times-3), 2)
			n -= times
		}
	}
}

// single writes a code of one symbol, which takes no bits.
func (w *bitWriter) single() { w.put(0b0001, 4) }

// manyCodes is a VP8L chunk with as many groups of the largest prefix codes: one
// for each tile of 4 x 4 pixels. Not all of them need be there.
func manyCodes(side, groups, there int) []byte {
	w := losslessHeader(side, side)
	w.put(0, 1)  // no transform
	w.put(1, 1)  // a colour cache
	w.put(11, 4) // of 2048 colours
	w.put(1, 1)  // a picture that tells the group of each tile,
	w.put(0, 3)  // of 4 x 4 pixels
	w.put(0, 1)  // without a cache
	w.code(7, 0, 8, 256, 24)
	w.code(7, 0, 8, 256, 0)
	w.single()
	w.single()
	w.single()
	tiles := (side + 3) / 4
	for tile := range tiles * tiles {
		group := min(tile, groups-1)
		w.put(reversed(group), 8)
		w.put(reversed(group>>8), 8)
	}
	for range there {
		w.code(11, 1768, 12, 560, 0) // green, lengths and the cache
		for range 3 {
			w.code(7, 0, 8, 256, 0)
		}
		w.code(5, 24, 6, 16, 0) // distances
	}
	for range side * side {
		w.put(0, 11+3*8) // the first symbol of each
	}
	w.put(0, 32)
	return webpChunk("VP8L", w.bytes...)
}

// reversed is a byte from its highest bit.
func reversed(v int) (r uint32) {
	for i := range 8 {
		r = r<<1 | uint32(v>>i&1)
	}
	return r
}

// wrongCode is a VP8L chunk whose first prefix code is of as many symbols of eight
// bits as given; the code needs 256 of them, and its alphabet has 280 symbols.
func wrongCode(symbols int) []byte {
	w := losslessHeader(32, 32)
	w.put(0, 3) // no transform, no colour cache, one group of codes
	w.code(7, 0, 8, symbols, max(280-symbols, 0))
	for range 4 {
		w.single()
	}
	return webpChunk("VP8L", append(w.bytes, make([]byte, 2048)...)...)
}

func losslessWebPs() []Picture {
	return []Picture{
		{"a WebP of 1,024 groups of prefix codes", webpOf(manyCodes(128, 1024, 1024)), "", taken},
		{"a WebP of 65,536 groups of prefix codes", webpOf(manyCodes(1024, 65536, 8)), "", damaged},
		{"a WebP whose prefix code has too many symbols", webpOf(wrongCode(280)), "", damaged},
		{"a WebP whose prefix code has more symbols than its alphabet", webpOf(wrongCode(2328)), "", damaged},
	}
}
