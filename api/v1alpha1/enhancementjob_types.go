package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// EnhancementJobSpec says how one picture is enhanced and where the result goes.
//
// +kubebuilder:validation:ExactlyOneOf=darkEnhance;defog;superResolution
type EnhancementJobSpec struct {
	// connectionRef names the connection. Unset means the Connection named "default" in the object's namespace.
	// +optional
	// +kubebuilder:default={kind: Connection, name: default}
	ConnectionRef ConnectionReference `json:"connectionRef,omitempty,omitzero"`

	// image is the picture. The operator reads it and sends it, for the service's enhancement takes no addresses.
	// +required
	Image ImageSource `json:"image,omitzero"`

	// darkEnhance brightens the dark parts of a picture.
	// +optional
	DarkEnhance *DarkEnhance `json:"darkEnhance,omitempty"`

	// defog removes haze from a picture.
	// +optional
	Defog *Defog `json:"defog,omitempty"`

	// superResolution enlarges a picture.
	// +optional
	SuperResolution *SuperResolution `json:"superResolution,omitempty"`

	// output says where the enhanced picture is stored.
	// +required
	Output Output `json:"output,omitzero"`

	// runPolicy says how the run is carried out.
	// +optional
	// +kubebuilder:default={}
	RunPolicy RunPolicy `json:"runPolicy,omitempty,omitzero"`
}

// DarkEnhance holds the parameters of dark enhancement. What is unset is not sent, so that the service's defaults hold.
//
// +kubebuilder:validation:XValidation:rule="!has(self.brightness) || double(self.brightness) <= 1.0",message="brightness must be between 0 and 1"
type DarkEnhance struct {
	// brightness of the result, "0" to "1"; a larger value is brighter. Unset means the service's default, 0.9.
	// +optional
	Brightness *Decimal `json:"brightness,omitempty"`
}

// Defog holds the parameters of haze removal. What is unset is not sent, so that the service's defaults hold.
//
// +kubebuilder:validation:XValidation:rule="!has(self.gamma) || (double(self.gamma) >= 0.1 && double(self.gamma) <= 10.0)",message="gamma must be between 0.1 and 10"
type Defog struct {
	// gamma correction, "0.1" to "10". Unset means the service's default, 1.5.
	// +optional
	Gamma *Decimal `json:"gamma,omitempty"`

	// naturalLook keeps the picture's natural look; false removes more haze and may look unnatural. Unset means the service's default, true.
	// +optional
	NaturalLook *bool `json:"naturalLook,omitempty"` //nolint:kubeapilinter // A boolean parameter of the service.
}

// SuperResolutionModel names an algorithm of the service.
//
// +kubebuilder:validation:Enum=ESPCN;SRCNN
type SuperResolutionModel string

// SuperResolution holds the parameters of the enlargement. What is unset is not sent, so that the service's defaults hold.
type SuperResolution struct {
	// scale by which width and height grow, 3 or 4. Unset means the service's default, 3.
	// +optional
	// +kubebuilder:validation:Minimum=3
	// +kubebuilder:validation:Maximum=4
	Scale *int32 `json:"scale,omitempty"`

	// model of the service: ESPCN or SRCNN. Unset means the service's default, ESPCN.
	// +optional
	Model SuperResolutionModel `json:"model,omitempty"`
}

// Output says where the enhanced picture is stored.
type Output struct {
	// obs is the place in the object storage.
	// +required
	OBS OutputObject `json:"obs,omitzero"`
}

// OutputObject is the place of an output in OBS.
type OutputObject struct {
	// bucket that holds the output. It must exist.
	// +required
	// +kubebuilder:validation:MinLength=3
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9][a-z0-9.-]*[a-z0-9]$`
	Bucket string `json:"bucket,omitempty"`

	// key of the output. Unset means <namespace>/<name>-<first 12 digits of the input hash>. An object that is there and was not written for this
	// job is never overwritten.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Key string `json:"key,omitempty"`
}

// StoredPicture is an output in OBS.
type StoredPicture struct {
	Picture `json:",inline"`

	// bucket that holds the output.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Bucket string `json:"bucket,omitempty"`

	// key of the output.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	Key string `json:"key,omitempty"`

	// url of the output without any signature; reading it needs permission on the bucket.
	// +optional
	// +kubebuilder:validation:MaxLength=4096
	URL string `json:"url,omitempty"`

	// etag that the storage gave.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	ETag string `json:"etag,omitempty"`
}

// EnhancementJobStatus is what became of the job.
type EnhancementJobStatus struct {
	// observedGeneration is the generation that status describes. -1 means that no controller has seen the object yet.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// conditions of the object. Ready is True once the output is stored.
	// +optional
	Conditions Conditions `json:"conditions,omitempty"`

	// summary of the result in one line.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	Summary string `json:"summary,omitempty"`

	// input is what is known of the picture that was enhanced.
	// +optional
	Input *Picture `json:"input,omitempty"`

	// output is the stored picture.
	// +optional
	Output *StoredPicture `json:"output,omitempty"`

	// billedTotal counts all calls in the object's life that were, or may have been, billed.
	// +optional
	// +kubebuilder:default=0
	// +kubebuilder:validation:Minimum=0
	BilledTotal int32 `json:"billedTotal"` //nolint:kubeapilinter // 0 is worth showing: the object has cost nothing.

	// calls is the ledger, one entry for each operation.
	// +optional
	// +listType=map
	// +listMapKey=operation
	// +kubebuilder:validation:MaxItems=8
	Calls []Call `json:"calls,omitempty"`
}

// EnhancementJob enhances one picture and stores the result in OBS.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=ej,categories=ais
// +kubebuilder:selectablefield:JSONPath=`.spec.connectionRef.name`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Summary",type=string,JSONPath=`.status.summary`
// +kubebuilder:printcolumn:name="Calls",type=integer,JSONPath=`.status.billedTotal`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Output",type=string,priority=1,JSONPath=`.status.output.url`
// +kubebuilder:printcolumn:name="Reason",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
type EnhancementJob struct {
	metav1.TypeMeta `json:",inline"`

	// metadata of the object.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec says how the picture is enhanced.
	// +required
	Spec EnhancementJobSpec `json:"spec,omitzero"`

	// status is written by the controller.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status EnhancementJobStatus `json:"status,omitempty,omitzero"`
}

// EnhancementJobList is a list of enhancement jobs.
//
// +kubebuilder:object:root=true
type EnhancementJobList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	// items of the list.
	Items []EnhancementJob `json:"items"`
}
