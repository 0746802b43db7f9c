package controller_test

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

var _ = Describe("Cost", func() {
	It("of 50 objects is 50 billed calls and two writes each", func() {
		const n = 50
		w := connectedWorld()
		var analyses []*v1alpha1.ImageAnalysis
		for i := range n {
			analyses = append(analyses, w.analysis(fmt.Sprintf("ia-%02d", i), v1alpha1.ImageSource{OBS: w.photo(i)}))
			w.create(analyses[i])
		}
		attempts := map[string]bool{}
		for _, ia := range analyses {
			w.eventuallyReady(ia)
			Expect(ia.Status.BilledTotal).To(Equal(int32(1)))
		}
		for _, call := range w.engine.Calls() {
			attempts[call.AttemptID] = true
		}
		Expect(w.engine.Billed()).To(Equal(n))
		Expect(attempts).To(HaveLen(n), "each call belongs to a claim of its own")
		Expect(writes.in("ImageAnalysis", w.namespace)).To(Equal(2*n), "claim and record")
	})

	It("of a job is one billed call and two writes", func() {
		w := connectedWorld()
		ej := w.job("job", v1alpha1.ImageSource{OBS: w.photo(1)})
		w.create(ej)
		w.eventuallyReady(ej)
		Expect(w.engine.Billed()).To(Equal(1))
		Expect(writes.of(ej)).To(Equal(2))
	})

	It("of a finished object is nothing: no call, no write, no version, whoever reconciles it again", func() {
		w := connectedWorld()
		ia, ej := w.analysis("done", v1alpha1.ImageSource{OBS: w.photo(1)}), w.job("done", v1alpha1.ImageSource{OBS: w.photo(2)})
		failed := w.analysis("failed", v1alpha1.ImageSource{URL: w.web.URL + "/page"})
		w.pages["page"] = []byte("<html></html>")
		w.create(ia, ej, failed)
		w.eventuallyReady(ia)
		w.eventuallyReady(ej)
		w.eventually(failed, v1alpha1.ReasonRejected)
		billed := w.engine.Billed()
		versions := []string{ia.ResourceVersion, ej.ResourceVersion, failed.ResourceVersion}

		By("starting a second operator, as after a restart, and giving it an object that comes last")
		stop := startManager()
		last := w.analysis("last", v1alpha1.ImageSource{OBS: w.photo(3)})
		w.create(last)
		w.eventuallyReady(last)
		stop()

		w.get(ia)
		w.get(ej)
		w.get(failed)
		Expect([]string{ia.ResourceVersion, ej.ResourceVersion, failed.ResourceVersion}).To(Equal(versions))
		Expect(w.engine.Billed()).To(Equal(billed+1), "the last one's own, made once by one of two operators")
		Expect(last.Status.Calls[0].Billed).To(Equal(int32(1)))
	})
})
