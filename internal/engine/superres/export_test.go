package superres

// NewBank computes the weights for a scale, which Enlarge does once per process.
func NewBank(scale int) { newBank(scale) }
