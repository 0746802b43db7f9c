package flow

import "iter"

// line is a queue whose members may leave from anywhere, all in constant time and without an allocation. The zero value is empty. It must not be
// copied.
type line[T any] struct{ root place[T] }

// place is a member's place in a line; a member has as many as there are lines that it may stand in at once. The zero value but for who is ready for
// use.
type place[T any] struct {
	prev, next *place[T]
	who        *T
}

func (l *line[T]) empty() bool { return l.root.next == nil || l.root.next == &l.root }

// first returns the member at turn, nil when there is none.
func (l *line[T]) first() *T {
	if l.empty() {
		return nil
	}
	return l.root.next.who
}

// push puts a member that stands nowhere at the end.
func (l *line[T]) push(p *place[T]) {
	l.ready()
	p.prev, p.next = l.root.prev, &l.root
	p.prev.next, p.next.prev = p, p
}

// pushFirst puts a member that stands nowhere in front.
func (l *line[T]) pushFirst(p *place[T]) {
	l.ready()
	p.prev, p.next = &l.root, l.root.next
	p.prev.next, p.next.prev = p, p
}

func (l *line[T]) ready() {
	if l.root.next == nil {
		l.root.prev, l.root.next = &l.root, &l.root
	}
}

// rotate sends a member to the end: its turn was taken.
func (l *line[T]) rotate(p *place[T]) {
	p.leave()
	l.push(p)
}

// standing tells whether the member stands in a line.
func (p *place[T]) standing() bool { return p.next != nil }

// leave takes the member out of the line that it stands in, if any.
func (p *place[T]) leave() {
	if p.next == nil {
		return
	}
	p.prev.next, p.next.prev = p.next, p.prev
	p.prev, p.next = nil, nil
}

// all goes through the members in turn. The one at hand may leave meanwhile.
func (l *line[T]) all() iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for p := l.root.next; p != nil && p != &l.root; {
			next := p.next
			if !yield(p.who) {
				return
			}
			p = next
		}
	}
}
