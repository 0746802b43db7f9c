package tagging

import "math"

// rule is a tag and how sure a measurement makes it, 0 to 1.
type rule struct {
	en, zh     string
	confidence func(*measurement) float64
}

// rules are all concepts. The limits of a ramp are the values at which the confidence is 0 and 100.
var rules = append([]rule{
	// Light. The mean and the quantiles are of the luminance as encoded, 0 to 1.
	{"dark", "暗", func(m *measurement) float64 { return ramp(m.mean, 0.40, 0.15) }},
	{"low light", "弱光", func(m *measurement) float64 { return math.Min(ramp(m.mean, 0.35, 0.10), ramp(m.p95, 0.80, 0.40)) }},
	{"bright", "明亮", func(m *measurement) float64 { return ramp(m.mean, 0.45, 0.75) }},
	{"overexposed", "过曝", func(m *measurement) float64 { return math.Min(ramp(m.burnt, 0, 0.25), 1-m.drawn()) }},
	{"backlit", "逆光", func(m *measurement) float64 {
		return math.Min(math.Min(ramp(m.darkShare, 0.10, 0.35), ramp(m.brightShare, 0.05, 0.25)), ramp(m.rim-m.centre, 0.05, 0.25))
	}},
	{"high contrast", "高对比度", func(m *measurement) float64 { return ramp(m.deviation, 0.14, 0.27) }},
	{"low contrast", "低对比度", func(m *measurement) float64 {
		return math.Min(ramp(m.p95-m.p5, 0.60, 0.20), 1-m.plain())
	}},
	{"foggy", "雾", func(m *measurement) float64 { return m.haze() }},
	// Focus and noise.
	{"sharp", "清晰", func(m *measurement) float64 { return math.Min(ramp(m.sharpest, 0.15, 0.6), 1-m.drawn()) }},
	{"blurry", "模糊", func(m *measurement) float64 {
		return math.Min(ramp(math.Log(m.sharpest), math.Log(0.06), math.Log(0.01)), math.Min(ramp(m.edgy, 0, 0.05), 1-m.smooth()))
	}},
	{"grainy", "噪点", func(m *measurement) float64 { return math.Min(ramp(m.noise, 2, 7), 1-math.Max(m.drawn(), m.texture())) }},
	// Colour.
	{"colourful", "色彩丰富", func(m *measurement) float64 { return ramp(m.colourfulness, 25, 70) }},
	{"muted colours", "色彩柔和", func(m *measurement) float64 {
		return math.Min(ramp(m.colourfulness, 40, 12), 1-m.grey())
	}},
	{"black and white", "黑白", func(m *measurement) float64 { return math.Min(m.grey(), 1-m.plain()) }},
	{"sepia", "棕褐色调", func(m *measurement) float64 { return m.sepia() }},
	{"warm colours", "暖色调", func(m *measurement) float64 { return math.Min(ramp(m.warm, 0.55, 0.95), ramp(m.colourfulness, 8, 25)) }},
	{"cool colours", "冷色调", func(m *measurement) float64 { return math.Min(ramp(m.cool, 0.55, 0.95), ramp(m.colourfulness, 8, 25)) }},
	// Structure.
	{"solid colour", "纯色", func(m *measurement) float64 { return m.plain() }},
	{"gradient", "渐变", func(m *measurement) float64 { return math.Min(m.smooth(), 1-m.plain()) }},
	{"texture", "纹理", func(m *measurement) float64 { return m.texture() }},
	{"rich detail", "细节丰富", func(m *measurement) float64 { return math.Min(ramp(m.busy, 0.20, 0.70), 1-m.drawn()) }},
	{"minimalist", "简洁", func(m *measurement) float64 {
		return math.Min(ramp(m.flatTiles, 0.45, 0.85), 1-math.Max(m.plain(), m.drawn()))
	}},
	{"document", "文档", func(m *measurement) float64 { return m.document() }},
	{"graphic", "图形", func(m *measurement) float64 { return math.Min(m.graphic(), 1-m.plain()) }},
	{"screenshot", "截图", func(m *measurement) float64 { return m.screenshot() }},
	{"line drawing", "线条画", func(m *measurement) float64 { return m.lineDrawing() }},
}, colourRules()...)

// drawn says that the picture was not taken by a camera.
func (m *measurement) drawn() float64 { return math.Max(m.document(), m.graphic()) }

// plain says that all is one colour.
func (m *measurement) plain() float64 { return ramp(m.spread, 4, 1) }

// smooth says that there are no edges, but a change from one end to the other.
func (m *measurement) smooth() float64 {
	return math.Min(ramp(m.steepest, 0.035, 0.012), ramp(m.p95-m.p5, 0.06, 0.20))
}

func (m *measurement) grey() float64 { return ramp(m.greyShare, 0.88, 0.98) }

// haze says that even the darkest parts of most neighbourhoods are veiled, that contrast, colour and
// fine structure are weak, and that nothing is burnt out.
func (m *measurement) haze() float64 {
	veiled := math.Min(ramp(m.veil, 0.12, 0.40), ramp(m.p95-m.p5, 0.80, 0.50))
	pale := math.Min(ramp(m.saturation, 0.45, 0.15), ramp(m.burnt, 0.10, 0))
	soft := math.Min(ramp(m.busy, 0.60, 0.30), 1-math.Max(m.plain(), math.Max(m.smooth(), m.drawn())))
	return math.Min(veiled, math.Min(pale, soft))
}

// texture says that much structure is spread evenly.
func (m *measurement) texture() float64 {
	return math.Min(math.Min(ramp(m.unevenness, 0.55, 0.20), ramp(m.activity, 6, 14)), 1-m.drawn())
}

// sepia says that what has colour has one brown hue.
func (m *measurement) sepia() float64 {
	return math.Min(math.Min(ramp(m.brownShare, 0.85, 0.98), ramp(m.hueSpread, 16, 6)), ramp(m.saturation, 0.05, 0.15))
}

// document says that there is paper, ink on a part of it, little between, and lines of strokes in all directions.
func (m *measurement) document() float64 {
	ink := math.Min(ramp(m.ink, 0.01, 0.03), ramp(m.ink, 0.40, 0.25))
	strokes := math.Min(ramp(m.textLines, 2, 8), ramp(m.strokes, 0.15, 0.40))
	return math.Min(math.Min(ramp(m.paper, 0.45, 0.70), ink), math.Min(ramp(m.between, 0.35, 0.15), strokes))
}

// graphic says that most neighbours are equal to the last bit, as they are not behind a lens.
func (m *measurement) graphic() float64 { return ramp(m.flats, 0.55, 0.85) }

// screenshot says that a graphic has long edges along rows and columns.
func (m *measurement) screenshot() float64 {
	return math.Min(math.Min(m.graphic(), ramp(m.aligned, 0.10, 0.40)), 1-m.plain())
}

// lineDrawing says that little ink stands on much empty paper, neither in lines of text nor along the axes.
func (m *measurement) lineDrawing() float64 {
	sparse := math.Min(ramp(m.ink, 0.002, 0.01), ramp(m.ink, 0.25, 0.12))
	return math.Min(math.Min(ramp(m.paper, 0.65, 0.85), sparse), math.Min(1-m.document(), 1-m.screenshot()))
}

// ramp rises from 0 at low to 1 at high; with low above high it falls.
func ramp(x, low, high float64) float64 {
	return math.Min(math.Max((x-low)/(high-low), 0), 1)
}
