package main

import (
	"context"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/ais-operator/ais-operator/api/v1alpha1"
	"github.com/ais-operator/ais-operator/internal/controlplane"
)

// operatorNamespace is where the Secrets of ClusterConnections are; an installation brings it.
const operatorNamespace = "ais-system"

// startControlPlane starts kube-apiserver and etcd, installs the CRDs and writes a kubeconfig.
func (s *stage) startControlPlane(ctx context.Context) error {
	s.tell.say("starting kube-apiserver and etcd")
	plane, err := controlplane.Start()
	if err != nil {
		return err
	}
	s.onTearDown(plane.Stop)
	s.config = plane.Config
	s.kubeconfig = filepath.Join(s.temp, "kubeconfig")
	if err := os.WriteFile(s.kubeconfig, plane.Kubeconfig(), 0o600); err != nil {
		return err
	}
	if s.k8s, err = newClient(s); err != nil {
		return err
	}
	err = s.k8s.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: operatorNamespace}})
	if err == nil {
		s.tell.say("the control plane is ready")
	}
	return err
}

func newClient(s *stage) (client.WithWatch, error) {
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		return nil, err
	}
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	return client.NewWithWatch(s.config, client.Options{Scheme: scheme, FieldValidation: metav1.FieldValidationStrict})
}
