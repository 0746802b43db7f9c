package hostile

import (
	"io"
	"net"
	"testing"
	"time"
)

// Server is a web server that wants to be waited for, or to be listened to for ever.
type Server struct {
	// Name says what it does.
	Name string
	// Slow tells that it writes a byte in a millisecond; otherwise it writes as fast
	// as it is read.
	Slow bool

	scheme, begin, repeat string
}

// Servers are all of them.
func Servers() []Server {
	const (
		ok      = "HTTP/1.1 200 OK\r\n"
		chunked = ok + "Transfer-Encoding: chunked\r\n\r\n"
		hint    = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
	)
	return []Server{
		{"says nothing", true, "http", "", ""},
		{"drips its first line", true, "http", "", "HTTP/1.1 200 OK"},
		{"drips headers", true, "http", ok, "X-A: b\r\n"},
		{"drips a header", true, "http", ok + "X-A: ", "b"},
		{"drips hints of an answer to come", true, "http", "", hint},
		{"drips its content", true, "http", ok + "Content-Length: 1000000\r\n\r\n", "\x89PNG"},
		{"drips chunks", true, "http", chunked, "1\r\na\r\n"},
		{"drips what comes behind its chunks", true, "http", chunked + "1\r\na\r\n0\r\n", "X-A: b\r\n"},
		{"drips the content of a redirect", true, "http", "HTTP/1.1 302 Found\r\nLocation: /a\r\nContent-Length: 2000\r\n\r\n", "moved"},
		{"drips a handshake", true, "https", "\x16\x03\x03\x3f\xff", "\x02"},
		{"never ends its first line", false, "http", "", "HTTP/1.1 200 OK"},
		{"never ends its headers", false, "http", ok, "X-A: b\r\n"},
		{"never ends a header", false, "http", ok + "X-A: ", "b"},
		{"never ends its hints", false, "http", "", hint},
		{"never ends a chunk's length", false, "http", chunked, "0"},
		{"never ends what is said of a chunk", false, "http", chunked + "1", ";a=b"},
		{"never ends what comes behind its chunks", false, "http", chunked + "1\r\na\r\n0\r\n", "X-A: b\r\n"},
		{"sends more chunks than content", false, "http", chunked, "1;a=" + string(make([]byte, 1000)) + "\r\na\r\n"},
	}
}

// Start listens and returns the server's URL.
func (s Server) Start(tb testing.TB) string {
	tb.Helper()
	l, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", net.JoinHostPort(openHost, "0"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(conn)
		}
	}()
	return s.scheme + "://" + l.Addr().String() + "/picture"
}

// serve waits for the first bytes of a request and writes until the other side
// hangs up.
func (s Server) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	if _, err := conn.Read(make([]byte, 1<<10)); err != nil {
		return
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_, _ = io.Copy(io.Discard, conn)
	}()
	if _, err := io.WriteString(conn, s.begin); err != nil || s.repeat == "" {
		<-gone
		return
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	whole := []byte(s.repeat)
	for i := 0; ; i = (i + 1) % len(whole) {
		text := whole
		if s.Slow {
			text = whole[i : i+1]
			select {
			case <-tick.C:
			case <-gone:
				return
			}
		}
		if _, err := conn.Write(text); err != nil {
			return
		}
	}
}
