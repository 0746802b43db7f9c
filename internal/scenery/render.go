package scenery

import (
	"image"
	"math"
	"runtime"
	"sort"
	"sync"
	"sync/atomic"
)

const (
	samples  = 3 // per pixel, across and down
	nearest  = 4.0
	farthest = 9000.0
	steps    = 1300 // of the terrain's profile, in geometric progression from nearest to farthest
)

// frame is a picture in linear light with its depth.
type frame struct {
	w, h  int
	light []vec
	depth Depth
}

// column is one vertical plane through the camera: the profile of the terrain in it and the things that it may cut.
type column struct {
	*scene
	u       float64 // X/Z of the plane
	z, y    []float64
	rise    []float64 // the steepest view, as Y/Z from the camera, that the terrain up to a step hides
	sun     []float64 // of every step, as far as it is known; otherwise negative
	sprites []*sprite // from near to far
	faces   []*face
}

// render traces the scene; equal arguments give equal pictures, however many processors share the work.
func (s *scene) render(w, h int) *frame {
	f := &frame{w: w, h: h, light: make([]vec, w*h), depth: newDepth(w, h)}
	z := make([]float64, steps)
	for i := range z {
		z[i] = nearest * math.Pow(farthest/nearest, float64(i)/(steps-1))
	}
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), w) {
		workers.Go(func() {
			c := &column{scene: s, z: z, y: make([]float64, steps), rise: make([]float64, steps), sun: make([]float64, steps)}
			for x := int(next.Add(1)) - 1; x < w; x = int(next.Add(1)) - 1 {
				f.renderColumn(c, x)
			}
		})
	}
	workers.Wait()
	return f
}

// renderColumn averages light, and the share of it that would arrive through haze.
func (f *frame) renderColumn(c *column, x int) {
	pixel := fieldOfView / float64(f.w)
	horizon := 0.43 * float64(f.h)
	arrives := make([]float64, f.h)
	for i := range samples {
		c.aim((float64(x)+(float64(i)+0.5)/samples-0.5*float64(f.w))*pixel, pixel)
		for row := range f.h * samples {
			// Rows of neighbouring columns are offset against each other, which smooths edges that are almost level.
			y := (float64(row) + (float64((i*2)%samples)+0.5)/samples) / samples
			light, depth := c.trace(vec{0, eye, 0}, vec{c.u, (horizon - y) * pixel, 1}, true)
			at := row / samples
			f.light[at*f.w+x] = f.light[at*f.w+x].add(light.scale(1.0 / (samples * samples)))
			arrives[at] += arriving(depth) / (samples * samples)
		}
	}
	for y, v := range arrives {
		f.depth.Z[y*f.w+x] = float32(wayFor(v))
	}
}

// aim turns the column to X/Z = u and collects what stands there.
func (c *column) aim(u, pixel float64) {
	c.u = u
	rise := math.Inf(-1)
	for i, z := range c.z {
		c.sun[i] = -1
		c.y[i] = c.terrain(u*z, z, max(0.2, 0.7*pixel*z)).height
		if c.y[i] > 0 {
			rise = max(rise, (c.y[i]-eye)/z)
		}
		c.rise[i] = rise
	}
	c.sprites, c.faces = c.sprites[:0], c.faces[:0]
	const margin = 0.012 // for rays that ripples have turned aside
	for i := range c.scene.sprites {
		if p := &c.scene.sprites[i]; math.Abs(p.foot.X-u*p.foot.Z) < p.half+margin*p.foot.Z {
			c.sprites = append(c.sprites, p)
		}
	}
	for i := range c.scene.faces {
		if f := &c.scene.faces[i]; u > f.left-margin && u < f.right+margin {
			c.faces = append(c.faces, f)
		}
	}
}

// trace returns the light that comes from where the ray o + t·d ends, and how far along Z that is. A primary ray may hit the lake.
func (c *column) trace(o, d vec, primary bool) (vec, float64) {
	end, step := c.meetLand(o, d, primary)
	land := step > 0
	water := false
	if d.Y < 0 && primary {
		if t := -o.Y / d.Y; t <= end {
			end, land, water = t, false, true
		}
	}
	light, at := c.meetThings(o, d, end)
	switch {
	case at < end:
		end = at
	case water:
		return c.waterColour(c, o.add(d.scale(end)), d.Y)
	case land:
		light = c.landColour(o.add(d.scale(end)), step)
	default:
		return c.skyColour(d), math.Inf(1)
	}
	clear := math.Exp(-c.light.veil * end)
	return light.scale(clear).add(c.light.horizon.scale(1 - clear)), o.Z + end
}

// meetLand follows the profile to where the ray goes under it, and returns that step; step 0 means that there is only sky.
func (c *column) meetLand(o, d vec, primary bool) (float64, int) {
	first := 1
	if primary {
		first = max(1, sort.SearchFloat64s(c.rise, d.Y)-1)
	} else {
		first = max(1, int(math.Log(o.Z/nearest)/math.Log(farthest/nearest)*(steps-1))+1)
	}
	over := 1e-3
	for i := first; i < steps; i++ {
		t := c.z[i] - o.Z
		gap := o.Y + d.Y*t - c.y[i]
		if gap < 0 && c.y[i] > 0 {
			back := (c.z[i] - c.z[i-1]) * -gap / (over - gap)
			return max(t-back, 0.01), i
		}
		over = max(gap, 1e-3)
	}
	return math.Inf(1), 0
}

// meetThings returns the light of the nearest sprite or face before end, and where it is; end when there is none.
func (c *column) meetThings(o, d vec, end float64) (vec, float64) {
	seen, at := c.meetFaces(o, d, end)
	if s, t := c.meetSprites(o, d, at); t < at {
		seen, at = s, t
	}
	if at >= end {
		return vec{}, end
	}
	light := c.lit(o.add(d.scale(at)), seen.normal, seen.albedo, seen.open)
	return light.scale(0.35 + 0.65*seen.open).add(seen.emission.scale(c.light.lamps)), at
}

func (c *column) meetFaces(o, d vec, end float64) (surface, float64) {
	best, at := surface{}, end
	for _, f := range c.faces {
		if o.Z > f.farZ || f.nearZ-o.Z > at {
			continue
		}
		if t, a, b, ok := f.meet(o, d); ok && t < at {
			best, at = f.look(c.noise, a, b, d), t
		}
	}
	return best, at
}

func (c *column) meetSprites(o, d vec, end float64) (surface, float64) {
	for _, p := range c.sprites {
		t := p.foot.Z - o.Z
		if t > end {
			break
		}
		b := (o.Y + d.Y*t - p.foot.Y) / p.top
		if t <= 0 || b < 0 || b > 1.08 {
			continue
		}
		a := (o.X + d.X*t - p.foot.X) / p.half
		if math.Abs(a) > 1.05 {
			continue
		}
		if s, ok := p.hit(c.noise, a, b); ok {
			return s, t
		}
	}
	return surface{}, end
}

// develop turns linear light into a picture, with the glow that lenses make around what is far brighter than white.
func (f *frame) develop(exposure float64) *image.NRGBA {
	f.bloom()
	img := image.NewNRGBA(image.Rect(0, 0, f.w, f.h))
	for i, c := range f.light {
		p := img.Pix[4*i : 4*i+4]
		p[0], p[1], p[2], p[3] = encode(toneMap(c.X*exposure)), encode(toneMap(c.Y*exposure)), encode(toneMap(c.Z*exposure)), 255
	}
	return img
}
