package controller_test

import (
	"bytes"
	"image"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/enginetest"
	"github.com/ais-operator/ais-operator/internal/obs"
)

var _ = Describe("EnhancementJob", func() {
	var w *world
	BeforeEach(func() { w = connectedWorld() })

	// output reads the stored picture of a finished job.
	output := func(ej *v1alpha1.EnhancementJob) ([]byte, obs.Info) {
		GinkgoHelper()
		data, info, err := w.storage.Get(w.ctx, ej.Status.Output.Bucket, ej.Status.Output.Key, 16<<20)
		Expect(err).NotTo(HaveOccurred())
		return data, info
	}

	DescribeTable("enhances a picture and stores it",
		func(ask func(*v1alpha1.EnhancementJobSpec), width int) {
			ej := w.job("job", v1alpha1.ImageSource{OBS: w.photo(1)})
			ej.Spec.DarkEnhance = nil
			ask(&ej.Spec)
			w.create(ej)
			w.eventuallyReady(ej)
			data, info := output(ej)
			config, format, err := image.DecodeConfig(bytes.NewReader(data))
			Expect(err).NotTo(HaveOccurred())
			Expect(format).To(Equal("png"))
			Expect(config.Width).To(Equal(width))
			Expect(info.ContentType).To(Equal("image/png"))
			Expect(info.Metadata).To(HaveKeyWithValue("sha256", ej.Status.Output.SHA256))
			Expect(ej.Status.Output.Key).To(HavePrefix(w.namespace + "/job-" + ej.Status.Calls[0].InputHash[:12]))
			Expect(ej.Status.Output.URL).NotTo(ContainSubstring("?"))
			Expect(ej.Status.Input.Width).To(Equal(int32(48)))
			Expect(w.engine.Billed()).To(Equal(1))
		},
		Entry("dark enhancement", func(s *v1alpha1.EnhancementJobSpec) {
			s.DarkEnhance = &v1alpha1.DarkEnhance{Brightness: new(v1alpha1.Decimal("0.7"))}
		}, 48),
		Entry("haze removal", func(s *v1alpha1.EnhancementJobSpec) {
			s.Defog = &v1alpha1.Defog{Gamma: new(v1alpha1.Decimal("1.2")), NaturalLook: new(false)}
		}, 48),
		Entry("enlargement", func(s *v1alpha1.EnhancementJobSpec) {
			s.SuperResolution = &v1alpha1.SuperResolution{Scale: new(int32(4)), Model: "SRCNN"}
		}, 192),
	)

	It("never overwrites an object that was not written for it", func() {
		foreign := []byte("somebody else's")
		_, err := w.storage.Put(w.ctx, "results", "taken.png", obs.Object{Data: foreign, ContentType: "text/plain"})
		Expect(err).NotTo(HaveOccurred())
		ej := w.job("taken", v1alpha1.ImageSource{OBS: w.photo(1)})
		ej.Spec.Output.OBS.Key = "taken.png"
		w.create(ej)
		w.eventually(ej, v1alpha1.ReasonInvalidSpec, "not overwritten")
		Expect(w.engine.Calls()).To(BeEmpty())
		data, _, err := w.storage.Get(w.ctx, "results", "taken.png", 1<<20)
		Expect(err).NotTo(HaveOccurred())
		Expect(data).To(Equal(foreign))
	})

	It("finds its output after it was created again, without a call", func() {
		source := v1alpha1.ImageSource{OBS: w.photo(2)}
		ej := w.job("again", source)
		w.create(ej)
		w.eventuallyReady(ej)
		before := ej.Status.Output.DeepCopy()
		Expect(k8s.Delete(w.ctx, ej)).To(Succeed())
		ej = w.job("again", source)
		w.create(ej)
		w.eventuallyReady(ej)
		Expect(ej.Status.Output).To(Equal(before))
		Expect(ej.Status.BilledTotal).To(BeZero())
		Expect(w.engine.Billed()).To(Equal(1))
	})

	It("copies its output to a new place and calls only when it is gone", func() {
		ej := w.job("moved", v1alpha1.ImageSource{OBS: w.photo(3)})
		w.create(ej)
		w.eventuallyReady(ej)
		first, _ := output(ej)

		By("changing the key")
		w.change(ej, func() { ej.Spec.Output.OBS.Key = "elsewhere.png" })
		w.eventuallyReady(ej)
		Expect(ej.Status.Output.Key).To(Equal("elsewhere.png"))
		second, _ := output(ej)
		Expect(second).To(Equal(first))
		Expect(w.engine.Billed()).To(Equal(1))

		By("changing it again after the object was removed")
		Expect(w.storage.Delete(w.ctx, "results", "elsewhere.png")).To(Succeed())
		w.change(ej, func() { ej.Spec.Output.OBS.Key = "third.png" })
		w.eventuallyReady(ej)
		Expect(ej.Status.Output.Key).To(Equal("third.png"))
		Expect(w.engine.Billed()).To(Equal(2))
		Expect(ej.Status.BilledTotal).To(Equal(int32(2)))
	})

	It("tells a bucket that does not exist before anything is paid", func() {
		ej := w.job("nobucket", v1alpha1.ImageSource{OBS: w.photo(4)})
		ej.Spec.Output.OBS.Bucket = "nowhere"
		w.create(ej)
		w.eventually(ej, v1alpha1.ReasonWaiting, "bucket")
		Expect(w.engine.Calls()).To(BeEmpty())
	})

	It("takes an answer that holds no picture for a lost one", func() {
		w.engine.Add(enginetest.Fault{Operation: enginetest.DarkEnhance, Do: enginetest.Reply(200, nil, `{"result":"bm90IGEgcGljdHVyZQ=="}`)})
		ej := w.job("garbage", v1alpha1.ImageSource{OBS: w.photo(6)})
		ej.Spec.RunPolicy.UnknownOutcome = v1alpha1.UnknownOutcomeFail
		w.create(ej)
		w.eventually(ej, v1alpha1.ReasonUnknownOutcome)
		Expect(ej.Status.Calls[0].LastError.Message).To(ContainSubstring("no picture"))
		Expect(ej.Status.BilledTotal).To(Equal(int32(1)))
	})

	It("keeps a picture that the storage does not take, and stores it later without another call", func() {
		w.storeIsFull.Store(true)
		ej := w.job("full", v1alpha1.ImageSource{URL: w.web.URL + "/a.png"})
		w.pages["a.png"] = enginetest.Picture(1, 48, 32)
		w.create(ej)
		w.eventually(ej, v1alpha1.ReasonTransientError, "could not be stored")
		tries := w.storeTries.Load()
		Consistently(w.storeTries.Load, "1s").Should(BeNumerically("<=", tries), "it is stored again after a pause")
		w.storeIsFull.Store(false)
		w.change(ej, func() { ej.Spec.RunPolicy.MaxAttempts = 3 })
		w.eventuallyReady(ej)
		Expect(w.engine.Billed()).To(Equal(1))
		Expect(ej.Status.BilledTotal).To(Equal(int32(1)))
	})

	It("finds the picture of a process that died before the record, whatever the policy", func() {
		ej := w.job("orphan", v1alpha1.ImageSource{OBS: w.photo(1)})
		ej.Spec.RunPolicy.UnknownOutcome = v1alpha1.UnknownOutcomeFail
		w.create(ej)
		w.eventuallyReady(ej)
		began := metav1.NewMicroTime(time.Now().Add(-time.Hour))
		call := &ej.Status.Calls[0]
		call.State, call.Attempts, call.Billed, call.FinishedTime = v1alpha1.CallClaimed, 0, 0, nil
		call.Claim = &v1alpha1.Claim{ID: "dead", Holder: "dead", StartTime: began, Deadline: metav1.NewMicroTime(began.Add(time.Minute))}
		ej.Status.Output, ej.Status.Conditions, ej.Status.BilledTotal = nil, nil, 0
		Expect(k8s.Status().Update(w.ctx, ej)).To(Succeed())
		w.change(ej, func() { ej.Spec.RunPolicy.MaxAttempts = 3 })
		w.eventuallyReady(ej)
		Expect(ej.Status.Output).NotTo(BeNil())
		Expect(ej.Status.BilledTotal).To(Equal(int32(1)))
		Expect(w.engine.Billed()).To(Equal(1))

		By("ending without it when it is gone")
		Expect(w.storage.Delete(w.ctx, ej.Status.Output.Bucket, ej.Status.Output.Key)).To(Succeed())
		call = &ej.Status.Calls[0]
		call.State, call.FinishedTime = v1alpha1.CallClaimed, nil
		call.Claim = &v1alpha1.Claim{ID: "dead", Holder: "dead", StartTime: began, Deadline: metav1.NewMicroTime(began.Add(time.Minute))}
		ej.Status.Output, ej.Status.Conditions = nil, nil
		Expect(k8s.Status().Update(w.ctx, ej)).To(Succeed())
		w.change(ej, func() { ej.Spec.RunPolicy.MaxAttempts = 4 })
		w.eventually(ej, v1alpha1.ReasonUnknownOutcome)
		Expect(ej.Status.Calls[0].FinishedTime).NotTo(BeNil())
		Expect(w.engine.Billed()).To(Equal(1))
	})
})
