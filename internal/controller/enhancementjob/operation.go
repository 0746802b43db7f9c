package enhancementjob

import (
	"context"
	"errors"
	"strconv"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/attempt"
	"github.com/ais-operator/ais-operator/internal/imaging"
	"github.com/ais-operator/ais-operator/internal/ledger"
	"github.com/ais-operator/ais-operator/internal/outcome"
	"github.com/ais-operator/ais-operator/internal/session"
)

type answer = attempt.Answer[*v1alpha1.EnhancementJob]

// operation is what the spec asks for.
type operation struct {
	name       ais.Operation
	parameters map[string]string
	run        ledger.Run
	call       func(context.Context, *session.Session, ais.Call, ais.Image) (*ais.PictureResult, error)
}

// operationOf tells what the spec asks for; the schema sees to it that it is exactly one thing.
func operationOf(ej *v1alpha1.EnhancementJob) operation {
	var op operation
	switch spec := &ej.Spec; {
	case spec.DarkEnhance != nil:
		op = darkEnhance(spec.DarkEnhance)
	case spec.Defog != nil:
		op = defog(spec.Defog)
	default:
		op = superResolution(spec.SuperResolution)
	}
	kind := v1alpha1.Operation(op.name)
	op.run = ledger.Run{Operation: kind, SpecHash: ledger.SpecHash(kind, op.parameters, ej.Spec.Image)}
	return op
}

func darkEnhance(p *v1alpha1.DarkEnhance) operation {
	op := operation{name: ais.DarkEnhance, parameters: map[string]string{}}
	var req ais.EnhanceDarkRequest
	if p.Brightness != nil {
		op.parameters["brightness"] = ledger.Normalise(*p.Brightness)
		req.Brightness = ais.Decimal(*p.Brightness)
	}
	op.call = func(ctx context.Context, s *session.Session, call ais.Call, image ais.Image) (*ais.PictureResult, error) {
		req.Image = image
		return s.Recognition.EnhanceDark(ctx, call, req)
	}
	return op
}

func defog(p *v1alpha1.Defog) operation {
	op := operation{name: ais.Defog, parameters: map[string]string{}}
	req := ais.DefogRequest{NaturalLook: p.NaturalLook}
	if p.Gamma != nil {
		op.parameters["gamma"] = ledger.Normalise(*p.Gamma)
		req.Gamma = ais.Decimal(*p.Gamma)
	}
	if p.NaturalLook != nil {
		op.parameters["natural_look"] = strconv.FormatBool(*p.NaturalLook)
	}
	op.call = func(ctx context.Context, s *session.Session, call ais.Call, image ais.Image) (*ais.PictureResult, error) {
		req.Image = image
		return s.Recognition.Defog(ctx, call, req)
	}
	return op
}

func superResolution(p *v1alpha1.SuperResolution) operation {
	op := operation{name: ais.SuperResolution, parameters: map[string]string{}}
	req := ais.SuperResolveRequest{Model: string(p.Model)}
	if p.Scale != nil {
		op.parameters["scale"] = strconv.Itoa(int(*p.Scale))
		scale := int(*p.Scale)
		req.Scale = &scale
	}
	if p.Model != "" {
		op.parameters["model"] = string(p.Model)
	}
	op.call = func(ctx context.Context, s *session.Session, call ais.Call, image ais.Image) (*ais.PictureResult, error) {
		req.Image = image
		return s.Recognition.SuperResolve(ctx, call, req)
	}
	return op
}

// call makes the paid call. The enhanced picture goes to OBS first and to status then.
func (r *Reconciler) call(ctx context.Context, s *scope) outcome.Outcome {
	return r.Attempt(ctx, s, attempt.Step[*v1alpha1.EnhancementJob]{
		Run: s.operation.run,
		Call: func(ctx context.Context, call ais.Call) (answer, error) {
			result, err := s.operation.call(ctx, s.Session, call, s.picture.Image)
			if err != nil {
				return answer{}, err
			}
			info, err := imaging.Inspect(result.Data)
			if err != nil {
				return answer{}, &ais.Error{
					Op: string(s.operation.name), HTTPStatus: 200, RequestID: result.RequestID,
					Message: "the answer holds no picture: " + err.Error(),
				}
			}
			return r.deliver(s, result.Data, info), nil
		},
	})
}

// deliver is how an enhanced picture gets to OBS and into status. It may have to wait for an object storage, and for credentials, that come later.
func (r *Reconciler) deliver(s *scope, data []byte, info imaging.Info) answer {
	var stored v1alpha1.StoredPicture
	ref, target, inputHash := s.Session.Ref, s.place, s.operation.run.InputHash
	return answer{
		Bytes: int64(len(data)),
		Store: func(ctx context.Context) (err error) {
			current := r.Sessions.Registry.Get(ref)
			if current == nil {
				return errors.New(ref.String() + " is not Ready")
			}
			// The picture may have been kept for long: something else may have come to its place.
			if _, err = target.look(ctx, current.Storage); err == nil {
				stored, err = put(ctx, current.Storage, target, data, info, inputHash)
			}
			current.Heed(err)
			return err
		},
		Apply: func(ej *v1alpha1.EnhancementJob) { ej.Status.Output = &stored },
	}
}
