package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Delivery says how the picture gets to the service.
//
// +kubebuilder:validation:Enum=Auto;URL;Inline
type Delivery string

// Ways of delivery.
const (
	// DeliveryAuto means Inline when the operator can read the picture and it fits into a call (7.5 MB), else URL.
	DeliveryAuto Delivery = "Auto"
	// DeliveryURL means that the service fetches the picture itself; the operator neither fetches nor resolves the address.
	DeliveryURL Delivery = "URL"
	// DeliveryInline means that the operator reads the picture, checks it and sends it.
	DeliveryInline Delivery = "Inline"
)

// ImageAnalysisSpec says what is to be found out about one picture.
//
// +kubebuilder:validation:XValidation:rule="has(self.tagging) || has(self.recapture)",message="at least one of tagging and recapture must be set"
type ImageAnalysisSpec struct {
	// connectionRef names the connection. Unset means the Connection named "default" in the object's namespace.
	// +optional
	// +kubebuilder:default={kind: Connection, name: default}
	ConnectionRef ConnectionReference `json:"connectionRef,omitempty,omitzero"`

	// image is the picture.
	// +required
	Image ImageSource `json:"image,omitzero"`

	// delivery says how the picture gets to the service. Unset means Auto.
	// +optional
	// +kubebuilder:default=Auto
	Delivery Delivery `json:"delivery,omitempty"`

	// tagging asks for tags.
	// +optional
	Tagging *Tagging `json:"tagging,omitempty"`

	// recapture asks whether the picture is an original or was photographed from a screen or print.
	// +optional
	Recapture *Recapture `json:"recapture,omitempty"`

	// runPolicy says how the run is carried out.
	// +optional
	// +kubebuilder:default={}
	RunPolicy RunPolicy `json:"runPolicy,omitempty,omitzero"`
}

// Language of tags.
//
// +kubebuilder:validation:Enum=zh;en
type Language string

// Tagging holds the parameters of image tagging (V2). What is unset is not sent, so that the service's defaults hold.
//
// +kubebuilder:validation:XValidation:rule="!has(self.threshold) || double(self.threshold) <= 100.0",message="threshold must be between 0 and 100"
type Tagging struct {
	// language of the tags: zh or en. Unset means the service's default, zh.
	// +optional
	Language Language `json:"language,omitempty"`

	// threshold of the confidence below which tags are left out, "0" to "100". Unset means the service's default, 60.
	// +optional
	Threshold *Decimal `json:"threshold,omitempty"`

	// limit of the number of tags, 1 to 150. Unset means the service's own.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=150
	Limit *int32 `json:"limit,omitempty"`
}

// RecaptureScene names one thing that recapture detection looks for.
//
// +kubebuilder:validation:Enum=recapture
type RecaptureScene string

// Recapture holds the parameters of recapture detection. What is unset is not sent, so that the service's defaults hold.
//
// +kubebuilder:validation:XValidation:rule="!has(self.threshold) || double(self.threshold) <= 1.0",message="threshold must be between 0 and 1"
type Recapture struct {
	// threshold from which a verdict is given, "0" to "1". Unset means the service's default, 0.95.
	// +optional
	Threshold *Decimal `json:"threshold,omitempty"`

	// scenes to look for. Unset means all that the service knows.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	Scenes []RecaptureScene `json:"scenes,omitempty"`
}

// TaggingResult is what image tagging found.
type TaggingResult struct {
	// tags in the order of the service, at most 150.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=150
	Tags []Tag `json:"tags,omitempty"`
}

// Tag is one thing found in the picture.
type Tag struct {
	// name in the language that was asked for.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Name string `json:"name,omitempty"`

	// names in all languages that the service gave.
	// +optional
	Names TagNames `json:"names,omitempty,omitzero"`

	// type of the tag as the service names it, such as object, scene or concept.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Type string `json:"type,omitempty"`

	// confidence from "0" to "100".
	// +optional
	Confidence Decimal `json:"confidence,omitempty"`

	// boxes around the instances found, at most 20.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=20
	Boxes []Box `json:"boxes,omitempty"` //nolint:kubeapilinter // A box has no field that the service must give.

	// omittedBoxes is the number of boxes beyond those in boxes.
	// +optional
	// +kubebuilder:validation:Minimum=0
	OmittedBoxes int32 `json:"omittedBoxes,omitempty"`
}

// TagNames are the names of a tag.
type TagNames struct {
	// en is the English name.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	EN string `json:"en,omitempty"`

	// zh is the Chinese name.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	ZH string `json:"zh,omitempty"`
}

// Box is a rectangle in the picture, in pixels from its upper left corner. What the service left out is empty.
type Box struct {
	// left is the distance of the left edge from that corner.
	// +optional
	Left Decimal `json:"left,omitempty"`

	// top is the distance of the upper edge from that corner.
	// +optional
	Top Decimal `json:"top,omitempty"`

	// width of the rectangle.
	// +optional
	Width Decimal `json:"width,omitempty"`

	// height of the rectangle.
	// +optional
	Height Decimal `json:"height,omitempty"`

	// confidence of this instance, "0" to "100".
	// +optional
	Confidence Decimal `json:"confidence,omitempty"`
}

// Verdict of recapture detection.
//
// +kubebuilder:validation:Enum=Original;Recaptured;Uncertain
type Verdict string

// Verdicts of recapture detection.
const (
	VerdictOriginal   Verdict = "Original"
	VerdictRecaptured Verdict = "Recaptured"
	VerdictUncertain  Verdict = "Uncertain"
)

// RecaptureResult is what recapture detection found.
type RecaptureResult struct {
	// verdict is Original, Recaptured or Uncertain.
	// +required
	Verdict Verdict `json:"verdict,omitempty"`

	// category of the forgery as the service names it. Empty for an original.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Category string `json:"category,omitempty"`

	// score of the verdict, "0" to "1".
	// +optional
	Score Decimal `json:"score,omitempty"`

	// details by label, at most 16.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	Details []RecaptureDetail `json:"details,omitempty"`
}

// RecaptureDetail is the confidence of one label.
type RecaptureDetail struct {
	// label as the service names it, such as original or recapture.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	Label string `json:"label,omitempty"`

	// confidence from "0" to "1".
	// +optional
	Confidence Decimal `json:"confidence,omitempty"`
}

// ImageAnalysisStatus is what was found out.
type ImageAnalysisStatus struct {
	// observedGeneration is the generation that status describes. -1 means that no controller has seen the object yet.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// conditions of the object. Ready is True once every result asked for is here.
	// +optional
	Conditions Conditions `json:"conditions,omitempty"`

	// summary of the results in one line.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	Summary string `json:"summary,omitempty"`

	// image is what is known of the picture. Empty when the service fetched it.
	// +optional
	Image *Picture `json:"image,omitempty"`

	// tagging is the result of image tagging.
	// +optional
	Tagging *TaggingResult `json:"tagging,omitempty"`

	// recapture is the result of recapture detection.
	// +optional
	Recapture *RecaptureResult `json:"recapture,omitempty"`

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

// ImageAnalysis finds out about one picture: its tags, and whether it was recaptured.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=ia,categories=ais,path=imageanalyses
// +kubebuilder:selectablefield:JSONPath=`.spec.connectionRef.name`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Summary",type=string,JSONPath=`.status.summary`
// +kubebuilder:printcolumn:name="Calls",type=integer,JSONPath=`.status.billedTotal`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Reason",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
type ImageAnalysis struct {
	metav1.TypeMeta `json:",inline"`

	// metadata of the object.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// spec says what is to be found out.
	// +required
	Spec ImageAnalysisSpec `json:"spec,omitzero"`

	// status is written by the controller.
	// +optional
	// +kubebuilder:default:={"observedGeneration":-1}
	Status ImageAnalysisStatus `json:"status,omitempty,omitzero"`
}

// ImageAnalysisList is a list of image analyses.
//
// +kubebuilder:object:root=true
type ImageAnalysisList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	// items of the list.
	Items []ImageAnalysis `json:"items"`
}
