package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/ais-operator/ais-operator/internal/engine/api"
	"github.com/ais-operator/ais-operator/internal/engine/iam"
)

// The patience of the server with its clients.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = time.Minute // of 12 MiB; an answer has its own limit, set when it is ready
	idleTimeout   = 2 * time.Minute
	maxHeader     = 128 << 10 // bytes, as the gateway's
	// drainTimeout bounds how long requests in flight may take to finish.
	drainTimeout = 2 * time.Minute
)

// Server is the engine.
type Server struct {
	cfg      Config
	api      http.Handler
	metrics  http.Handler
	draining atomic.Bool
}

// New makes a Server.
func New(cfg Config) (*Server, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	accounts, err := iam.New(iam.Config{File: cfg.Accounts, TokenLifetime: cfg.TokenLifetime, Clock: cfg.Clock})
	if err != nil {
		return nil, err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	service, err := api.New(api.Config{
		IAM: accounts, Workers: cfg.Workers, Queue: cfg.Queue, MaxMemory: cfg.MaxMemory,
		MaxOutputPixels: cfg.MaxOutputPixels, AllowCIDRs: cfg.AllowCIDRs, Logger: cfg.Logger, Metrics: registry,
	})
	if err != nil {
		return nil, err
	}
	return &Server{
		cfg: cfg, api: service.Handler(),
		metrics: promhttp.HandlerFor(registry, promhttp.HandlerOpts{}),
	}, nil
}

// Handler serves everything: the API, the identity service, GET /healthz and
// GET /metrics.
func (s *Server) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		read := r.Method == http.MethodGet || r.Method == http.MethodHead
		switch {
		case read && r.URL.Path == "/healthz":
			s.health(w)
		case read && r.URL.Path == "/metrics":
			s.metrics.ServeHTTP(w, r)
		default:
			s.api.ServeHTTP(w, r)
		}
	})
}

// health says whether the server wants new requests. It does not depend on load.
func (s *Server) health(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if s.draining.Load() {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "draining\n")
		return
	}
	_, _ = io.WriteString(w, "ok\n")
}

// Serve answers requests on the listener until ctx ends, and then drains: it
// reports that it is not ready for DrainDelay, accepts nothing more, and returns
// when the requests in flight are done. With a tls.Config it speaks HTTPS.
func (s *Server) Serve(ctx context.Context, listener net.Listener, secure *tls.Config) error {
	server := &http.Server{
		Handler:           s.Handler(),
		TLSConfig:         secure,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(s.cfg.Logger.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() {
		if secure != nil {
			ended <- server.ServeTLS(listener, "", "")
		} else {
			ended <- server.Serve(listener)
		}
	}()
	select {
	case err := <-ended:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	return s.drain(context.WithoutCancel(ctx), server, ended)
}

// drain ends the server without breaking off a request.
func (s *Server) drain(ctx context.Context, server *http.Server, ended <-chan error) error {
	s.draining.Store(true)
	s.cfg.Logger.InfoContext(ctx, "draining", "delay", s.cfg.DrainDelay)
	delay := time.NewTimer(s.cfg.DrainDelay)
	defer delay.Stop()
	select {
	case err := <-ended:
		return fmt.Errorf("serving while draining: %w", err)
	case <-delay.C:
	}
	ctx, cancel := context.WithTimeout(ctx, drainTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("requests were still in flight %s after the last was accepted: %w", drainTimeout, err), server.Close())
	}
	return nil
}
