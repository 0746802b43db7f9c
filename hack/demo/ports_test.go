package main

import (
	"bytes"
	"net"
	"strings"
	"testing"
)

func TestATakenAddressIsReplacedInTheSamples(t *testing.T) {
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", freePort)
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	var said bytes.Buffer
	var a addresses
	listener, err := a.listen(t.Context(), newTeller(&said), taken.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()

	got := a.rewrite("url: http://" + taken.Addr().String() + "/x.jpg")
	if want := "url: http://" + listener.Addr().String() + "/x.jpg"; got != want {
		t.Errorf("the sample says %q, want %q", got, want)
	}
	if !strings.Contains(said.String(), taken.Addr().String()+" is taken") {
		t.Errorf("the demo says %q", said.String())
	}
}

func TestAFreeAddressStays(t *testing.T) {
	var a addresses
	tell := newTeller(&bytes.Buffer{})
	free, err := a.reserve(t.Context(), tell, freePort)
	if err != nil {
		t.Fatal(err)
	}
	got, err := a.reserve(t.Context(), tell, free)
	if err != nil {
		t.Fatal(err)
	}
	if got != free || a.rewrite(free) != free {
		t.Errorf("the address %s became %s, and %s in the samples", free, got, a.rewrite(free))
	}
}
