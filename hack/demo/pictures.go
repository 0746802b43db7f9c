package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/ais-operator/ais-operator/internal/obs"
	"github.com/ais-operator/ais-operator/internal/scenery"
)

// Size of the rendered pictures, in pixels, and what makes them these and no others.
const (
	width, height = 768, 512
	seed          = 1
)

// haze per metre: with it one can see ten kilometres far, and the mountains are farther than that.
const haze = 0.0004

var airlight = color.NRGBA{R: 214, G: 220, B: 226, A: 255}

// notAPicture lies in the bucket under the name of a picture.
const notAPicture = "<!doctype html>\n<title>404</title>\n<p>The picture is not here any more.\n"

// gallery is the pictures, by the names that the samples give them.
type gallery struct {
	pictures map[string]image.Image
	files    map[string][]byte
	truth    *image.NRGBA // the landscape before anything was done to it
}

// renderPictures renders what the samples name. When the context ends it returns; what is still being rendered ends with the process.
func (s *stage) renderPictures(ctx context.Context) error {
	s.tell.say("rendering the sample pictures, a ray-traced lake by day and after sunset; this takes a few seconds of every core")
	start := time.Now()
	rendered := make(chan gallery, 1)
	go func() { rendered <- render() }()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case s.gallery = <-rendered:
	}
	for name, img := range s.gallery.pictures {
		data, err := encode(name, img)
		if err != nil {
			return err
		}
		s.gallery.files[name] = data
		if err := os.WriteFile(filepath.Join(s.out, name), data, 0o644); err != nil {
			return err
		}
	}
	s.tell.say("%d pictures rendered in %.0f s", len(s.gallery.files), time.Since(start).Seconds())
	return nil
}

// render renders day and night at the same time.
func render() gallery {
	var night map[string]image.Image
	var both sync.WaitGroup
	both.Go(func() { night = renderNight() })
	landscape, pictures := renderDay()
	both.Wait()
	maps.Copy(pictures, night)
	maps.Copy(pictures, renderLabel())
	return gallery{pictures: pictures, files: map[string][]byte{}, truth: landscape}
}

func renderDay() (*image.NRGBA, map[string]image.Image) {
	img, depth := scenery.Landscape(width, height, seed)
	return img, map[string]image.Image{
		"landscape.jpg": img,
		"hazy.jpg":      scenery.Hazy(img, depth, haze, airlight),
		"small.png":     scenery.Small(img, 3),
		"tiny.png":      scenery.Small(img, 4),
	}
}

func renderNight() map[string]image.Image {
	img := scenery.Evening(width, height, seed)
	return map[string]image.Image{"evening.jpg": img, "dark.jpg": scenery.Dark(img, 0.6, 0.01, seed)}
}

func renderLabel() map[string]image.Image {
	img := scenery.Label(width, height)
	return map[string]image.Image{"label-original.jpg": img, "label-recaptured.jpg": scenery.Recaptured(img, seed)}
}

// encode writes a picture in the format that its name says.
func encode(name string, img image.Image) ([]byte, error) {
	var b bytes.Buffer
	var err error
	if strings.HasSuffix(name, ".png") {
		err = png.Encode(&b, img)
	} else {
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: 92})
	}
	return b.Bytes(), err
}

// hangPictures puts all pictures into the bucket, and onto a web server.
func (s *stage) hangPictures(ctx context.Context) error {
	objects := map[string][]byte{"not-a-picture.jpg": []byte(notAPicture)}
	mux := http.NewServeMux()
	for name, data := range s.gallery.files {
		objects[name] = data
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(data))
		})
	}
	for key, data := range objects {
		object := obs.Object{Data: data, ContentType: http.DetectContentType(data)}
		if _, err := s.storage.Put(ctx, photos, key, object); err != nil {
			return fmt.Errorf("put %s into bucket %s: %w", key, photos, err)
		}
	}
	listener, err := s.addresses.listen(ctx, s.tell, webAddress)
	if err != nil {
		return err
	}
	s.serve(listener, mux)
	s.tell.say("the pictures are in bucket %s and at http://%s", photos, listener.Addr())
	return nil
}
