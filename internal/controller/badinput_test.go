package controller_test

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/enginetest"
)

var _ = Describe("Bad input ends in a sentence, and nothing is paid", func() {
	var w *world
	BeforeEach(func() { w = connectedWorld() })

	DescribeTable("a picture that cannot be used",
		func(page []byte, reason, message string) {
			w.pages["p"] = page
			ia := w.analysis("bad", v1alpha1.ImageSource{URL: w.web.URL + "/p"})
			ia.Spec.Recapture = &v1alpha1.Recapture{}
			ia.Spec.Delivery = v1alpha1.DeliveryInline
			w.create(ia)
			w.eventually(ia, reason, message)
			Expect(stalled(ia)).To(BeTrue())
			Expect(w.engine.Calls()).To(BeEmpty())
		},
		Entry("a web page", []byte("<!DOCTYPE html><html><body>sign in</body></html>"), v1alpha1.ReasonRejected, "web page"),
		Entry("text", []byte("just some text"), v1alpha1.ReasonRejected, "picture"),
		Entry("nothing", []byte{}, v1alpha1.ReasonRejected, "picture"),
		Entry("a format that no operation takes", append([]byte("GIF89a\x30\x00\x30\x00\x80\x00\x00"), make([]byte, 64)...), v1alpha1.ReasonRejected, "GIF"),
		Entry("too small for recapture detection", enginetest.Picture(1, 8, 200), v1alpha1.ReasonRejected, "RecaptureDetection"),
		Entry("too large to be sent", make([]byte, 8<<20), v1alpha1.ReasonRejected, "larger"),
		Entry("a damaged header", []byte("\x89PNG\r\n\x1a\n\x00\x00"), v1alpha1.ReasonRejected, "picture"),
	)

	It("says that nothing is there", func() {
		ia := w.analysis("absent", v1alpha1.ImageSource{URL: w.web.URL + "/nothing.png"})
		w.create(ia)
		w.eventually(ia, v1alpha1.ReasonWaiting, "no picture")
		Expect(w.engine.Calls()).To(BeEmpty())
	})

	It("says that a host cannot be reached", func() {
		ia := w.analysis("down", v1alpha1.ImageSource{URL: "http://127.0.0.1:1/a.png"})
		ia.Spec.Delivery = v1alpha1.DeliveryInline
		w.create(ia)
		w.eventually(ia, v1alpha1.ReasonSourceUnavailable)
		Expect(w.engine.Calls()).To(BeEmpty())
	})

	DescribeTable("an address that tenants may not name",
		func(url string, delivery v1alpha1.Delivery) {
			ia := w.analysis("metadata", v1alpha1.ImageSource{URL: url})
			ia.Spec.Delivery = delivery
			w.create(ia)
			w.eventually(ia, v1alpha1.ReasonInvalidSpec, "--allow-cidrs")
			Expect(w.engine.Calls()).To(BeEmpty())
		},
		Entry("read by the operator", "http://169.254.169.254/latest", v1alpha1.DeliveryInline),
		Entry("handed to the service", "http://169.254.169.254/latest", v1alpha1.DeliveryURL),
		Entry("whoever can", "http://10.0.0.1/a.png", v1alpha1.DeliveryAuto),
		Entry("in another notation", "http://0xa9fea9fe/latest", v1alpha1.DeliveryURL),
	)

	It("says that a bucket does not exist", func() {
		ia := w.analysis("nobucket", v1alpha1.ImageSource{OBS: &v1alpha1.ObjectStorageReference{Bucket: "nowhere", Key: "a.png"}})
		w.create(ia)
		w.eventually(ia, v1alpha1.ReasonWaiting, "bucket")
		Expect(w.engine.Calls()).To(BeEmpty())
	})

	DescribeTable("a service that is not there",
		func(fault enginetest.Effect, reason, message string) {
			w.engine.Add(enginetest.Fault{Operation: enginetest.ImageTaggingV2, Do: fault, Times: enginetest.Always})
			ia := w.analysis("odd", v1alpha1.ImageSource{OBS: w.photo(1)})
			w.create(ia)
			w.eventually(ia, reason, message)
			Expect(ia.Status.BilledTotal).To(BeZero())
			Expect(len(w.engine.Calls())).To(BeNumerically("<=", 1))
		},
		Entry("answers a web page", enginetest.HTMLPage(http.StatusOK), v1alpha1.ReasonServiceUnavailable, "HTML page"),
		Entry("has retired the operation", enginetest.ErrorCode("APIG.0101"), v1alpha1.ReasonServiceUnavailable, "APIG.0101"),
		Entry("wants a subscription", enginetest.ErrorCode("ModelArts.4204"), v1alpha1.ReasonAccountProblem, "ModelArts.4204"),
		Entry("asks for a pause", enginetest.Throttled("60"), v1alpha1.ReasonThrottled, "APIG.0308"),
	)
})
