package controller_test

import (
	"fmt"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/enginetest"
)

var _ = Describe("Credentials that are refused", func() {
	var w *world
	BeforeEach(func() { w = newWorld() })

	// conflictOnce has the first write fail that closes the gate of a connection.
	conflictOnce := func(conn *v1alpha1.Connection) (happened func() bool) {
		key, did := client.ObjectKeyFromObject(conn), false
		writes.interfere(func(obj client.Object) error {
			c, ok := obj.(*v1alpha1.Connection)
			if !ok || did || client.ObjectKeyFromObject(c) != key || c.Status.Gate == nil {
				return nil
			}
			did = true
			return apierrors.NewConflict(schema.GroupResource{Resource: "connections"}, c.Name, nil)
		})
		DeferCleanup(func() { writes.interfere(nil) })
		return func() bool { return did }
	}

	It("in a call close the gate, even if that cannot be written at once", func() {
		conn := w.connection("default", accessKey("keys"))
		w.create(w.accessKeySecret("keys"), conn)
		w.eventuallyReady(conn)
		happened := conflictOnce(conn)
		w.engine.Add(enginetest.Fault{Operation: enginetest.ImageTaggingV2, Do: enginetest.ErrorCode("APIG.0301"), Times: enginetest.Always})
		ia := w.analysis("refused", v1alpha1.ImageSource{OBS: w.photo(1)})
		w.create(ia)
		w.eventually(conn, v1alpha1.ReasonInvalidCredentials)
		w.eventually(ia, v1alpha1.ReasonConnectionNotReady)
		Expect(happened()).To(BeTrue())
		Expect(w.engine.Calls()).To(HaveLen(1))
		Expect(*conn.Status.Gate).To(And(HaveField("Code", "APIG.0301"), HaveField("Message", ContainSubstring("Correct the Secret")),
			HaveField("Rejections", int32(1))))
		Expect(conn.Status.RecentLogins).To(HaveLen(1))
	})

	It("when they are checked close the gate, even if that cannot be written at once", func() {
		conn := w.connection("default", password("login"))
		happened := conflictOnce(conn)
		w.create(w.passwordSecret("login", "wrong"), conn)
		w.eventually(conn, v1alpha1.ReasonInvalidCredentials, "refused the credentials")
		Expect(happened()).To(BeTrue())
		Expect(w.engine.Logins()).To(Equal(enginetest.Logins{Failed: 1}))
		Expect(conn.Status.Gate.Rejections).To(Equal(int32(1)))
		Expect(conn.Status.RecentLogins).To(HaveLen(1))
		Expect(w.ready(conn).Message).NotTo(ContainSubstring(".."))
	})

	It("because of a clock are no matter of the Secret", func() {
		w.engine.Add(enginetest.Fault{Operation: enginetest.ListProjects, Times: enginetest.Always, Do: enginetest.Reply(http.StatusUnauthorized, nil,
			`{"error_code":"APIG.0301","error_msg":"signature expired, signature time:20261125T120000Z,server time:20261125T130000Z"}`)})
		conn := w.connection("default", accessKey("keys"))
		w.create(w.accessKeySecret("keys"), conn)
		w.eventually(conn, v1alpha1.ReasonInvalidCredentials, "clock")
		Expect(w.ready(conn).Message).NotTo(Or(ContainSubstring("Secret"), ContainSubstring("2026")))
		Expect(conn.Status.Gate.Rejections).To(BeZero())
		Expect(time.Until(conn.Status.Gate.Until.Time)).To(BeNumerically("<", 10*time.Minute))
	})

	It("because the account is locked are tried by nobody who has that account", func() {
		w.engine.Add(enginetest.Fault{Operation: enginetest.CreateToken, Times: enginetest.Always, Do: enginetest.IAMError(http.StatusUnauthorized, "The account is locked.")})
		first, second := w.connection("first", password("first")), w.connection("second", password("second"))
		w.create(w.passwordSecret("first", "wrong"), first)
		w.eventually(first, v1alpha1.ReasonInvalidCredentials, "locked", "Nobody may try")
		Expect(time.Until(first.Status.Gate.Until.Time)).To(BeNumerically(">", 29*time.Minute))
		w.create(w.passwordSecret("second", w.engine.Account.Password), second)
		w.eventually(second, v1alpha1.ReasonThrottled, "locked")
		Expect(w.engine.Logins()).To(Equal(enginetest.Logins{Failed: 1}))

		By("correcting the Secret, which ends no lock")
		secret := w.passwordSecret("first", "")
		w.change(secret, func() { secret.Data["password"] = []byte(w.engine.Account.Password) })
		w.eventually(first, v1alpha1.ReasonThrottled, "locked")
		Expect(w.engine.Logins()).To(Equal(enginetest.Logins{Failed: 1}))
	})

	It("are counted for the account, whichever connections have it", func() {
		right := w.connection("right", password("right"))
		w.create(w.passwordSecret("right", w.engine.Account.Password), right)
		w.eventuallyReady(right)
		elsewhere := newWorld()
		var wrong []*v1alpha1.Connection
		for i := range 6 {
			in := []*world{w, elsewhere}[i%2]
			name := fmt.Sprintf("wrong-%d", i)
			conn := w.connection(name, password(name))
			secret := w.passwordSecret(name, "wrong")
			conn.Namespace, secret.Namespace = in.namespace, in.namespace
			w.create(secret, conn)
			wrong = append(wrong, conn)
		}
		reasons := func() map[string]int {
			by := map[string]int{}
			for _, conn := range wrong {
				by[w.ready(conn).Reason]++
			}
			return by
		}
		Eventually(reasons).Should(Equal(map[string]int{v1alpha1.ReasonInvalidCredentials: 3, v1alpha1.ReasonThrottled: 3}))
		Expect(w.engine.Logins()).To(Equal(enginetest.Logins{OK: 1, Failed: 3}))

		By("changing the Secrets of all, and bringing another right copy")
		for _, conn := range wrong {
			secret := w.passwordSecret(conn.Name, "")
			secret.Namespace = conn.Namespace
			w.change(secret, func() { secret.Data["password"] = []byte("wrong as well") })
		}
		Eventually(reasons).Should(Equal(map[string]int{v1alpha1.ReasonThrottled: 6}))
		late := w.connection("late", password("right"))
		w.create(late)
		w.eventually(late, v1alpha1.ReasonThrottled, "over all connections")
		Expect(w.engine.Logins().Failed).To(Equal(3))

		By("working on with the right copy")
		w.pages["a.png"] = enginetest.Picture(1, 32, 32)
		ia := w.analysis("served", v1alpha1.ImageSource{URL: w.web.URL + "/a.png"})
		ia.Spec.ConnectionRef.Name = "right"
		w.create(ia)
		w.eventuallyReady(ia)
	})

	It("are tried by three connections of an account at a time, for all of them may be wrong", func() {
		answers := w.engine.Hold(enginetest.CreateToken)
		w.create(w.passwordSecret("login", w.engine.Account.Password))
		var all []*v1alpha1.Connection
		for i := range 8 {
			conn := w.connection(fmt.Sprintf("copy-%d", i), password("login"))
			w.create(conn)
			all = append(all, conn)
		}
		Eventually(answers.Held).Should(Equal(3))
		Consistently(answers.Held).WithTimeout(aWhile).Should(Equal(3))
		answers.Release()
		for _, conn := range all {
			w.eventuallyReady(conn)
		}
		Expect(w.engine.Logins()).To(Equal(enginetest.Logins{OK: 8}))
	})
})
