package controller_test

import (
	"fmt"
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/enginetest"
)

var _ = Describe("The same picture", func() {
	var w *world
	BeforeEach(func() { w = connectedWorld() })

	It("is paid for once in a namespace", func() {
		first, second := w.analysis("first", v1alpha1.ImageSource{OBS: w.photo(1)}), w.analysis("second", v1alpha1.ImageSource{OBS: w.photo(1)})
		first.Spec.Recapture = &v1alpha1.Recapture{}
		second.Spec.Recapture = &v1alpha1.Recapture{}
		w.create(first)
		w.eventuallyReady(first)
		w.create(second)
		w.eventuallyReady(second)
		Expect(w.engine.Billed()).To(Equal(2), "tagging and recapture detection of the first")
		Expect(second.Status.Tagging).To(Equal(first.Status.Tagging))
		Expect(second.Status.Recapture).To(Equal(first.Status.Recapture))
		Expect(second.Status.BilledTotal).To(BeZero())
		Expect(second.Status.Calls).To(HaveEach(HaveField("ReusedFrom", "first")))
	})

	It("is paid for once when many ask at once", func() {
		const n = 12
		gate := w.engine.Hold(enginetest.ImageTaggingV2)
		source := v1alpha1.ImageSource{OBS: w.photo(1)}
		var all []*v1alpha1.ImageAnalysis
		for i := range n {
			all = append(all, w.analysis(fmt.Sprintf("ia-%02d", i), source))
			w.create(all[i])
		}
		Expect(gate.Await(w.ctx, 1)).To(Succeed())
		gate.Release()
		for _, ia := range all {
			w.eventuallyReady(ia)
		}
		Expect(w.engine.Calls()).To(HaveLen(1))
	})

	It("is called for again where the policy says so, and for other parameters", func() {
		first, never, other := w.analysis("first", v1alpha1.ImageSource{OBS: w.photo(1)}),
			w.analysis("never", v1alpha1.ImageSource{OBS: w.photo(1)}), w.analysis("other", v1alpha1.ImageSource{OBS: w.photo(1)})
		never.Spec.RunPolicy.Reuse = v1alpha1.ReuseNever
		other.Spec.Tagging.Language = "zh"
		w.create(first)
		w.eventuallyReady(first)
		w.create(never, other)
		w.eventuallyReady(never)
		w.eventuallyReady(other)
		Expect(w.engine.Billed()).To(Equal(3))
	})

	It("is enhanced once, and its output copied", func() {
		first, second := w.job("first", v1alpha1.ImageSource{OBS: w.photo(1)}), w.job("second", v1alpha1.ImageSource{OBS: w.photo(1)})
		w.create(first)
		w.eventuallyReady(first)
		w.create(second)
		w.eventuallyReady(second)
		Expect(w.engine.Billed()).To(Equal(1))
		Expect(second.Status.Output.Key).NotTo(Equal(first.Status.Output.Key))
		Expect(second.Status.Output.SHA256).To(Equal(first.Status.Output.SHA256))
		Expect(second.Status.Calls[0].ReusedFrom).To(Equal("first"))
		_, info, err := w.storage.Get(w.ctx, second.Status.Output.Bucket, second.Status.Output.Key, 16<<20)
		Expect(err).NotTo(HaveOccurred())
		Expect(info.Metadata).To(HaveKeyWithValue("ais-name", "second"))
	})

	It("is enhanced again when the other's output is gone", func() {
		first, second := w.job("first", v1alpha1.ImageSource{OBS: w.photo(1)}), w.job("second", v1alpha1.ImageSource{OBS: w.photo(1)})
		w.create(first)
		w.eventuallyReady(first)
		Expect(w.storage.Delete(w.ctx, first.Status.Output.Bucket, first.Status.Output.Key)).To(Succeed())
		w.create(second)
		w.eventuallyReady(second)
		Expect(w.engine.Billed()).To(Equal(2))
	})
})

var _ = Describe("Flow control", func() {
	var w *world
	BeforeEach(func() { w = newWorld() })

	// connect makes a Ready connection with limits and a budget.
	connect := func(limits *v1alpha1.Limits, budget *v1alpha1.Budget) *v1alpha1.Connection {
		GinkgoHelper()
		conn := w.connection("default", accessKey("keys"))
		conn.Spec.Limits, conn.Spec.Budget = limits, budget
		w.create(w.accessKeySecret("keys"), conn)
		w.eventuallyReady(conn)
		return conn
	}
	// analyses makes n objects with different pictures.
	analyses := func(n int) []*v1alpha1.ImageAnalysis {
		GinkgoHelper()
		var all []*v1alpha1.ImageAnalysis
		for i := range n {
			all = append(all, w.analysis(fmt.Sprintf("ia-%02d", i), v1alpha1.ImageSource{OBS: w.photo(i)}))
			w.create(all[i])
		}
		return all
	}

	It("keeps to the connection's concurrency, and to that of an operation", func() {
		connect(&v1alpha1.Limits{Concurrency: 3, Operations: []v1alpha1.LimitOverride{{Operation: v1alpha1.OperationRecaptureDetection, Concurrency: 1}}}, nil)
		gate := w.engine.Hold("")
		all := analyses(9)
		for i := range 4 {
			ia := w.analysis(fmt.Sprintf("re-%02d", i), v1alpha1.ImageSource{OBS: w.photo(20 + i)})
			ia.Spec.Tagging, ia.Spec.Recapture = nil, &v1alpha1.Recapture{}
			w.create(ia)
			all = append(all, ia)
		}
		Expect(gate.Await(w.ctx, 4)).To(Succeed())
		gate.Release()
		for _, ia := range all {
			w.eventuallyReady(ia)
		}
		Expect(w.engine.Peak(enginetest.ImageTaggingV2)).To(Equal(3))
		Expect(w.engine.Peak(enginetest.RecaptureDetection)).To(Equal(1))
	})

	It("stops at the budget, says so, counts, and goes on when there is more", func() {
		conn := connect(nil, &v1alpha1.Budget{CallsPerDay: 2})
		all := analyses(5)
		ready := func() (n int) {
			for _, ia := range all {
				if w.ready(ia).Reason == v1alpha1.ReasonSucceeded {
					n++
				}
			}
			return n
		}
		exhausted := func() (n int) {
			for _, ia := range all {
				if w.ready(ia).Reason == v1alpha1.ReasonBudgetExhausted {
					n++
				}
			}
			return n
		}
		Eventually(ready).Should(Equal(2))
		Eventually(exhausted).Should(Equal(3))
		Expect(w.engine.Billed()).To(Equal(2))
		w.change(conn, func() { conn.Spec.Budget.CallsPerDay = 4 })
		Eventually(ready).Should(Equal(4))
		Eventually(exhausted).Should(Equal(1))
		Expect(w.engine.Billed()).To(Equal(4))
		w.get(conn)
		Expect(conn.Status.CallsToday.Calls).To(BeNumerically(">=", 2))
	})

	It("counts a call that is under way once when the connection changes", func() {
		conn := connect(nil, &v1alpha1.Budget{CallsPerDay: 2, CallsPerDayPerNamespace: 2})
		gate := w.engine.Hold(enginetest.ImageTaggingV2)
		first := w.analysis("first", v1alpha1.ImageSource{OBS: w.photo(1)})
		w.create(first)
		Expect(gate.Await(w.ctx, 1)).To(Succeed())
		w.change(conn, func() { conn.Spec.Limits = &v1alpha1.Limits{TimeoutSeconds: 30} })
		w.eventuallyReady(conn)
		gate.Release()
		w.eventuallyReady(first)
		second := w.analysis("second", v1alpha1.ImageSource{OBS: w.photo(2)})
		w.create(second)
		w.eventuallyReady(second)
		third := w.analysis("third", v1alpha1.ImageSource{OBS: w.photo(3)})
		w.create(third)
		w.eventually(third, v1alpha1.ReasonBudgetExhausted)
		Expect(w.engine.Billed()).To(Equal(2))
	})

	It("bounds each namespace, and gives back what was not billed", func() {
		connect(nil, &v1alpha1.Budget{CallsPerDayPerNamespace: 1})
		w.engine.Add(enginetest.Fault{Operation: enginetest.ImageTaggingV2, Do: enginetest.ErrorCode("AIS.0014")})
		rejected := w.analysis("rejected", v1alpha1.ImageSource{OBS: w.photo(1)})
		w.create(rejected)
		w.eventually(rejected, v1alpha1.ReasonRejected)
		paid, over := w.analysis("paid", v1alpha1.ImageSource{OBS: w.photo(2)}), w.analysis("over", v1alpha1.ImageSource{OBS: w.photo(3)})
		w.create(paid)
		w.eventuallyReady(paid)
		w.create(over)
		w.eventually(over, v1alpha1.ReasonBudgetExhausted, "callsPerDayPerNamespace")
		Expect(w.engine.Billed()).To(Equal(1))
	})

	It("holds back a retired operation, and no other", func() {
		conn := connect(nil, nil)
		w.engine.Add(enginetest.Fault{Operation: enginetest.ImageTaggingV2, Do: enginetest.ErrorCode("APIG.0101"), Times: enginetest.Always})
		first := w.analysis("first", v1alpha1.ImageSource{OBS: w.photo(1)})
		w.create(first)
		w.eventually(first, v1alpha1.ReasonServiceUnavailable, "APIG.0101")
		second, ej := w.analysis("second", v1alpha1.ImageSource{OBS: w.photo(2)}), w.job("job", v1alpha1.ImageSource{OBS: w.photo(3)})
		w.create(second, ej)
		w.eventuallyReady(ej)
		w.eventually(second, v1alpha1.ReasonServiceUnavailable, "ImageTagging")
		Expect(w.engine.Calls(enginetest.ImageTaggingV2)).To(HaveLen(1))
		Eventually(func() []v1alpha1.OperationGate { w.get(conn); return conn.Status.OperationGates }).Should(HaveLen(1))
		Expect(conn.Status.OperationGates[0]).To(And(
			HaveField("Operation", v1alpha1.OperationImageTagging), HaveField("Code", "APIG.0101"), HaveField("Reason", v1alpha1.GateServiceUnavailable)))

		By("changing the spec, as an administrator who has corrected something")
		w.engine.ClearFaults()
		w.change(conn, func() { conn.Spec.Limits = &v1alpha1.Limits{TimeoutSeconds: 30} })
		w.eventuallyReady(first)
		w.eventuallyReady(second)
		Eventually(func() []v1alpha1.OperationGate { w.get(conn); return conn.Status.OperationGates }).Should(BeEmpty())
	})

	It("is not held up by a connection that does not answer", func() {
		connect(nil, nil)
		silent := w.connection("silent", accessKey("keys"))
		silent.Spec.Limits = &v1alpha1.Limits{Concurrency: 20}
		w.create(silent)
		w.eventuallyReady(silent)
		gate := enginetest.NewGate()
		DeferCleanup(gate.Release)
		w.engine.Add(enginetest.Fault{Operation: enginetest.DarkEnhance, Times: enginetest.Always, Gate: gate,
			Match: func(*http.Request, []byte) bool { return true }})
		for i := range 20 {
			ej := w.job(fmt.Sprintf("slow-%02d", i), v1alpha1.ImageSource{OBS: w.photo(i)})
			ej.Spec.ConnectionRef.Name = "silent"
			w.create(ej)
		}
		Expect(gate.Await(w.ctx, 10)).To(Succeed())
		quick := w.job("quick", v1alpha1.ImageSource{OBS: w.photo(30)})
		quick.Spec.DarkEnhance, quick.Spec.Defog = nil, &v1alpha1.Defog{}
		w.create(quick)
		w.eventuallyReady(quick)
	})
})
