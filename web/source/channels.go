package source

import (
	"context"

	"crema/store"
	"crema/web"
)

type channels struct{ p *Parts }

func (s channels) List(context.Context) ([]web.Channel, error) {
	var list []web.Channel
	counts := s.p.Queue.CountsByChannel()
	err := s.p.Store.View(func(tx *store.Tx) error {
		all, err := s.p.Queue.Channels(tx)
		for _, c := range all {
			line := web.Channel{Name: c.Name, Running: c.Running, Paused: c.Paused, Jobs: map[string]int{}}
			if c.Capacity >= 0 {
				line.Capacity = &c.Capacity
			}
			for state, n := range counts[c.Name] {
				line.Jobs[string(state)] = n
			}
			list = append(list, line)
		}
		return err
	})
	return list, err
}

func (s channels) Pause(ctx context.Context, name string, paused bool) error {
	if err := s.p.Queue.PauseChannel(ctx, name, paused); err != nil {
		return asProblem(err)
	}
	s.p.Events.Publish(web.Event{Type: "channel", ID: web.ID(name)})
	return nil
}
