// Package v1alpha1 holds the kinds of the API group ais-operator.io: Connection and ClusterConnection say which service is called and as whom,
// ImageAnalysis and EnhancementJob say what is to be done with one picture.
//
// +kubebuilder:object:generate=true
// +groupName=ais-operator.io
package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the group and version of every kind in this package.
var GroupVersion = schema.GroupVersion{Group: "ais-operator.io", Version: "v1alpha1"}

// AddToScheme registers the kinds of this package.
func AddToScheme(s *runtime.Scheme) error {
	s.AddKnownTypes(GroupVersion,
		&Connection{}, &ConnectionList{},
		&ClusterConnection{}, &ClusterConnectionList{},
		&ImageAnalysis{}, &ImageAnalysisList{},
		&EnhancementJob{}, &EnhancementJobList{},
	)
	metav1.AddToGroupVersion(s, GroupVersion)
	return nil
}
