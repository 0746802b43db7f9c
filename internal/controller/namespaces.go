package controller

import (
	"maps"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Restrict has the cache of the operator see the objects of some namespaces only. Of the operator's own namespace it sees the Secrets too, where those of
// ClusterConnections are, and nothing else. What is in no namespace, ClusterConnections and the labels of namespaces, it sees whole. With no namespaces
// named it sees everything, as it does without this.
func Restrict(o *cache.Options, namespaces []string, operator string) {
	if len(namespaces) == 0 {
		return
	}
	watched := map[string]cache.Config{}
	for _, name := range namespaces {
		watched[name] = cache.Config{}
	}
	secrets := maps.Clone(watched)
	secrets[operator] = cache.Config{}
	o.DefaultNamespaces = watched
	o.ByObject = map[client.Object]cache.ByObject{&corev1.Secret{}: {Namespaces: secrets}}
}
