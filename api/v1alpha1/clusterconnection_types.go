package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ClusterConnectionSpec says which service is called, as whom, and for whom.
type ClusterConnectionSpec struct {
	ConnectionSpec `json:",inline"`

	// allowedNamespaces may use this connection. Unset means none.
	// +optional
	AllowedNamespaces *AllowedNamespaces `json:"allowedNamespaces,omitempty"`

	// allowedObjects are the objects in OBS that may be named through this connection, at most 64 rules. Unset means none.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	AllowedObjects []AllowedObjects `json:"allowedObjects,omitempty"`
}

// AllowedNamespaces selects namespaces; one is allowed when names or selector says so.
type AllowedNamespaces struct {
	// names of namespaces, at most 256.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=256
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=63
	Names []string `json:"names,omitempty"`

	// selector on the labels of namespaces. An empty selector selects every namespace.
	// +optional
	Selector *metav1.LabelSelector `json:"selector,omitempty"`
}

// ObjectAccess says what may be done with an object in OBS.
//
// +kubebuilder:validation:Enum=Read;ReadWrite
type ObjectAccess string

// Kinds of access.
const (
	// ObjectAccessRead allows the object as an input.
	ObjectAccessRead ObjectAccess = "Read"
	// ObjectAccessReadWrite allows the object as an input and as an output.
	ObjectAccessReadWrite ObjectAccess = "ReadWrite"
)

// AllowedObjects allows the objects of one bucket below one prefix.
type AllowedObjects struct {
	// bucket that holds the objects.
	// +required
	// +kubebuilder:validation:MinLength=3
	// +kubebuilder:validation:MaxLength=63
	Bucket string `json:"bucket,omitempty"`

	// prefix that the objects' keys begin with; {namespace} in it stands for the namespace of the object that asks. What follows it must be
	// a character that no namespace's name has, such as a slash, or namespace "shop" could name what is that of "shop-2". Unset means every key.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:XValidation:rule="!self.matches('[{]namespace[}]([a-z0-9-]|$)')",message="{namespace} must be followed by a character that no namespace's name has, such as a slash"
	Prefix string `json:"prefix,omitempty"`

	// access that is allowed. Unset means Read.
	// +optional
	// +kubebuilder:default=Read
	Access ObjectAccess `json:"access,omitempty"`
}

// ClusterConnection says which service objects of the allowed namespaces call, and as whom. Its Secret is in the operator's namespace.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Cluster,shortName=cconn,categories=ais
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Region",type=string,JSONPath=`.spec.region`
// +kubebuilder:printcolumn:name="Calls Today",type=integer,JSONPath=`.status.callsToday.calls`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
type ClusterConnection struct {
	metav1.TypeMeta `json:",inline"`

	// metadata of the object.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec says which service is called, as whom, and for whom.
	// +required
	Spec ClusterConnectionSpec `json:"spec,omitzero"`

	// status is written by the controller.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status ConnectionStatus `json:"status,omitempty,omitzero"`
}

// ClusterConnectionList is a list of cluster connections.
//
// +kubebuilder:object:root=true
type ClusterConnectionList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	// items of the list.
	Items []ClusterConnection `json:"items"`
}
