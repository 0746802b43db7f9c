package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Decimal is a non-negative decimal number written as a string, such as "0.95", so that it reads back exactly as it was written.
//
// +kubebuilder:validation:Pattern=`^(0|[1-9][0-9]{0,3})(\.[0-9]{1,6})?$`
// +kubebuilder:validation:MaxLength=12
type Decimal string

// ConnectionKind is the kind of a connection.
//
// +kubebuilder:validation:Enum=Connection;ClusterConnection
type ConnectionKind string

// Kinds of connections.
const (
	// ConnectionKindNamespaced is a Connection in the object's own namespace.
	ConnectionKindNamespaced ConnectionKind = "Connection"
	// ConnectionKindCluster is a ClusterConnection that allows the object's namespace.
	ConnectionKindCluster ConnectionKind = "ClusterConnection"
)

// ConnectionReference names the connection that an object uses.
type ConnectionReference struct {
	// kind is Connection for one in the object's own namespace, or ClusterConnection for one that allows this namespace. Unset means Connection.
	// +optional
	// +kubebuilder:default=Connection
	Kind ConnectionKind `json:"kind,omitempty"`

	// name of the connection. Unset means "default".
	// +optional
	// +kubebuilder:default=default
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`
}

// ObjectStorageReference names one object in OBS. It is reached through the connection's OBS endpoint with the connection's access key.
type ObjectStorageReference struct {
	// bucket that holds the object.
	// +required
	// +kubebuilder:validation:MinLength=3
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9][a-z0-9.-]*[a-z0-9]$`
	Bucket string `json:"bucket,omitempty"`

	// key of the object in the bucket, at most 1024 bytes of UTF-8.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Key string `json:"key,omitempty"`
}

// ImageSource says where a picture comes from. Exactly one of its fields is set.
//
// +kubebuilder:validation:ExactlyOneOf=url;obs
type ImageSource struct {
	// url is the picture's address on the public network, http or https. Addresses of private networks are refused unless the operator was
	// started with --allow-cidrs or --allow-hosts for them.
	// +optional
	// +kubebuilder:validation:MinLength=8
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:Pattern=`^https?://[^\s]+$`
	URL string `json:"url,omitempty"`

	// obs is an object in OBS.
	// +optional
	OBS *ObjectStorageReference `json:"obs,omitempty"`
}

// UnknownOutcomePolicy says what happens after a call whose answer was lost.
//
// +kubebuilder:validation:Enum=RetryOnce;Fail
type UnknownOutcomePolicy string

// Policies for unknown outcomes.
const (
	// UnknownOutcomeRetryOnce makes the call once more; at worst it is billed twice.
	UnknownOutcomeRetryOnce UnknownOutcomePolicy = "RetryOnce"
	// UnknownOutcomeFail stalls the object; nothing is billed twice, and the result may be lost.
	UnknownOutcomeFail UnknownOutcomePolicy = "Fail"
)

// ReusePolicy says whose results a run may take over.
//
// +kubebuilder:validation:Enum=SameNamespace;Never
type ReusePolicy string

// Policies for reuse.
const (
	// ReuseSameNamespace takes over the result that another object of the namespace has for the same picture, operation and parameters at the same
	// endpoint.
	ReuseSameNamespace ReusePolicy = "SameNamespace"
	// ReuseNever calls for every object.
	ReuseNever ReusePolicy = "Never"
)

// RunPolicy says how a run is carried out. It changes no result, so that changing it starts no new run.
type RunPolicy struct {
	// maxAttempts bounds the calls of one operation that fail in a transient way, 1 to 100. Unset means 8. Calls that the service throttled do not
	// count.
	// +optional
	// +kubebuilder:default=8
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	MaxAttempts int32 `json:"maxAttempts,omitempty"`

	// unknownOutcome says what happens when a call was made and its answer was lost, for instance because the operator was killed:
	// RetryOnce calls once more, Fail stops and leaves the decision to you. Unset means RetryOnce.
	// +optional
	// +kubebuilder:default=RetryOnce
	UnknownOutcome UnknownOutcomePolicy `json:"unknownOutcome,omitempty"`

	// reuse says whether the result of another object is taken over, at no cost, where picture, operation, parameters and endpoint are the same:
	// SameNamespace takes it from a finished object of this namespace, and waits for one that is being called for; Never calls anew. Unset means
	// SameNamespace.
	// +optional
	// +kubebuilder:default=SameNamespace
	Reuse ReusePolicy `json:"reuse,omitempty"`

	// suspend holds the object back: no new call is made for it while true. A call in flight is finished and recorded. Unset means false.
	// +optional
	Suspend bool `json:"suspend,omitempty"` //nolint:kubeapilinter // A switch of the field's common form (Flux, CronJob): two states, for ever.
}

// Picture is what is known of a picture from its bytes.
type Picture struct {
	// sha256 of the bytes, in hexadecimal.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	SHA256 string `json:"sha256,omitempty"`

	// format as found in the first bytes: jpeg, png, bmp, webp or gif.
	// +optional
	// +kubebuilder:validation:MaxLength=16
	Format string `json:"format,omitempty"`

	// width in pixels.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Width int32 `json:"width,omitempty"`

	// height in pixels.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Height int32 `json:"height,omitempty"`

	// bytes is the size of the encoded picture.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Bytes int64 `json:"bytes,omitempty"`
}

// Conditions is the list of an object's conditions.
//
// +listType=map
// +listMapKey=type
// +kubebuilder:validation:MaxItems=8
type Conditions []metav1.Condition
