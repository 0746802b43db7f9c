package faults_test

import (
	"strconv"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// questionsOf is what the calls of a spec ask for, by operation, as the API reference names it.
func questionsOf(obj payer) map[string]map[string]any {
	switch obj := obj.(type) {
	case *v1alpha1.ImageAnalysis:
		return analysisQuestions(&obj.Spec)
	case *v1alpha1.EnhancementJob:
		return jobQuestions(&obj.Spec)
	default:
		return nil
	}
}

func analysisQuestions(spec *v1alpha1.ImageAnalysisSpec) map[string]map[string]any {
	questions := map[string]map[string]any{}
	if s := spec.Tagging; s != nil {
		q := map[string]any{}
		setText(q, "language", string(s.Language))
		setNumber(q, "threshold", s.Threshold)
		if s.Limit != nil {
			q["limit"] = float64(*s.Limit)
		}
		questions[string(v1alpha1.OperationImageTagging)] = q
	}
	if s := spec.Recapture; s != nil {
		q := map[string]any{}
		setNumber(q, "threshold", s.Threshold)
		if len(s.Scenes) > 0 {
			var scenes []any
			for _, scene := range s.Scenes {
				scenes = append(scenes, string(scene))
			}
			q["scene"] = scenes
		}
		questions[string(v1alpha1.OperationRecaptureDetection)] = q
	}
	return questions
}

func jobQuestions(spec *v1alpha1.EnhancementJobSpec) map[string]map[string]any {
	q := map[string]any{}
	switch s := spec; {
	case s.DarkEnhance != nil:
		setNumber(q, "brightness", s.DarkEnhance.Brightness)
		return map[string]map[string]any{string(v1alpha1.OperationDarkEnhance): q}
	case s.Defog != nil:
		setNumber(q, "gamma", s.Defog.Gamma)
		if s.Defog.NaturalLook != nil {
			q["natural_look"] = *s.Defog.NaturalLook
		}
		return map[string]map[string]any{string(v1alpha1.OperationDefog): q}
	default:
		setText(q, "model", string(s.SuperResolution.Model))
		if s.SuperResolution.Scale != nil {
			q["scale"] = float64(*s.SuperResolution.Scale)
		}
		return map[string]map[string]any{string(v1alpha1.OperationSuperResolution): q}
	}
}

func setText(q map[string]any, name, value string) {
	if value != "" {
		q[name] = value
	}
}

func setNumber(q map[string]any, name string, value *v1alpha1.Decimal) {
	if value == nil {
		return
	}
	number, err := strconv.ParseFloat(string(*value), 64)
	if err != nil {
		panic(err) // The schema lets decimals pass only.
	}
	q[name] = number
}
