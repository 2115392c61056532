package coffee

import (
	"context"
	"slices"

	"crema/device"
	"crema/store"
)

// ingredient is what a machine tells of one that it has.
type ingredient struct {
	ID       int         `json:"id"`
	Name     string      `json:"name"`
	Capacity int64       `json:"capacity"`
	Unit     device.Unit `json:"unit"`
}

// ingredients are those that a backend's machine told last.
var ingredients = store.NewBucket[string, []ingredient]("coffee.ingredients", store.StringKey())

func ingredientsOf(levels []device.Level) (list []ingredient) {
	for _, l := range levels {
		list = append(list, ingredient{ID: l.ID, Name: l.Name, Capacity: l.Capacity, Unit: l.Unit})
	}
	return list
}

func sameIngredients(a, b []ingredient) bool { return slices.Equal(a, b) }

// leftover is what a machine says is left. next is the number of the journal's entry to
// come, where no cup was made meanwhile: then the levels are those after all cups before
// it. 0: they are not.
type leftover struct {
	levels []device.Level
	next   uint64
}

// readLeft reads the cups and then the levels. From a machine that can't be asked now
// nothing is left over: what cups used is sent all the same.
func (b *Backend) readLeft(ctx context.Context) (left leftover) {
	err := b.link.Do(ctx, device.PriorityNormal, func(ctx context.Context, m device.Machine) error {
		if err := b.pollCups(ctx, m); err != nil {
			return err
		}
		before, err := m.Status(ctx)
		if err != nil {
			return err
		}
		levels, err := m.Levels(ctx)
		if err != nil {
			return err
		}
		after, err := m.Status(ctx)
		if err != nil {
			return err
		}
		left = leftover{levels: levels}
		if before.State != device.StateBrewing && after.State != device.StateBrewing && before.Next == after.Next {
			left.next = after.Next
		}
		b.show(func(s *Snapshot) { s.Levels = levels })
		return nil
	})
	if err != nil {
		b.log.Debug("read what is left", "error", err)
	}
	return left
}
