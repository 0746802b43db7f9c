package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// StatusConditions returns the conditions of the object, to be read and written in place.
func (o *Connection) StatusConditions() *[]metav1.Condition { return conditions(&o.Status.Conditions) }

// SetObservedGeneration says which generation status describes.
func (o *Connection) SetObservedGeneration(g int64) { o.Status.ObservedGeneration = g }

// StatusConditions returns the conditions of the object, to be read and written in place.
func (o *ClusterConnection) StatusConditions() *[]metav1.Condition {
	return conditions(&o.Status.Conditions)
}

// SetObservedGeneration says which generation status describes.
func (o *ClusterConnection) SetObservedGeneration(g int64) { o.Status.ObservedGeneration = g }

// StatusConditions returns the conditions of the object, to be read and written in place.
func (o *ImageAnalysis) StatusConditions() *[]metav1.Condition {
	return conditions(&o.Status.Conditions)
}

// SetObservedGeneration says which generation status describes.
func (o *ImageAnalysis) SetObservedGeneration(g int64) { o.Status.ObservedGeneration = g }

// Ledger returns the calls of the object and the count of its billed ones, to be read and written in place.
func (o *ImageAnalysis) Ledger() (calls *[]Call, billedTotal *int32) {
	return &o.Status.Calls, &o.Status.BilledTotal
}

// Policy returns how the object's runs are carried out.
func (o *ImageAnalysis) Policy() RunPolicy { return o.Spec.RunPolicy }

// ConnectionRef names the connection that the object uses.
func (o *ImageAnalysis) ConnectionRef() ConnectionReference { return o.Spec.ConnectionRef }

// StatusConditions returns the conditions of the object, to be read and written in place.
func (o *EnhancementJob) StatusConditions() *[]metav1.Condition {
	return conditions(&o.Status.Conditions)
}

// SetObservedGeneration says which generation status describes.
func (o *EnhancementJob) SetObservedGeneration(g int64) { o.Status.ObservedGeneration = g }

// Ledger returns the calls of the object and the count of its billed ones, to be read and written in place.
func (o *EnhancementJob) Ledger() (calls *[]Call, billedTotal *int32) {
	return &o.Status.Calls, &o.Status.BilledTotal
}

// Policy returns how the object's runs are carried out.
func (o *EnhancementJob) Policy() RunPolicy { return o.Spec.RunPolicy }

// ConnectionRef names the connection that the object uses.
func (o *EnhancementJob) ConnectionRef() ConnectionReference { return o.Spec.ConnectionRef }

func conditions(c *Conditions) *[]metav1.Condition { return (*[]metav1.Condition)(c) }
