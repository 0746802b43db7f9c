// Package intake gets the picture of an object ready to be sent: it reads and inspects it, or hands its address on, before anything is paid.
package intake

import (
	"context"
	"time"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/imaging"
	"github.com/ais-operator/ais-operator/internal/ledger"
	"github.com/ais-operator/ais-operator/internal/obs"
	"github.com/ais-operator/ais-operator/internal/outcome"
	"github.com/ais-operator/ais-operator/internal/session"
	"github.com/ais-operator/ais-operator/internal/source"
)

// readTimeout bounds the reading of one picture: whoever serves it must not hold a worker for ever.
const readTimeout = time.Minute

// signedFor is how long a signed address is good: for the longest call that a connection can ask for, and for the wait for its slot.
const signedFor = 2 * time.Hour

// Delays before a picture that could not be read is read again.
const (
	absentDelay      = time.Minute
	unreachableDelay = time.Minute
	deniedDelay      = 5 * time.Minute
)

// Picture is an input that is ready to be sent.
type Picture struct {
	Image ais.Image
	// Info is what was found in the bytes. It is nil when the service fetches the picture itself.
	Info *imaging.Info

	identity string
}

// Identity tells pictures apart: the SHA-256 of the bytes or, when the service fetches them, the address with a version. It is empty when the bytes at the
// address may change.
func (p Picture) Identity() string { return p.identity }

// Status is what status says of the picture, or nil when its bytes are not known.
func (p Picture) Status() *v1alpha1.Picture {
	if p.Info == nil {
		return nil
	}
	return StatusOf(*p.Info)
}

// StatusOf is what status says of a picture.
func StatusOf(i imaging.Info) *v1alpha1.Picture {
	return &v1alpha1.Picture{
		SHA256: i.SHA256, Format: string(i.Format), Width: int32(i.Width), Height: int32(i.Height), Bytes: i.Bytes, //nolint:gosec // Inspect bounds the sides.
	}
}

// Check holds the picture against the documented limits of an operation. Of a picture that the service fetches nothing is known: its own limits hold.
func (p Picture) Check(op ais.Operation) outcome.Outcome {
	if p.Info == nil {
		return outcome.Continue()
	}
	if err := op.Limits().Check(*p.Info); err != nil {
		return outcome.Stop(v1alpha1.ReasonRejected, string(op)+" cannot take the picture: "+err.Error())
	}
	return outcome.Continue()
}

// Request says which picture is wanted, for whom, and how it is to be delivered.
type Request struct {
	Namespace string
	Image     v1alpha1.ImageSource
	Delivery  v1alpha1.Delivery
}

// Get returns the picture, or the outcome that holds its object back.
func Get(ctx context.Context, s *session.Session, r Request) (Picture, outcome.Outcome) {
	if r.Image.OBS != nil {
		ref := r.Image.OBS
		if !s.AllowsObject(r.Namespace, ref.Bucket, ref.Key, v1alpha1.ObjectAccessRead) {
			return Picture{}, outcome.Wait(v1alpha1.ReasonConnectionNotReady,
				s.Ref.String()+" does not allow this object to be read; ask its owner to add it to spec.allowedObjects", 0)
		}
	}
	switch r.Delivery {
	case v1alpha1.DeliveryURL:
		return hand(ctx, s, r.Image)
	case v1alpha1.DeliveryInline:
		picture, err := read(ctx, s, r.Image)
		return picture, outcomeOf(err)
	default:
		return auto(ctx, s, r.Image)
	}
}

// auto reads the picture if it can and it fits; else the service, which may sit elsewhere and has limits of its own, fetches it. A picture that its
// host does not have is waited for, for the service would not find it either, and an address that tenants may not name is not passed on.
func auto(ctx context.Context, s *session.Session, image v1alpha1.ImageSource) (Picture, outcome.Outcome) {
	picture, err := read(ctx, s, image)
	if err == nil {
		return picture, outcome.Continue()
	}
	if serviceMayFetch(err) {
		return hand(ctx, s, image)
	}
	return picture, outcomeOf(err)
}

// read reads the picture and inspects its first bytes.
func read(ctx context.Context, s *session.Session, image v1alpha1.ImageSource) (Picture, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	data, err := bytesOf(ctx, s, image)
	if err != nil {
		return Picture{}, err
	}
	info, err := imaging.Inspect(data)
	if err != nil {
		return Picture{}, err
	}
	return Picture{Image: ais.Image{Data: data}, Info: &info, identity: info.SHA256}, nil
}

func bytesOf(ctx context.Context, s *session.Session, image v1alpha1.ImageSource) ([]byte, error) {
	if image.OBS == nil {
		picture, err := s.Pictures.Fetch(ctx, image.URL, ais.MaxPictureBytes)
		if err != nil {
			return nil, err
		}
		return picture.Data, nil
	}
	data, _, err := s.Storage.Get(ctx, image.OBS.Bucket, image.OBS.Key, ais.MaxPictureBytes)
	s.Heed(err)
	return data, err
}

// hand passes an address on. That of an object in OBS is signed for longer than a call may take (API reference, section 7.3).
func hand(ctx context.Context, s *session.Session, image v1alpha1.ImageSource) (Picture, outcome.Outcome) {
	if image.OBS == nil {
		if err := source.CheckURL(s.Guard, image.URL); err != nil {
			return Picture{}, outcomeOf(err)
		}
		return Picture{Image: ais.Image{URL: image.URL}, identity: ledger.URLIdentity(image.URL, "")}, outcome.Continue()
	}
	head, err := s.Storage.Head(ctx, image.OBS.Bucket, image.OBS.Key)
	if s.Heed(err); err != nil {
		return Picture{}, outcomeOf(err)
	}
	url, err := s.Storage.PresignGet(ctx, image.OBS.Bucket, image.OBS.Key, signedFor)
	if s.Heed(err); err != nil {
		return Picture{}, outcomeOf(err)
	}
	identity := ledger.URLIdentity(s.Storage.ObjectURL(image.OBS.Bucket, image.OBS.Key), head.ETag)
	return Picture{Image: ais.Image{URL: url}, identity: identity}, outcome.Continue()
}

func serviceMayFetch(err error) bool {
	switch source.KindOf(err) {
	case source.KindTooLarge, source.KindDenied, source.KindUnreachable:
		return true
	default:
		return obs.KindOf(err) == obs.KindTooLarge
	}
}
