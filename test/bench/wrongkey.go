package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
)

// wrongKey lets objects meet a connection whose password the service refuses, restarts the manager among them, and counts. While nothing should
// happen there, the loops have the machine for themselves.
func (b *bench) wrongKey(ctx context.Context) error {
	const ns = "wrongkey"
	if err := b.lockOut(ctx, ns); err != nil {
		return err
	}
	started := time.Now()
	if _, _, err := b.quiet(ctx); err != nil {
		return err
	}
	if err := b.loops(ctx); err != nil {
		return err
	}
	if err := b.startManager(ctx); err != nil {
		return err
	}
	if err := b.probe(ctx); err != nil {
		return err
	}
	if err := pause(ctx, max(b.settleTime(), b.watch-time.Since(started))); err != nil {
		return err
	}
	t, err := b.remote.command(ctx, read)
	if err != nil {
		return err
	}
	note := fmt.Sprintf("%d objects, watched for %d s with a restart", b.objects, int(time.Since(started).Seconds()))
	b.add(
		figure{Name: "wrong key: authentications", Value: float64(t.Calls[opLogIn]), Target: new(1.0), Unit: "requests", Note: note},
		figure{Name: "wrong key: billed calls", Value: float64(t.tagged()), Target: new(0.0), Unit: "calls"},
	)
	return nil
}

// lockOut creates objects whose connection has a wrong password.
func (b *bench) lockOut(ctx context.Context, ns string) error {
	if err := b.namespace(ctx, ns); err != nil {
		return err
	}
	if _, err := b.remote.command(ctx, reset); err != nil {
		return err
	}
	password := &v1alpha1.PasswordCredentials{SecretRef: v1alpha1.SecretReference{Name: secretName}}
	if err := b.connect(ctx, ns, v1alpha1.Credentials{Password: password}); err != nil {
		return err
	}
	if err := b.secret(ctx, ns, map[string]string{"username": "bench", "password": "wrong", "domainName": "bench"}); err != nil {
		return err
	}
	if err := b.startManager(ctx); err != nil {
		return err
	}
	if err := b.createAnalyses(ctx, ns, b.objects); err != nil {
		return err
	}
	return b.waitRefused(ctx, ns)
}

// waitRefused waits until a connection says that its credentials were refused. A manager that is stopped before that has not told the next one.
func (b *bench) waitRefused(ctx context.Context, ns string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errors.New("nobody tried the wrong password: there is nothing to count"))
	defer cancel()
	connection := &v1alpha1.Connection{}
	for connection.Status.Gate == nil {
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
		if err := b.k8s.Get(ctx, client.ObjectKey{Namespace: ns, Name: connectionName}, connection); err != nil {
			return err
		}
	}
	return nil
}
