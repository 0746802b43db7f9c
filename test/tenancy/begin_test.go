package tenancy_test

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// begin returns the shared world, which is as it was when the test has ended.
func begin(t *testing.T) *world {
	t.Helper()
	w := shared
	t.Cleanup(func() {
		if err := errors.Join(w.removeObjects(), w.removeOutputs()); err != nil {
			t.Error(err)
		}
	})
	return w
}

// removeObjects removes what the tenants have, and the Secrets of the operator's namespace, and remembers what it cost.
func (w *world) removeObjects() error {
	cost, err := w.cost()
	if err != nil {
		return err
	}
	w.removed += cost
	for _, namespace := range append(slices.Collect(maps.Keys(w.tenants)), operatorNamespace) {
		for _, kind := range []client.Object{&v1alpha1.ImageAnalysis{}, &v1alpha1.EnhancementJob{}, &v1alpha1.Connection{}, &corev1.Secret{}} {
			if err := w.admin.DeleteAllOf(w.ctx, kind, client.InNamespace(namespace)); err != nil {
				return err
			}
		}
	}
	return nil
}

// removeOutputs removes what the operator has stored.
func (w *world) removeOutputs() error {
	for _, visit := range w.store.list() {
		path, ok := strings.CutPrefix(visit, "PUT /")
		if !ok {
			continue
		}
		bucket, escaped, _ := strings.Cut(path, "/")
		key, err := url.PathUnescape(escaped)
		if err != nil {
			return err
		}
		if err := w.store.Delete(w.ctx, bucket, key); err != nil {
			return err
		}
	}
	return nil
}

// cost is what the ledgers of all objects say.
func (w *world) cost() (int, error) {
	var analyses v1alpha1.ImageAnalysisList
	var jobs v1alpha1.EnhancementJobList
	if err := errors.Join(w.admin.List(w.ctx, &analyses), w.admin.List(w.ctx, &jobs)); err != nil {
		return 0, err
	}
	cost := 0
	for i := range analyses.Items {
		cost += int(analyses.Items[i].Status.BilledTotal)
	}
	for i := range jobs.Items {
		cost += int(jobs.Items[i].Status.BilledTotal)
	}
	return cost, nil
}

// checkAccounts sees to it that every call that the service was paid for stands, or stood, in the ledger of an object: none was made on another's account.
func (w *world) checkAccounts() error {
	cost, err := w.cost()
	if err != nil {
		return err
	}
	if billed := w.engine.Billed(); cost+w.removed != billed {
		return fmt.Errorf("the service has billed %d calls, and the objects know of %d", billed, cost+w.removed)
	}
	return nil
}
