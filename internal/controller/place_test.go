package controller_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/enginetest"
	"github.com/ais-operator/ais-operator/internal/obs"
)

var _ = Describe("The place of an output", func() {
	const key = "wanted.png"
	var w *world
	BeforeEach(func() { w = connectedWorld() })

	// jobFor makes a job with an output at the one place, of a picture of its own.
	jobFor := func(name string, seed int) *v1alpha1.EnhancementJob {
		ej := w.job(name, v1alpha1.ImageSource{OBS: w.photo(seed)})
		ej.Spec.Output.OBS.Key = key
		return ej
	}
	// owner is the job that the output was written for.
	owner := func() string {
		head, err := w.storage.Head(w.ctx, "results", key)
		Expect(err).NotTo(HaveOccurred())
		return head.Metadata["ais-name"]
	}

	It("is one job's, and costs the other nothing", func() {
		gate := w.engine.Hold(enginetest.DarkEnhance)
		first, second := jobFor("first", 1), jobFor("second", 2)
		w.create(first)
		Expect(gate.Await(w.ctx, 1)).To(Succeed())
		w.create(second)
		Consistently(gate.Held, "500ms").Should(Equal(1))
		gate.Release()
		w.eventuallyReady(first)
		w.eventually(second, v1alpha1.ReasonInvalidSpec, "was not written for this job and is not overwritten")
		Expect(stalled(second)).To(BeTrue())
		Expect(w.engine.Billed()).To(Equal(1))
		Expect(owner()).To(Equal("first"))
	})

	It("is the other's when the first one fails", func() {
		gate := enginetest.NewGate()
		w.engine.Add(enginetest.Fault{Operation: enginetest.DarkEnhance, Gate: gate, Do: enginetest.ErrorCode("AIS.0014")})
		first, second := jobFor("first", 1), jobFor("second", 2)
		w.create(first)
		Expect(gate.Await(w.ctx, 1)).To(Succeed())
		w.create(second)
		Consistently(w.engine.Calls, "500ms").Should(HaveLen(1))
		gate.Release()
		w.eventually(first, v1alpha1.ReasonRejected)
		w.eventuallyReady(second)
		Expect(owner()).To(Equal("second"))
	})

	It("is not taken from what came to it while the picture was kept", func() {
		ej := jobFor("late", 1)
		w.storeIsFull.Store(true)
		w.create(ej)
		w.eventually(ej, v1alpha1.ReasonTransientError, "could not be stored")
		w.storeIsFull.Store(false)
		foreign := []byte("somebody else's")
		_, err := w.storage.Put(w.ctx, "results", key, obs.Object{Data: foreign})
		Expect(err).NotTo(HaveOccurred())
		w.change(ej, func() { ej.Spec.RunPolicy.MaxAttempts = 3 })
		w.eventually(ej, v1alpha1.ReasonTransientError, "was not written for this job and is not overwritten")
		data, _, err := w.storage.Get(w.ctx, "results", key, 1<<20)
		Expect(err).NotTo(HaveOccurred())
		Expect(data).To(Equal(foreign))
	})
})
