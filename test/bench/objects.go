package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

const (
	connectionName = "default"
	secretName     = "keys"
	project        = "bench" // whose calls are the operator's
	// writers is how many requests create objects at once: enough to keep two cores busy.
	writers = 16
	// patience bounds every wait for objects, beyond the time that their calls take.
	patience = 5 * time.Minute
)

// object is an object with conditions.
type object interface {
	client.Object
	StatusConditions() *[]metav1.Condition
}

func (b *bench) namespace(ctx context.Context, name string) error {
	return b.k8s.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
}

func accessKey() v1alpha1.Credentials {
	return v1alpha1.Credentials{AccessKey: &v1alpha1.AccessKeyCredentials{SecretRef: v1alpha1.SecretReference{Name: secretName}}}
}

// connect creates the connection of a namespace.
func (b *bench) connect(ctx context.Context, namespace string, c v1alpha1.Credentials) error {
	return b.k8s.Create(ctx, &v1alpha1.Connection{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: connectionName},
		Spec: v1alpha1.ConnectionSpec{
			Region: project,
			Endpoints: &v1alpha1.Endpoints{
				ImageRecognition: v1alpha1.Endpoint(b.remote.Service), IAM: v1alpha1.Endpoint(b.remote.Service), OBS: v1alpha1.Endpoint(b.remote.Storage),
			},
			OBS:         &v1alpha1.ObjectStorageOptions{PathStyle: true},
			Credentials: c,
			Limits:      &v1alpha1.Limits{Concurrency: int32(b.concurrency)}, //nolint:gosec // The schema allows no more than 1000.
		},
	})
}

// release gives a connection its key, from which it becomes Ready.
func (b *bench) release(ctx context.Context, namespace string) error {
	return b.secret(ctx, namespace, map[string]string{"accessKeyId": accessKeyID, "secretAccessKey": secretAccessKey})
}

func (b *bench) secret(ctx context.Context, namespace string, data map[string]string) error {
	return b.k8s.Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: secretName}, StringData: data})
}

// ready makes a namespace with a connection, starts the manager and waits until the connection is Ready.
func (b *bench) ready(ctx context.Context, namespace string) error {
	if err := b.namespace(ctx, namespace); err != nil {
		return err
	}
	if err := b.connect(ctx, namespace, accessKey()); err != nil {
		return err
	}
	if err := b.release(ctx, namespace); err != nil {
		return err
	}
	if err := b.startManager(ctx); err != nil {
		return err
	}
	_, err := b.waitReady(ctx, &v1alpha1.ConnectionList{}, namespace, 1)
	return err
}

// probe waits until a manager that was just started has been at work: it creates a job, in a namespace for such, and waits until it is Ready. Scenarios
// that use it count analyses.
func (b *bench) probe(ctx context.Context) error {
	const ns = "probe"
	if b.probes == 0 {
		if err := errors.Join(b.namespace(ctx, ns), b.connect(ctx, ns, accessKey()), b.release(ctx, ns)); err != nil {
			return err
		}
	}
	if err := b.k8s.Create(ctx, b.job(ns, name(b.probes), b.remote.picture(small, b.probes))); err != nil {
		return err
	}
	b.probes++
	_, err := b.waitReady(ctx, &v1alpha1.EnhancementJobList{}, ns, b.probes)
	return err
}

// analysis asks for ten tags of a picture that nothing else names.
func (b *bench) analysis(namespace, name, picture string) *v1alpha1.ImageAnalysis {
	return &v1alpha1.ImageAnalysis{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: v1alpha1.ImageAnalysisSpec{
			Image: v1alpha1.ImageSource{URL: picture}, Delivery: v1alpha1.DeliveryInline,
			Tagging: &v1alpha1.Tagging{Language: "en", Limit: new(int32(10))},
		},
	}
}

func (b *bench) job(namespace, name, picture string) *v1alpha1.EnhancementJob {
	return &v1alpha1.EnhancementJob{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: v1alpha1.EnhancementJobSpec{
			Image: v1alpha1.ImageSource{URL: picture}, DarkEnhance: &v1alpha1.DarkEnhance{},
			Output: v1alpha1.Output{OBS: v1alpha1.OutputObject{Bucket: results}},
		},
	}
}

// each calls f for 0 to n-1, a few at once.
func each(ctx context.Context, n int, f func(context.Context, int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(writers)
	for i := range n {
		g.Go(func() error { return f(ctx, i) })
	}
	return g.Wait()
}

// createAnalyses creates n analyses of small pictures.
func (b *bench) createAnalyses(ctx context.Context, namespace string, n int) error {
	return each(ctx, n, func(ctx context.Context, i int) error {
		return b.k8s.Create(ctx, b.analysis(namespace, name(i), b.remote.picture(small, i)))
	})
}

func name(i int) string { return fmt.Sprintf("object-%05d", i) }

// ideal is the time that n calls take at the remote if it is never idle.
func (b *bench) ideal(n int) time.Duration {
	return time.Duration(n) * b.latency / time.Duration(b.concurrency)
}

// waitReady waits until n objects are Ready and returns when it saw the last become so.
func (b *bench) waitReady(ctx context.Context, list client.ObjectList, namespace string, n int) (time.Time, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, patience+3*b.ideal(n), errors.New("the objects are not Ready in time"))
	defer cancel()
	w, err := b.k8s.Watch(ctx, list, client.InNamespace(namespace))
	if err != nil {
		return time.Time{}, err
	}
	defer w.Stop()
	ready := map[string]bool{}
	for len(ready) < n {
		select {
		case <-ctx.Done():
			return time.Time{}, fmt.Errorf("%d of %d are Ready: %w", len(ready), n, context.Cause(ctx))
		case <-b.manager.ended:
			return time.Time{}, fmt.Errorf("the manager ended by itself: %s", b.manager.cmd.ProcessState)
		case e, open := <-w.ResultChan():
			if !open {
				return time.Time{}, errors.New("the API server ended a watch")
			}
			if err := note(ready, e); err != nil {
				return time.Time{}, err
			}
		}
	}
	return time.Now(), nil
}

// note takes in an event of a watch. An object that has ended without a result is an error: nothing here should.
func note(ready map[string]bool, e watch.Event) error {
	if e.Type == watch.Error {
		return apierrors.FromObject(e.Object)
	}
	o, ok := e.Object.(object)
	if !ok {
		return nil
	}
	conditions := *o.StatusConditions()
	if c := meta.FindStatusCondition(conditions, v1alpha1.ConditionStalled); c != nil && c.Status == metav1.ConditionTrue {
		return fmt.Errorf("%s is stalled: %s: %s", o.GetName(), c.Reason, c.Message)
	}
	if meta.IsStatusConditionTrue(conditions, v1alpha1.ConditionReady) {
		ready[o.GetName()] = true
	}
	return nil
}
