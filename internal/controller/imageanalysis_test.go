package controller_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/enginetest"
	"github.com/ais-operator/ais-operator/internal/ledger"
)

var _ = Describe("ImageAnalysis", func() {
	var w *world
	BeforeEach(func() { w = connectedWorld() })

	It("gets the tags and the verdict of a picture in OBS", func() {
		ia := w.analysis("koala", v1alpha1.ImageSource{OBS: w.photo(1)})
		ia.Spec.Tagging.Threshold = new(v1alpha1.Decimal("10.0"))
		ia.Spec.Recapture = &v1alpha1.Recapture{Threshold: new(v1alpha1.Decimal("0.9")), Scenes: []v1alpha1.RecaptureScene{"recapture"}}
		w.create(ia)
		w.eventuallyReady(ia)
		Expect(ia.Status.Tagging.Tags).NotTo(BeEmpty())
		Expect(ia.Status.Tagging.Tags[0].Names.EN).To(Equal(ia.Status.Tagging.Tags[0].Name))
		Expect(ia.Status.Recapture.Verdict).NotTo(BeEmpty())
		Expect(ia.Status.Summary).To(ContainSubstring(ia.Status.Tagging.Tags[0].Name))
		Expect(*ia.Status.Image).To(HaveField("Width", int32(48)))
		Expect(ia.Status.BilledTotal).To(Equal(int32(2)))
		Expect(ia.Status.ObservedGeneration).To(Equal(ia.Generation))
		Expect(meta.FindStatusCondition(ia.Status.Conditions, v1alpha1.ConditionReconciling)).To(BeNil())
		Expect(w.engine.Billed()).To(Equal(2))
	})

	It("gets the tags of a picture by URL, read by the operator or by the service", func() {
		w.pages["a.png"] = enginetest.Picture(2, 40, 40)
		source := v1alpha1.ImageSource{URL: w.web.URL + "/a.png"}
		inline, byURL := w.analysis("inline", source), w.analysis("by-url", source)
		inline.Spec.Delivery, byURL.Spec.Delivery = v1alpha1.DeliveryInline, v1alpha1.DeliveryURL
		w.create(inline, byURL)
		w.eventuallyReady(inline)
		w.eventuallyReady(byURL)
		Expect(inline.Status.Image).NotTo(BeNil())
		Expect(byURL.Status.Image).To(BeNil(), "the operator did not see the picture")
		Expect(byURL.Status.Tagging).To(Equal(inline.Status.Tagging))
	})

	It("has an object in OBS fetched by the service through a signed address", func() {
		ia := w.analysis("signed", v1alpha1.ImageSource{OBS: w.photo(3)})
		ia.Spec.Delivery = v1alpha1.DeliveryURL
		w.create(ia)
		w.eventuallyReady(ia)
	})

	It("runs anew when the operation, a parameter or the picture changes, and only then", func() {
		ia := w.analysis("changing", v1alpha1.ImageSource{OBS: w.photo(4)})
		w.create(ia)
		w.eventuallyReady(ia)

		By("changing what changes no result")
		w.change(ia, func() { ia.Spec.RunPolicy.MaxAttempts = 3 })
		w.eventuallyReady(ia)
		w.change(ia, func() { ia.Spec.Delivery = v1alpha1.DeliveryInline })
		w.eventuallyReady(ia)
		Expect(w.engine.Billed()).To(Equal(1))

		By("changing a parameter")
		w.change(ia, func() { ia.Spec.Tagging.Limit = new(int32(1)) })
		w.eventuallyReady(ia)
		Expect(ia.Status.Tagging.Tags).To(HaveLen(1))
		Expect(w.engine.Billed()).To(Equal(2))
		Expect(ia.Status.BilledTotal).To(Equal(int32(2)))
		Expect(ia.Status.Calls).To(HaveLen(1))
		Expect(ia.Status.Calls[0].Billed).To(Equal(int32(1)), "the run's own")

		By("asking for another operation")
		w.change(ia, func() { ia.Spec.Tagging, ia.Spec.Recapture = nil, &v1alpha1.Recapture{} })
		w.eventuallyReady(ia)
		Expect(ia.Status.Tagging).To(BeNil())
		Expect(ia.Status.Recapture).NotTo(BeNil())
		Expect(w.engine.Billed()).To(Equal(3))
	})

	It("drops the result of a call that the spec has left behind, and keeps its cost", func() {
		gate := enginetest.NewGate()
		w.engine.Add(enginetest.Fault{Operation: enginetest.ImageTaggingV2, Gate: gate})
		ia := w.analysis("moving", v1alpha1.ImageSource{OBS: w.photo(5)})
		w.create(ia)
		Eventually(gate.Held).Should(Equal(1))
		w.change(ia, func() { ia.Spec.Tagging.Limit = new(int32(1)) })
		gate.Release()
		w.eventuallyReady(ia)
		Expect(ia.Status.Tagging.Tags).To(HaveLen(1))
		Expect(ia.Status.BilledTotal).To(Equal(int32(2)))
		Expect(w.engine.Billed()).To(Equal(2))
	})

	It("has its result again after the spec turned to another run and back", func() {
		ia := w.analysis("turning", v1alpha1.ImageSource{OBS: w.photo(10)})
		w.create(ia)
		w.eventuallyReady(ia)
		w.change(ia, func() { ia.Spec.Tagging.Limit, ia.Spec.RunPolicy.Suspend = new(int32(2)), true })
		w.eventually(ia, v1alpha1.ReasonSuspended)
		Expect(ia.Status.Tagging).To(BeNil(), "an old result is not to be read for a new one")
		w.change(ia, func() { ia.Spec.Tagging.Limit, ia.Spec.RunPolicy.Suspend = nil, false })
		w.eventuallyReady(ia)
		Expect(ia.Status.Tagging.Tags).NotTo(BeEmpty())
		Expect(ia.Status.Summary).NotTo(BeEmpty())
	})

	It("is held back while suspended", func() {
		ia := w.analysis("later", v1alpha1.ImageSource{OBS: w.photo(6)})
		ia.Spec.RunPolicy.Suspend = true
		w.create(ia)
		w.eventually(ia, v1alpha1.ReasonSuspended)
		w.change(ia, func() { ia.Spec.RunPolicy.Suspend = false })
		w.eventuallyReady(ia)
	})

	It("waits for a picture that comes later", func() {
		ia := w.analysis("early", v1alpha1.ImageSource{OBS: &v1alpha1.ObjectStorageReference{Bucket: "photos", Key: "late.png"}})
		w.create(ia)
		w.eventually(ia, v1alpha1.ReasonWaiting, "read from OBS")
		Expect(stalled(ia)).To(BeFalse())
		Expect(w.engine.Calls()).To(BeEmpty())
	})

	It("tells what the service refused, with its code and the measure to take", func() {
		w.engine.Add(enginetest.Fault{Operation: enginetest.ImageTaggingV2, Do: enginetest.ErrorCode("AIS.0503")})
		ia := w.analysis("refused", v1alpha1.ImageSource{OBS: w.photo(7)})
		w.create(ia)
		w.eventually(ia, v1alpha1.ReasonRejected, "AIS.0503", "What to do")
		Expect(stalled(ia)).To(BeTrue())
		Expect(ia.Status.Calls[0].LastError.HTTPStatus).To(Equal(int32(400)))
		Expect(ia.Status.BilledTotal).To(BeZero())
	})

	It("tries again after a transient error and after a lost answer", func() {
		w.engine.Add(enginetest.Fault{Operation: enginetest.ImageTaggingV2, Do: enginetest.ErrorCode("AIS.0506")})
		ia := w.analysis("flaky", v1alpha1.ImageSource{OBS: w.photo(8)})
		w.create(ia)
		w.eventuallyReady(ia)
		Expect(ia.Status.Calls[0].Attempts).To(Equal(int32(2)))
		Expect(ia.Status.BilledTotal).To(Equal(int32(1)))
	})

	It("leaves a lost answer to its author when the policy says Fail", func() {
		w.engine.Add(enginetest.Fault{Operation: enginetest.ImageTaggingV2, Do: enginetest.ResetAfter()})
		ia := w.analysis("lost", v1alpha1.ImageSource{OBS: w.photo(9)})
		ia.Spec.RunPolicy.UnknownOutcome = v1alpha1.UnknownOutcomeFail
		w.create(ia)
		w.eventually(ia, v1alpha1.ReasonUnknownOutcome, "RetryOnce")
		Expect(ia.Status.BilledTotal).To(Equal(int32(1)))
		w.change(ia, func() { ia.Spec.RunPolicy.UnknownOutcome = v1alpha1.UnknownOutcomeRetryOnce })
		w.eventuallyReady(ia)
		Expect(ia.Status.BilledTotal).To(Equal(int32(2)))
	})

	It("ends when the process died before the record and the policy says Fail", func() {
		ia := w.analysis("orphan", v1alpha1.ImageSource{OBS: w.photo(10)})
		ia.Spec.RunPolicy.Suspend, ia.Spec.RunPolicy.UnknownOutcome = true, v1alpha1.UnknownOutcomeFail
		w.create(ia)
		w.eventually(ia, v1alpha1.ReasonSuspended)
		began := metav1.NewMicroTime(time.Now().Add(-time.Hour))
		run := ledger.Run{Operation: v1alpha1.OperationImageTagging, SpecHash: ledger.SpecHash(v1alpha1.OperationImageTagging, map[string]string{"language": "en"}, ia.Spec.Image)}
		ia.Status.Calls = []v1alpha1.Call{ledger.Claim(nil, run, v1alpha1.Claim{
			ID: "dead", Holder: "dead", StartTime: began, Deadline: metav1.NewMicroTime(began.Add(time.Minute)),
		})}
		Expect(k8s.Status().Update(w.ctx, ia)).To(Succeed())
		w.change(ia, func() { ia.Spec.RunPolicy.Suspend = false })
		w.eventually(ia, v1alpha1.ReasonUnknownOutcome, "RetryOnce")
		Expect(ia.Status.Calls[0].FinishedTime).NotTo(BeNil())
		Expect(w.engine.Calls()).To(BeEmpty())
	})
})

// change updates the object's spec, over whatever its status has become meanwhile.
func (w *world) change(obj client.Object, mutate func()) {
	GinkgoHelper()
	Eventually(func() error {
		if err := k8s.Get(w.ctx, client.ObjectKeyFromObject(obj), obj); err != nil {
			return err
		}
		mutate()
		return k8s.Update(w.ctx, obj)
	}).Should(Succeed())
}
