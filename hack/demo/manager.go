package main

import (
	"context"
	"net"
)

// startManager starts the operator.
func (s *stage) startManager(ctx context.Context) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", freePort)
	if err != nil {
		return err
	}
	probe := listener.Addr().String()
	if err := listener.Close(); err != nil {
		return err
	}
	p, err := s.run(ctx, "manager", s.manager, []string{"KUBECONFIG=" + s.kubeconfig},
		"--allow-cidrs=127.0.0.0/8", "--metrics-bind-address=0", "--health-probe-bind-address="+probe,
		"--operator-namespace="+operatorNamespace, "--zap-encoder=console")
	if err != nil {
		return err
	}
	if err := p.healthy(ctx, "http://"+probe+"/readyz"); err != nil {
		return err
	}
	s.tell.say("the manager is ready, log in %s", p.log)
	return nil
}
