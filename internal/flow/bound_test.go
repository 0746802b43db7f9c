package flow_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/ais-operator/ais-operator/internal/flow"
)

// crowd is namespaces that always have objects waiting. Which picture is read first and which call ends first is drawn by lot, so that no time plays a
// part.
type crowd struct {
	*world

	rnd     *rand.Rand
	objects []*caller
	reading []*caller // have tickets
	calling []*caller
	news    []*caller // have begun to call since the last step
	begun   int
}

// caller is an object of the crowd, or the guest.
type caller struct {
	want   flow.Waiter
	ticket *flow.Ticket
}

// come has one more object of a namespace wait. It is called as soon as the lot falls on it.
func (c *crowd) come(namespace string) {
	o := &caller{want: c.waiter(namespace, fmt.Sprint(len(c.objects)))}
	c.objects = append(c.objects, o)
	enter := func() {
		if o.ticket, _ = c.Enter(o.want); o.ticket != nil {
			c.reading = append(c.reading, o)
		}
	}
	o.want.Wake = enter
	enter()
}

// stage has a picture be there.
func (c *crowd) stage(o *caller) {
	o.ticket.Slot(mb, func(bool) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.news = append(c.news, o)
	})
	c.settle()
}

// step has a picture of the crowd be there, or a call end.
func (c *crowd) step() {
	if len(c.reading) == 0 || len(c.calling) > 0 && c.rnd.IntN(2) == 0 {
		finish(draw(c.rnd, &c.calling).ticket, nil)
		c.settle()
		return
	}
	c.stage(draw(c.rnd, &c.reading))
}

// settle counts the calls that have begun, and has another object take the place of each.
func (c *crowd) settle() {
	synctest.Wait()
	c.mu.Lock()
	news := c.news
	c.news = nil
	c.mu.Unlock()
	for _, o := range news {
		c.begun++
		c.calling = append(c.calling, o)
		c.come(o.want.ID.Namespace)
	}
}

// disperse ends all.
func (c *crowd) disperse() {
	for _, o := range c.objects {
		c.Leave(o.want.ID)
	}
	for _, o := range c.objects {
		if o.ticket != nil {
			o.ticket.Return()
		}
	}
}

func draw(rnd *rand.Rand, from *[]*caller) *caller {
	i := rnd.IntN(len(*from))
	found := (*from)[i]
	*from = append((*from)[:i], (*from)[i+1:]...)
	return found
}

// TestHowManyAreCalledBeforeAGuest has an object come that is the only one of its namespace, at any time and with a picture that takes any time, and
// holds what it waits for against the bounds that are told above nextQueue. Over all runs the second of them is reached.
func TestHowManyAreCalledBeforeAGuest(t *testing.T) {
	const runs = 150
	for _, slots := range []int{1, 2, 5} {
		for _, others := range slices.Compact([]int{1, slots, slots + 1, 2 * slots, 3*slots + 1}) {
			t.Run(fmt.Sprintf("%d slots and %d other namespaces", slots, others), func(t *testing.T) {
				forTicket, forSlot := 0, 0
				for seed := range uint64(runs) {
					inWorld(t, func(w *world) {
						ticket, slot := guest(w, rand.New(rand.NewPCG(seed, 0)), slots, others)
						forTicket, forSlot = max(forTicket, ticket), max(forSlot, slot)
					})
				}
				most := 0
				if others > slots {
					most = others + 1
				}
				if forTicket > most {
					t.Errorf("%d calls began before the guest had its ticket, want %d at most", forTicket, most)
				}
				if want := min(others, 2*slots-1); forSlot != want {
					t.Errorf("up to %d calls began while the guest waited for its slot, want %d", forSlot, want)
				}
			})
		}
	}
}

// guest tells how many calls of others began between when the guest came and had its ticket, and between when its picture was there and it was called.
func guest(w *world, rnd *rand.Rand, slots, others int) (ticket, slot int) {
	c := &crowd{world: w, rnd: rnd}
	w.Open(connection("c", slots))
	for i := range others {
		for range 3 * slots {
			c.come(fmt.Sprint("n", i))
		}
	}
	for range rnd.IntN(20 * slots) {
		c.step()
	}
	came := c.begun
	o := &caller{want: w.waiter("guest", "one")}
	for ; o.ticket == nil; ticket = c.begun - came {
		if o.ticket, _ = w.Enter(o.want); o.ticket == nil {
			c.step()
		}
	}
	for range rnd.IntN(10 * slots) {
		c.step()
	}
	ready := c.begun
	s := c.world.stage(o.ticket)
	for ; w.state(s) == "waits"; slot = c.begun - ready {
		c.step()
	}
	o.ticket.Return()
	c.disperse()
	return ticket, slot
}
