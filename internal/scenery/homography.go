package scenery

// homography maps the plane by (x, y) -> ((ax+by+c)/(gx+hy+1), (dx+ey+f)/(gx+hy+1)).
type homography struct{ a, b, c, d, e, f, g, h float64 }

func (m homography) apply(x, y float64) (float64, float64) {
	w := m.g*x + m.h*y + 1
	return (m.a*x + m.b*y + m.c) / w, (m.d*x + m.e*y + m.f) / w
}

// quadTo maps the quadrilateral with the given corners (clockwise from the top left, in shares of a picture of w by h) onto the
// rectangle of toW by toH. It is the inverse of P. Heckbert's mapping from square to quadrilateral ("Fundamentals of Texture Mapping", 1989).
func quadTo(corner [4][2]float64, w, h int, toW, toH float64) homography {
	var p [4][2]float64
	for i, c := range corner {
		p[i] = [2]float64{c[0] * float64(w), c[1] * float64(h)}
	}
	sx := p[0][0] - p[1][0] + p[2][0] - p[3][0]
	sy := p[0][1] - p[1][1] + p[2][1] - p[3][1]
	dx1, dx2 := p[1][0]-p[2][0], p[3][0]-p[2][0]
	dy1, dy2 := p[1][1]-p[2][1], p[3][1]-p[2][1]
	det := dx1*dy2 - dx2*dy1
	g, hh := (sx*dy2-dx2*sy)/det, (dx1*sy-sx*dy1)/det
	a, b, c := p[1][0]-p[0][0]+g*p[1][0], p[3][0]-p[0][0]+hh*p[3][0], p[0][0]
	d, e, f := p[1][1]-p[0][1]+g*p[1][1], p[3][1]-p[0][1]+hh*p[3][1], p[0][1]
	// The adjugate is the inverse up to a factor, and the factor drops out.
	k := a*e - b*d
	return homography{
		a: toW * (e - f*hh) / k, b: toW * (c*hh - b) / k, c: toW * (b*f - c*e) / k,
		d: toH * (f*g - d) / k, e: toH * (a - c*g) / k, f: toH * (c*d - a*f) / k,
		g: (d*hh - e*g) / k, h: (b*g - a*hh) / k,
	}
}
