package stock

import (
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

// Forget deletes what is kept of a backend's stock.
func Forget(tx *store.Tx, backend string) error { return ingredients.Delete(tx, backend) }

// Left is what a machine says is left. Next is the number of the journal's entry to come, where
// no cup was made meanwhile: then the levels are those after all cups before it. 0: they are not.
// Without levels the machine could not be asked.
type Left struct {
	Levels []device.Level
	Next   uint64
}
