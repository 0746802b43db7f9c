package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// fieldOwner is who owns what the demo applies.
const fieldOwner = "demo"

// sample is one object of the samples as it is applied.
type sample struct {
	object   *unstructured.Unstructured
	manifest string // without what was filled into a Secret
}

// isOurs tells whether it is of a kind of this project, and so has a status to wait for.
func (s sample) isOurs() bool {
	return s.object.GroupVersionKind().Group == v1alpha1.GroupVersion.Group
}

// applySamples applies the samples in the order of their file names.
func (s *stage) applySamples(ctx context.Context) ([]sample, error) {
	files, err := filepath.Glob(filepath.Join(s.samples, "*.yaml")) // sorted
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("there are no samples in %s; say where they are with -samples", s.samples)
	}
	var all []sample
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		samples, err := parseSamples(s.addresses.rewrite(string(text)))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for _, x := range samples {
			if err := s.apply(ctx, x.object); err != nil {
				return nil, fmt.Errorf("%s: apply %s %s: %w", file, x.object.GetKind(), x.object.GetName(), err)
			}
		}
		all = append(all, samples...)
	}
	s.tell.say("applied %d objects of %d files in %s", len(all), len(files), s.samples)
	return all, nil
}

func (s *stage) apply(ctx context.Context, object *unstructured.Unstructured) error {
	object = object.DeepCopy()
	if object.GetKind() == "Secret" {
		if err := s.account.fillIn(object); err != nil {
			return err
		}
	}
	return s.k8s.Apply(ctx, client.ApplyConfigurationFromUnstructured(object), client.FieldOwner(fieldOwner), client.ForceOwnership)
}

// fillIn replaces the placeholders of a Secret.
func (a account) fillIn(secret *unstructured.Unstructured) error {
	data, _, err := unstructured.NestedStringMap(secret.Object, "stringData")
	if err != nil {
		return err
	}
	for key := range data {
		value, ok := a[key]
		if !ok {
			return fmt.Errorf("the demo's account has nothing for stringData.%s", key)
		}
		data[key] = value
	}
	return unstructured.SetNestedStringMap(secret.Object, data, "stringData")
}

// parseSamples reads the documents of one file.
func parseSamples(text string) ([]sample, error) {
	var samples []sample
	documents := utilyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(text)))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return samples, nil
		}
		if err != nil {
			return nil, err
		}
		object := &unstructured.Unstructured{}
		if err := yaml.UnmarshalStrict(document, &object.Object); err != nil {
			return nil, err
		}
		if len(object.Object) > 0 {
			samples = append(samples, sample{object: object, manifest: string(bytes.TrimSpace(document)) + "\n"})
		}
	}
}
