package hostile

import (
	"context"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"

	"golang.org/x/net/dns/dnsmessage"
)

// Resolver asks a name server that is in the hands of an attacker. Each one begins
// with the first look-up.
func Resolver() *net.Resolver {
	s := &nameServer{asked: map[dnsmessage.Question]int{}}
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go s.serve(server)
		return client, nil
	}}
}

// nameServer answers from the zone.
type nameServer struct {
	mu    sync.Mutex
	asked map[dnsmessage.Question]int
}

// serve speaks DNS over a stream: messages have a length of two bytes in front
// (RFC 1035, section 4.2.2).
func (s *nameServer) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	var size [2]byte
	for {
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return
		}
		question := make([]byte, int(size[0])<<8|int(size[1]))
		if _, err := io.ReadFull(conn, question); err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(question) != nil || len(m.Questions) != 1 {
			return
		}
		s.answer(&m)
		reply, err := m.Pack()
		if err != nil {
			return
		}
		if _, err := conn.Write(append([]byte{byte(len(reply) >> 8), byte(len(reply))}, reply...)); err != nil {
			return
		}
	}
}

func (s *nameServer) answer(m *dnsmessage.Message) {
	m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
	q := m.Questions[0]
	s.mu.Lock()
	turn := s.asked[q]
	s.asked[q]++
	s.mu.Unlock()
	for name := q.Name; ; {
		turns, known := zone[strings.TrimSuffix(name.String(), ".")]
		if !known {
			m.RCode = dnsmessage.RCodeNameError
			return
		}
		header := dnsmessage.ResourceHeader{Name: name, Class: q.Class}
		var next dnsmessage.Name
		for _, value := range turns[min(turn, len(turns)-1)] {
			addr, err := netip.ParseAddr(value)
			switch {
			case err != nil:
				next = dnsmessage.MustNewName(value + ".")
				header.Type = dnsmessage.TypeCNAME
				m.Answers = append(m.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.CNAMEResource{CNAME: next}})
			case addr.Is4() && q.Type == dnsmessage.TypeA:
				header.Type = dnsmessage.TypeA
				m.Answers = append(m.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AResource{A: addr.As4()}})
			case addr.Is6() && q.Type == dnsmessage.TypeAAAA:
				header.Type = dnsmessage.TypeAAAA
				m.Answers = append(m.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AAAAResource{AAAA: addr.As16()}})
			}
		}
		if next.Length == 0 {
			return
		}
		name = next
	}
}
