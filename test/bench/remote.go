package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/ais-operator/ais-operator/internal/ais"
	"github.com/ais-operator/ais-operator/internal/objectstore"
)

// The account that the remote's object storage takes. The service itself checks nothing: that would be the remote's CPU, not the operator's.
const (
	accessKeyID     = "BENCHACCESSKEY"
	secretAccessKey = "bench-secret-access-key"
	results         = "results" // bucket
)

// remoteOrder is what the remote is told at its start.
type remoteOrder struct{ Latency time.Duration }

// remoteAddresses are the base URLs of the remote's four servers.
type remoteAddresses struct{ Service, Pictures, Storage, Control string }

// remoteMain serves until the parent ends.
func remoteMain(in *bufio.Reader, out *json.Encoder) error {
	var order remoteOrder
	line, err := in.ReadBytes('\n')
	if err != nil {
		return err
	}
	if err := json.Unmarshal(line, &order); err != nil {
		return err
	}
	picture, err := newPicture()
	if err != nil {
		return err
	}
	storage, err := objectstore.New(context.Background(), objectstore.Options{
		Keys: objectstore.Permanent(map[string]string{accessKeyID: secretAccessKey}), Buckets: []string{results},
	})
	if err != nil {
		return err
	}
	s := newService(order.Latency, picture)
	var addresses remoteAddresses
	for _, x := range []struct {
		address *string
		handler http.Handler
	}{
		{&addresses.Service, s.handler()},
		{&addresses.Pictures, pictureHandler(picture)},
		{&addresses.Storage, storage},
		{&addresses.Control, s.controlHandler()},
	} {
		if *x.address, err = serve(x.handler); err != nil {
			return err
		}
	}
	if err := out.Encode(addresses); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, in)
	return err
}

// serve answers on a free port until the process ends, and returns the base URL.
func serve(handler http.Handler) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			panic(err) // The remote is of no use any more.
		}
	}()
	return "http://" + listener.Addr().String(), nil
}

// pictureHandler serves /small/<number> and /large/<number>, where a large picture is as large as the service takes it.
func pictureHandler(picture []byte) http.Handler {
	mux := http.NewServeMux()
	for name, size := range map[string]int{small: 0, large: ais.MaxPictureBytes} {
		mux.HandleFunc("GET /"+name+"/{number}", func(w http.ResponseWriter, r *http.Request) {
			number, err := strconv.ParseUint(r.PathValue("number"), 10, 64)
			if err != nil {
				http.NotFound(w, r)
				return
			}
			data := numbered(picture, number, size)
			w.Header().Set("Content-Type", "image/png")
			w.Header().Set("Content-Length", strconv.Itoa(len(data)))
			_, _ = w.Write(data) // nobody is left to be told
		})
	}
	return mux
}

// Sizes of pictures.
const (
	small = "small"
	large = "large"
)

// remote is the running remote as the bench sees it.
type remote struct {
	remoteAddresses
	process *child
}

func startRemote(ctx context.Context, latency time.Duration) (*remote, error) {
	r := &remote{}
	var err error
	// It outlives an interrupt, to be ended in order.
	r.process, err = startChild(context.WithoutCancel(ctx), roleRemote, remoteOrder{Latency: latency}, &r.remoteAddresses)
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (r *remote) stop() error { return r.process.end() }

// picture is the address of a picture of its own for each number.
func (r *remote) picture(size string, number int) string {
	return r.Pictures + "/" + size + "/" + strconv.Itoa(number)
}
