// Package recapturetest renders pictures as a camera would see them on a display.
//
// The renderer follows the path of the light: display pixels of three vertical stripes, a tilted and slightly keystoned view, the
// blur of a lens, a Bayer sensor with shot noise, bilinear demosaicing, the sRGB curve and JPEG. It is a model: detecting what
// it renders says nothing about the displays, cameras and sharpeners of the world.
package recapturetest

import (
	"bytes"
	"image"
	"image/draw"
	"image/jpeg"
	"math"
	"math/rand/v2"
)

// Screen is a display and the camera in front of it.
type Screen struct {
	// Pitch is the size of a display pixel in camera pixels.
	Pitch float64
	// Tilt is the rotation of the camera about its axis in radians.
	Tilt float64
	// Keystone is the relative change of magnification from the centre to the right and to the lower edge.
	Keystone [2]float64
	// Blur is the standard deviation of the lens in camera pixels.
	Blur float64
	// Noise is the standard deviation of the shot noise at full white, of 1.
	Noise float64
	// Quality is that of the camera's JPEG, 1 to 100.
	Quality int
}

// Recapture renders img as photographed from a display: pitch 3 to 6 camera pixels, a tilt of 1.5 to 6 degrees either way, all
// drawn from the seed. The result has the size of img.
func Recapture(img *image.NRGBA, seed int64) *image.NRGBA {
	random := rand.New(rand.NewPCG(uint64(seed), 1))
	between := func(low, high float64) float64 { return low + (high-low)*random.Float64() }
	sign := func() float64 { return float64(2*random.IntN(2) - 1) }
	return Screen{
		Pitch:    between(3, 6),
		Tilt:     sign() * between(1.5, 6) * math.Pi / 180,
		Keystone: [2]float64{between(-0.03, 0.03), between(-0.03, 0.03)},
		Blur:     between(0.4, 0.8),
		Noise:    between(0.005, 0.015),
		Quality:  80 + random.IntN(16),
	}.Photograph(img, seed)
}

// Photograph renders img on the display and photographs it. The result has the size of img; the seed draws the noise.
func (s Screen) Photograph(img *image.NRGBA, seed int64) *image.NRGBA {
	shown := s.show(img)
	sensor := s.expose(shown, img.Rect.Dx(), img.Rect.Dy())
	sensor.blur(s.Blur)
	sensor.mosaic(s.Noise, rand.New(rand.NewPCG(uint64(seed), 2)))
	return compress(sensor.develop(), s.Quality)
}

// light is a picture of linear red, green and blue, 0 to 1.
type light struct {
	width, height int
	pix           [][3]float32
}

func newLight(width, height int) *light {
	return &light{width: width, height: height, pix: make([][3]float32, width*height)}
}

// at repeats the border outside of the picture.
func (l *light) at(x, y int) *[3]float32 {
	return &l.pix[min(max(y, 0), l.height-1)*l.width+min(max(x, 0), l.width-1)]
}

// show scales img to the pixels of the display by area averaging.
func (s Screen) show(img *image.NRGBA) *light {
	width, height := img.Rect.Dx(), img.Rect.Dy()
	out := newLight(max(1, int(math.Ceil(float64(width)/s.Pitch))), max(1, int(math.Ceil(float64(height)/s.Pitch))))
	count := make([]float32, len(out.pix))
	for y := range height {
		for x := range width {
			p := img.Pix[y*img.Stride+4*x:]
			i := min(int(float64(y)/s.Pitch), out.height-1)*out.width + min(int(float64(x)/s.Pitch), out.width-1)
			for c := range 3 {
				out.pix[i][c] += linear[p[c]]
			}
			count[i]++
		}
	}
	for i := range out.pix {
		for c := range 3 {
			out.pix[i][c] /= max(count[i], 1)
		}
	}
	return out
}

// expose integrates the stripes of the display over the camera's pixels, with 4 x 4 samples each.
func (s Screen) expose(shown *light, width, height int) *light {
	const samples = 4
	out := newLight(width, height)
	sin, cos := math.Sincos(s.Tilt)
	cx, cy := float64(width)/2, float64(height)/2
	for i := range out.pix {
		var sum [3]float32
		for k := range samples * samples {
			x := float64(i%width) + (float64(k%samples)+0.5)/samples - cx
			y := float64(i/width) + (float64(k/samples)+0.5)/samples - cy
			depth := 1 + s.Keystone[0]*x/cx + s.Keystone[1]*y/cy
			u := (cx + (cos*x+sin*y)/depth) / s.Pitch
			v := (cy + (cos*y-sin*x)/depth) / s.Pitch
			if c := stripe(u-math.Floor(u), v-math.Floor(v)); c >= 0 {
				sum[c] += shown.at(int(math.Floor(u)), int(math.Floor(v)))[c]
			}
		}
		for c := range 3 {
			// Each colour covers about a quarter of the pixel; the black level is the leak of the back light.
			out.pix[i][c] = 0.01 + 0.95*sum[c]*4/(samples*samples)
		}
	}
	return out
}

// stripe is the colour that lights up at a place within a display pixel, or -1 for the black mask between.
func stripe(u, v float64) int {
	colour := int(3 * u)
	if within := 3*u - float64(colour); within < 0.1 || within > 0.9 || v < 0.05 || v > 0.95 {
		return -1
	}
	return colour
}

// blur is a separable Gaussian.
func (l *light) blur(sigma float64) {
	radius := int(math.Ceil(3 * sigma))
	kernel, sum := make([]float32, 2*radius+1), float32(0)
	for i := range kernel {
		d := float64(i - radius)
		kernel[i] = float32(math.Exp(-d * d / (2 * sigma * sigma)))
		sum += kernel[i]
	}
	for _, step := range [][2]int{{1, 0}, {0, 1}} {
		from := &light{width: l.width, height: l.height, pix: append([][3]float32(nil), l.pix...)}
		for i := range l.pix {
			var value [3]float32
			for k, weight := range kernel {
				p := from.at(i%l.width+step[0]*(k-radius), i/l.width+step[1]*(k-radius))
				for c := range 3 {
					value[c] += weight / sum * p[c]
				}
			}
			l.pix[i] = value
		}
	}
}

// mosaic keeps one colour a pixel, in the order RGGB, adds the noise, and interpolates the other two from their neighbours.
func (l *light) mosaic(noise float64, random *rand.Rand) {
	colour := func(x, y int) int { return x&1 + y&1 }
	raw := newLight(l.width, l.height)
	for i := range l.pix {
		c := colour(i%l.width, i/l.width)
		value := l.pix[i][c]
		raw.pix[i][c] = value + float32(noise*math.Sqrt(float64(value))*random.NormFloat64())
	}
	for i := range l.pix {
		x, y := i%l.width, i/l.width
		for c := range 3 {
			if c == colour(x, y) {
				l.pix[i][c] = raw.pix[i][c]
				continue
			}
			sum, count := float32(0), float32(0)
			for k := range 9 {
				nx, ny := x+k%3-1, y+k/3-1
				if nx >= 0 && ny >= 0 && nx < l.width && ny < l.height && colour(nx, ny) == c {
					sum += raw.at(nx, ny)[c]
					count++
				}
			}
			if count > 0 {
				l.pix[i][c] = sum / count
			}
		}
	}
}

func (l *light) develop() *image.NRGBA {
	out := image.NewNRGBA(image.Rect(0, 0, l.width, l.height))
	for i, p := range l.pix {
		for c := range 3 {
			out.Pix[4*i+c] = encode(p[c])
		}
		out.Pix[4*i+3] = 255
	}
	return out
}

func compress(img *image.NRGBA, quality int) *image.NRGBA {
	var buffer bytes.Buffer
	// Neither can fail: the size is that of a picture in memory, and the bytes are the encoder's own.
	_ = jpeg.Encode(&buffer, img, &jpeg.Options{Quality: quality})
	decoded, err := jpeg.Decode(&buffer)
	if err != nil {
		return img
	}
	draw.Draw(img, img.Rect, decoded, decoded.Bounds().Min, draw.Src)
	return img
}

// linear is the sRGB curve of IEC 61966-2-1, from bytes to light.
var linear = func() (table [256]float32) {
	for i := range table {
		v := float64(i) / 255
		if v <= 0.04045 {
			table[i] = float32(v / 12.92)
		} else {
			table[i] = float32(math.Pow((v+0.055)/1.055, 2.4))
		}
	}
	return table
}()

func encode(value float32) uint8 {
	v := math.Min(math.Max(float64(value), 0), 1)
	if v <= 0.0031308 {
		v *= 12.92
	} else {
		v = 1.055*math.Pow(v, 1/2.4) - 0.055
	}
	return uint8(math.Round(255 * v))
}
