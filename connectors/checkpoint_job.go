package connectors

import (
	"fmt"

	"crema/queue"
	"crema/store"
)

// ReasonParkedJob is the checkpoint of a job that was parked, ModelJob its model; the
// record is the job's id.
const (
	ReasonParkedJob = "parked_job"
	ModelJob        = "job"
)

// TellParked opens a checkpoint about a job that ended together with the program too
// often (queue.Config.OnParked).
func (c *Checkpoints) TellParked(tx *store.Tx, job queue.Info) error {
	_, err := c.OpenCheckpoint(tx, Checkpoint{
		Backend: job.Backend, Model: ModelJob, Record: job.ID.String(), Reason: ReasonParkedJob,
		Message: fmt.Sprintf("Job %s (%s) was cut off together with the program several times in a row. It is tried alone, less and less often; start it by hand to try it at once.", job.ID, job.Description)})
	return err
}
