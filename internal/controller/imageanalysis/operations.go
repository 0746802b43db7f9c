package imageanalysis

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/attempt"
	"github.com/ais-operator/ais-operator/internal/ledger"
	"github.com/ais-operator/ais-operator/internal/outcome"
	"github.com/ais-operator/ais-operator/internal/session"
)

type answer = attempt.Answer[*v1alpha1.ImageAnalysis]

// operation is one thing that the spec asks for.
type operation struct {
	name       ais.Operation
	parameters map[string]string
	run        ledger.Run
	decision   ledger.Decision
	// hasResult tells whether status holds the result.
	hasResult func(*v1alpha1.ImageAnalysisStatus) bool
	// take takes the result of another object over.
	take func(to, from *v1alpha1.ImageAnalysisStatus)
	call func(context.Context, *session.Session, ais.Call, ais.Image) (answer, error)
}

// operationsOf lists what the spec asks for.
func operationsOf(ia *v1alpha1.ImageAnalysis) []operation {
	var ops []operation
	if t := ia.Spec.Tagging; t != nil {
		ops = append(ops, operation{name: ais.ImageTagging, parameters: taggingParameters(t), call: tag(*t), hasResult: hasTags, take: takeTags})
	}
	if t := ia.Spec.Recapture; t != nil {
		ops = append(ops, operation{name: ais.RecaptureDetection, parameters: recaptureParameters(t), call: detect(*t), hasResult: hasVerdict, take: takeVerdict})
	}
	for i := range ops {
		kind := v1alpha1.Operation(ops[i].name)
		ops[i].run = ledger.Run{Operation: kind, SpecHash: ledger.SpecHash(kind, ops[i].parameters, ia.Spec.Image)}
	}
	return ops
}

func hasTags(s *v1alpha1.ImageAnalysisStatus) bool    { return s.Tagging != nil }
func hasVerdict(s *v1alpha1.ImageAnalysisStatus) bool { return s.Recapture != nil }

func takeTags(to, from *v1alpha1.ImageAnalysisStatus)    { to.Tagging = from.Tagging.DeepCopy() }
func takeVerdict(to, from *v1alpha1.ImageAnalysisStatus) { to.Recapture = from.Recapture.DeepCopy() }

// taggingParameters are the normalised parameters that make a run what it is. What is unset is left out, as it is in the call.
func taggingParameters(t *v1alpha1.Tagging) map[string]string {
	p := map[string]string{}
	if t.Language != "" {
		p["language"] = string(t.Language)
	}
	if t.Threshold != nil {
		p["threshold"] = ledger.Normalise(*t.Threshold)
	}
	if t.Limit != nil {
		p["limit"] = strconv.Itoa(int(*t.Limit))
	}
	return p
}

func recaptureParameters(t *v1alpha1.Recapture) map[string]string {
	p := map[string]string{}
	if t.Threshold != nil {
		p["threshold"] = ledger.Normalise(*t.Threshold)
	}
	if scenes := scenesOf(t); len(scenes) > 0 {
		slices.Sort(scenes)
		p["scene"] = strings.Join(scenes, ",")
	}
	return p
}

func scenesOf(t *v1alpha1.Recapture) []string {
	var scenes []string
	for _, s := range t.Scenes {
		scenes = append(scenes, string(s))
	}
	return scenes
}

// call makes the call whose turn it is, and the others that are due if they find a slot at once: they share the picture.
func (r *Reconciler) call(ctx context.Context, s *scope) outcome.Outcome {
	for op := s.due(); op != nil; op = s.due() {
		o := r.Attempt(ctx, s, attempt.Step[*v1alpha1.ImageAnalysis]{
			Run: op.run,
			Call: func(ctx context.Context, call ais.Call) (answer, error) {
				return op.call(ctx, s.Session, call, s.picture.Image)
			},
		})
		if !o.IsContinue() {
			return o
		}
		if op.decision = r.decide(s, op); op.decision.Next == ledger.Attempt {
			return outcome.Continue()
		}
		if next, o := r.remaining(ctx, s); next == nil || !o.IsContinue() || !r.TrySlot(ctx, s, next.run.Operation) {
			return outcome.Continue()
		}
	}
	return outcome.Continue()
}

func tag(t v1alpha1.Tagging) func(context.Context, *session.Session, ais.Call, ais.Image) (answer, error) {
	return func(ctx context.Context, s *session.Session, call ais.Call, image ais.Image) (answer, error) {
		req := ais.TagImagesRequest{Image: image, Language: string(t.Language)}
		if t.Threshold != nil {
			req.Threshold = ais.Decimal(*t.Threshold)
		}
		if t.Limit != nil {
			limit := int(*t.Limit)
			req.Limit = &limit
		}
		result, err := s.Recognition.TagImages(ctx, call, req)
		if err != nil {
			return answer{}, err
		}
		return answer{Apply: func(ia *v1alpha1.ImageAnalysis) { ia.Status.Tagging = taggingResult(result) }}, nil
	}
}

func detect(t v1alpha1.Recapture) func(context.Context, *session.Session, ais.Call, ais.Image) (answer, error) {
	return func(ctx context.Context, s *session.Session, call ais.Call, image ais.Image) (answer, error) {
		req := ais.DetectRecaptureRequest{Image: image, Scenes: scenesOf(&t)}
		if t.Threshold != nil {
			req.Threshold = ais.Decimal(*t.Threshold)
		}
		result, err := s.Recognition.DetectRecapture(ctx, call, req)
		if err != nil {
			return answer{}, err
		}
		return answer{Apply: func(ia *v1alpha1.ImageAnalysis) { ia.Status.Recapture = recaptureResult(result) }}, nil
	}
}
