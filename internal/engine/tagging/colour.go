package tagging

import "math"

// colour is a basic colour term.
type colour int

const (
	black colour = iota
	grey
	white
	red
	orange
	yellow
	green
	cyan
	blue
	purple
	pink
	brown
	beige
	colours
)

var colourNames = [colours][2]string{
	{"black", "黑色"}, {"grey", "灰色"}, {"white", "白色"}, {"red", "红色"}, {"orange", "橙色"}, {"yellow", "黄色"},
	{"green", "绿色"}, {"cyan", "青色"}, {"blue", "蓝色"}, {"purple", "紫色"}, {"pink", "粉色"}, {"brown", "棕色"}, {"beige", "米色"},
}

// A colour is reported by its share s of the area with 1 - exp(-s/scale): a ninth of the picture gives 60 %, and twice as much
// for black, grey and white, which every photograph has.
const chromaticScale, neutralScale = 0.12, 0.24

func colourRules() []rule {
	out := make([]rule, colours)
	for c, name := range colourNames {
		scale := chromaticScale
		if colour(c) <= white {
			scale = neutralScale
		}
		out[c] = rule{name[0], name[1], func(m *measurement) float64 { return 1 - math.Exp(-m.shares[c]/scale) }}
	}
	return out
}

// tone is a colour as people order them.
type tone struct {
	hue        float64 // degrees; 0 without chroma
	chroma     float64 // largest less smallest channel, 0 to 1
	saturation float64 // chroma over largest channel
	value      float64 // largest channel
}

func toneOf(r, g, b float64) tone {
	most, least := math.Max(r, math.Max(g, b)), math.Min(r, math.Min(g, b))
	t := tone{chroma: most - least, value: most}
	if t.chroma == 0 {
		return t
	}
	t.saturation = t.chroma / most
	switch most {
	case r:
		t.hue = math.Mod(60*(g-b)/t.chroma+360, 360)
	case g:
		t.hue = 60*(b-r)/t.chroma + 120
	default:
		t.hue = 60*(r-g)/t.chroma + 240
	}
	return t
}

// name gives the basic term of a tone.
func (t tone) name() colour {
	switch {
	case t.value < 0.16 || t.value < 0.25 && t.chroma < 0.10:
		return black
	case t.saturation < 0.12 || t.chroma < 0.07:
		if t.value > 0.85 {
			return white
		}
		return grey
	case t.hue < 68 || t.hue >= 345:
		return t.earthName()
	}
	return t.pureName()
}

// earthName is the term of the hues from red to yellow, which have others when dark or pale.
func (t tone) earthName() colour {
	if t.hue < 15 || t.hue >= 345 {
		return t.reddishName()
	}
	switch {
	case t.saturation < 0.45 && t.value > 0.6:
		return beige
	case t.saturation < 0.2:
		return grey
	case t.saturation < 0.45 || t.value < 0.6 || t.hue < 48 && t.value < 0.72:
		return brown
	case t.hue < 48:
		return orange
	default:
		return yellow
	}
}

func (t tone) reddishName() colour {
	switch {
	case t.saturation < 0.5 && t.value > 0.7:
		return pink
	case t.saturation < 0.2:
		return grey
	case t.saturation > 0.4:
		return red
	default:
		return brown
	}
}

// pureName is the term of hues that keep it whether dark or pale.
func (t tone) pureName() colour {
	switch {
	case t.hue < 165:
		return green
	case t.hue < 195:
		return cyan
	case t.hue < 260:
		return blue
	case t.hue < 300:
		return purple
	default:
		return pink
	}
}

func (t tone) warm() bool { return t.hue < 75 || t.hue >= 330 }

func (t tone) cool() bool { return t.hue >= 150 && t.hue < 280 }
