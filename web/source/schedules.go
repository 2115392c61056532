package source

import (
	"context"

	"crema/queue"
	"crema/store"
	"crema/web"
)

func (p *Parts) schedules(context.Context) ([]web.Schedule, error) {
	var all []queue.ScheduleInfo
	err := p.Store.View(func(tx *store.Tx) (err error) {
		all, err = p.Queue.Schedules(tx)
		return err
	})
	list := make([]web.Schedule, 0, len(all))
	for _, i := range all {
		list = append(list, web.Schedule{Name: i.Name, Spec: i.Spec, Zone: i.Zone, Last: web.At(i.Last), Next: web.At(i.Next), Job: id(uint64(i.Job))})
	}
	return list, err
}
