package table

import (
	"fmt"
	"strconv"
	"time"

	"crema/connectors"
	"crema/queue"
	"crema/store"
)

// ReasonRefused is the checkpoint of an import of which records were refused.
const ReasonRefused = "import_refused"

// modelImport is what its checkpoint is about.
const modelImport = "import"

// ended takes part in the commit that ends the jobs of an import.
func (x *Exchange) ended(tx *store.Tx, b queue.Batch) error {
	id, found, err := importsByBatch.Get(tx, b.ID)
	if err != nil || !found {
		return err
	}
	i, err := x.GetImport(tx, id)
	if err != nil {
		return err
	}
	switch i.Ended = x.Now().UTC(); {
	case b.Failed > 0:
		i.State = Failed
	case i.Done < i.Records:
		i.State = Cancelled
	default:
		i.State = Done
	}
	if err := imports.Put(tx, id, i); err != nil {
		return err
	}
	if err := x.removeLater(tx, removeArgs{Import: id}, x.Keep); err != nil {
		return err
	}
	if t, err := x.table(i.Table, Table.Imports); err == nil && t.Ended != nil && i.Changed > 0 {
		if err := t.Ended(tx, i); err != nil {
			return err
		}
	}
	if i.Refused == 0 {
		return nil
	}
	_, err = x.Checkpoints.OpenCheckpoint(tx, connectors.Checkpoint{Model: modelImport, Record: strconv.FormatUint(id, 10), Reason: ReasonRefused, Message: fmt.Sprintf(
		"%d of the %d records of %s were refused, the others are in %s.\nImport %d has them with what is wrong, as a file, until %s: correct that, and import it.",
		i.Refused, i.Records, i.Name, i.Table, id, i.Ended.Add(x.Keep).Format(time.DateOnly))})
	return err
}
