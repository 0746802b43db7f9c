package scenery

import "math"

// vec is a point or direction in metres (X right, Y up, Z away from the camera), or a colour in linear light (X red, Y green, Z blue).
type vec struct{ X, Y, Z float64 }

func (a vec) add(b vec) vec            { return vec{a.X + b.X, a.Y + b.Y, a.Z + b.Z} }
func (a vec) sub(b vec) vec            { return vec{a.X - b.X, a.Y - b.Y, a.Z - b.Z} }
func (a vec) mul(b vec) vec            { return vec{a.X * b.X, a.Y * b.Y, a.Z * b.Z} }
func (a vec) scale(k float64) vec      { return vec{a.X * k, a.Y * k, a.Z * k} }
func (a vec) dot(b vec) float64        { return a.X*b.X + a.Y*b.Y + a.Z*b.Z }
func (a vec) mix(b vec, t float64) vec { return a.scale(1 - t).add(b.scale(t)) }

func (a vec) cross(b vec) vec {
	return vec{a.Y*b.Z - a.Z*b.Y, a.Z*b.X - a.X*b.Z, a.X*b.Y - a.Y*b.X}
}

func (a vec) unit() vec { return a.scale(1 / math.Sqrt(max(a.dot(a), 1e-18))) }

// luma is the luminance of linear light with the primaries of Rec. ITU-R BT.709.
func (a vec) luma() float64 { return 0.2126*a.X + 0.7152*a.Y + 0.0722*a.Z + 1e-9 }

func clamp01(x float64) float64 { return min(max(x, 0), 1) }

// smooth is 0 at a, 1 at b and beyond, with no slope at either end; a may be the larger one.
func smooth(a, b, x float64) float64 {
	t := clamp01((x - a) / (b - a))
	return t * t * (3 - 2*t)
}
