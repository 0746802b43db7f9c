package enhancementjob

import (
	"context"
	"fmt"

	"github.com/ais-operator/ais-operator/internal/obs"
)

// takenError is that something else than an output of the job is at its place.
type takenError struct{ bucket, key string }

// Error says what to do.
func (e *takenError) Error() string {
	return fmt.Sprintf("object %q in bucket %q was not written for this job and is not overwritten; choose another spec.output.obs.key", e.key, e.bucket)
}

// look returns the metadata of the job's own output, nil if there is nothing at its place, or a *takenError.
func (p place) look(ctx context.Context, storage *obs.Client) (map[string]string, error) {
	head, err := storage.Head(ctx, p.bucket, p.key)
	switch {
	case obs.KindOf(err) == obs.KindNotFound:
		return nil, nil
	case err != nil:
		return nil, err
	case !p.owns(head.Metadata):
		return nil, &takenError{p.bucket, p.key}
	}
	return head.Metadata, nil
}
