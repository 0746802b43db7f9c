package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ConnectionSpec says which service is called and as whom. Connection and ClusterConnection share it.
type ConnectionSpec struct {
	// region gives every endpoint that is not set, as https://<service>.<region>.myhuaweicloud.com, and the name of the project when project is
	// unset. Any name will do where all endpoints are set.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`
	Region string `json:"region,omitempty"`

	// endpoints replace the addresses that follow from region, each on its own. Plain http is used only where it is written here.
	// +optional
	Endpoints *Endpoints `json:"endpoints,omitempty"`

	// obs says how the object storage is addressed.
	// +optional
	OBS *ObjectStorageOptions `json:"obs,omitempty"`

	// project that is billed. Unset means the project that has the region's name.
	// +optional
	Project *Project `json:"project,omitempty"`

	// credentials of the caller. Secrets are referred to, never written here.
	// +required
	Credentials Credentials `json:"credentials,omitzero"`

	// tls of all endpoints of this connection.
	// +optional
	TLS *TLSOptions `json:"tls,omitempty"`

	// limits toward the service. Unset means the defaults of its fields.
	// +optional
	Limits *Limits `json:"limits,omitempty"`

	// budget bounds the billed calls per UTC day. When it is used up, objects wait with reason BudgetExhausted. Unset means no limit.
	// +optional
	Budget *Budget `json:"budget,omitempty"`

	// suspend stops all new calls through this connection while true. Objects wait with reason Suspended. Unset means false.
	// +optional
	Suspend bool `json:"suspend,omitempty"` //nolint:kubeapilinter // A switch of the field's common form (Flux, CronJob): two states, for ever.
}

// Endpoints are base addresses without a path.
type Endpoints struct {
	// imageRecognition is the address of the Image Recognition service or of an engine that speaks its API.
	// +optional
	ImageRecognition Endpoint `json:"imageRecognition,omitempty"`

	// iam is the address of the identity service that gives tokens and lists projects.
	// +optional
	IAM Endpoint `json:"iam,omitempty"`

	// obs is the address of the object storage.
	// +optional
	OBS Endpoint `json:"obs,omitempty"`
}

// Endpoint is an address of the form https://host[:port]; http:// is accepted and is not encrypted.
//
// +kubebuilder:validation:MinLength=8
// +kubebuilder:validation:MaxLength=512
// +kubebuilder:validation:Pattern=`^https?://[^/?#\s@]+/?$`
type Endpoint string

// ObjectStorageOptions say how the object storage is addressed.
type ObjectStorageOptions struct {
	// pathStyle puts the bucket into the path instead of the host name. OBS itself may refuse it; other S3 servers may need it. Unset means
	// false.
	// +optional
	PathStyle bool `json:"pathStyle,omitempty"` //nolint:kubeapilinter // Two styles exist in the S3 protocol.
}

// Project names the project that is billed, by its name or its ID.
//
// +kubebuilder:validation:ExactlyOneOf=name;id
type Project struct {
	// name of the project, such as ap-southeast-1. Its ID is looked up.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9_-]+$`
	Name string `json:"name,omitempty"`

	// id of the project, 32 hexadecimal digits at the hosted service.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9_-]+$`
	ID string `json:"id,omitempty"`
}

// Credentials of the caller. Exactly one of its fields is set.
//
// +kubebuilder:validation:ExactlyOneOf=accessKey;password;oidc;podIdentity
type Credentials struct {
	// accessKey signs every request with an access key.
	// +optional
	AccessKey *AccessKeyCredentials `json:"accessKey,omitempty"`

	// password obtains a token for the name and password of an IAM user, and with it temporary access keys for the object storage.
	// +optional
	Password *PasswordCredentials `json:"password,omitempty"`

	// oidc obtains a token for an identity of the cluster, without any Secret (OpenID Connect), and with it temporary access keys for the
	// object storage.
	// +optional
	OIDC *OIDCCredentials `json:"oidc,omitempty"`

	// podIdentity signs with temporary access keys that the operator's own pod is given (CCE Pod Identity). It is for ClusterConnections only.
	// +optional
	PodIdentity *PodIdentityCredentials `json:"podIdentity,omitempty"`
}

// AccessKeyCredentials are an access key (AK/SK).
type AccessKeyCredentials struct {
	// secretRef names a Secret with the keys accessKeyId and secretAccessKey, and securityToken for a temporary access key.
	// +required
	SecretRef SecretReference `json:"secretRef,omitzero"`
}

// PasswordCredentials are the name and password of an IAM user.
type PasswordCredentials struct {
	// secretRef names a Secret with the keys username, password and domainName. domainName is the name of the account.
	// +required
	SecretRef SecretReference `json:"secretRef,omitzero"`
}

// OIDCCredentials are an identity of the cluster that IAM trusts.
type OIDCCredentials struct {
	// identityProvider is the name of the identity provider in IAM that stands for this cluster.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9_-]+$`
	IdentityProvider string `json:"identityProvider,omitempty"`

	// audience of the ID tokens: the client ID that the identity provider expects.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	Audience string `json:"audience,omitempty"`

	// serviceAccountRef names the ServiceAccount whose identity is used. Its annotation ais-operator.io/audience has to name the audience: its
	// owner thereby agrees that the operator obtains tokens of it.
	// +required
	ServiceAccountRef ServiceAccountReference `json:"serviceAccountRef,omitzero"`
}

// AudienceAnnotation is the annotation by which the owner of a ServiceAccount agrees that the operator obtains tokens of it for one audience. Without
// it whoever may create a Connection could have tokens of any ServiceAccount of the namespace sent to an address of their own.
const AudienceAnnotation = "ais-operator.io/audience"

// ServiceAccountReference names a ServiceAccount in the connection's own namespace; a ClusterConnection's is in the operator's namespace.
type ServiceAccountReference struct {
	// name of the ServiceAccount.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`
}

// PodIdentityCredentials have no fields: the identity is that of the operator's pod.
type PodIdentityCredentials struct{}

// SecretReference names a Secret in the connection's own namespace; a ClusterConnection's is in the operator's namespace.
type SecretReference struct {
	// name of the Secret.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`
	Name string `json:"name,omitempty"`
}

// TLSOptions of the endpoints.
type TLSOptions struct {
	// caBundle holds PEM certificates that are trusted beside the system's.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1048576
	CABundle []byte `json:"caBundle,omitempty"`
}

// ConnectionStatus is what is known of a connection.
type ConnectionStatus struct {
	// observedGeneration is the generation that status describes. -1 means that no controller has seen the object yet.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// conditions of the object. Ready is True once the service took the credentials and its endpoint answered.
	// +optional
	Conditions Conditions `json:"conditions,omitempty"`

	// projectID of the project that is billed.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	ProjectID string `json:"projectID,omitempty"`

	// credentialsVersion identifies the Secret's UID and version that conditions describe.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	CredentialsVersion string `json:"credentialsVersion,omitempty"`

	// verified identifies the endpoints, the project, the credentials and the content of the Secret that the service has accepted. As long as they are
	// those of spec and Secret, the service is not asked again.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Verified string `json:"verified,omitempty"`

	// gate holds all objects back while it is set.
	// +optional
	Gate *Gate `json:"gate,omitempty"`

	// operationGates hold the objects of single operations back, at most 8.
	// +optional
	// +listType=map
	// +listMapKey=operation
	// +kubebuilder:validation:MaxItems=8
	OperationGates []OperationGate `json:"operationGates,omitempty"`

	// recentLogins are the log-ins, or signed checks, that are not known to have succeeded, at most 3. Each is written before it is made, so that not
	// even a process that is killed repeats them fast.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=3
	RecentLogins []Login `json:"recentLogins,omitempty"`

	// callsToday counts the billed calls of the present UTC day. It is written every 10 seconds at most.
	// +optional
	CallsToday *CallsToday `json:"callsToday,omitempty"`
}

// Login is one try of the credentials.
type Login struct {
	// at is when it was made.
	// +required
	At metav1.MicroTime `json:"at,omitempty"`

	// account tells the tries of one account from those of another. It is part of a hash of the user's and the account's name, or of the ID of the
	// access key.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	Account string `json:"account,omitempty"`

	// lockedUntil is when the account may be tried again after the service said that it is locked. Unset means that it did not say so.
	// +optional
	LockedUntil *metav1.Time `json:"lockedUntil,omitempty"`
}

// Connection says which service objects of its namespace call, and as whom.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=conn,categories=ais
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Region",type=string,JSONPath=`.spec.region`
// +kubebuilder:printcolumn:name="Calls Today",type=integer,JSONPath=`.status.callsToday.calls`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
type Connection struct {
	metav1.TypeMeta `json:",inline"`

	// metadata of the object.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec says which service is called and as whom.
	// +kubebuilder:validation:XValidation:rule="!has(self.credentials.podIdentity)",message="podIdentity is the operator's own identity: an administrator uses it in a ClusterConnection"
	// +required
	Spec ConnectionSpec `json:"spec,omitzero"`

	// status is written by the controller.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status ConnectionStatus `json:"status,omitempty,omitzero"`
}

// ConnectionList is a list of connections.
//
// +kubebuilder:object:root=true
type ConnectionList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	// items of the list.
	Items []Connection `json:"items"`
}
