package source

import (
	"context"
	"slices"
	"strings"

	"crema/queue"
	"crema/store"
	"crema/web"
)

type channels struct{ p *Parts }

func (s channels) List(context.Context) ([]web.Channel, error) {
	var list []web.Channel
	err := s.p.Store.View(func(tx *store.Tx) error {
		all, err := s.p.Queue.Channels(tx)
		for _, c := range all {
			line := web.Channel{Name: c.Name, Running: c.Running, Paused: c.Paused, PausedBy: c.PausedBy, Sequential: c.Sequential, Throttle: c.Throttle,
				NextStart: web.At(c.Next), BlockedBy: id(uint64(c.BlockedBy)), BlockedFor: c.BlockedFor, Jobs: map[string]int{}}
			if c.Capacity >= 0 {
				line.Capacity = &c.Capacity
			}
			for _, state := range queue.States() {
				line.Jobs[string(state)] = 0
			}
			list = append(list, line)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	counts := s.p.Queue.CountsByChannel()
	for i := range list {
		for name, states := range counts {
			if nearest(name, list) != list[i].Name {
				continue
			}
			for state, n := range states {
				list[i].Jobs[string(state)] += n
			}
		}
	}
	return list, nil
}

// nearest is the channel of the list that jobs of a channel count in: itself, else the nearest above it.
func nearest(name string, list []web.Channel) string {
	for name != "" && !slices.ContainsFunc(list, func(c web.Channel) bool { return c.Name == name }) {
		name = name[:max(strings.LastIndexByte(name, '.'), 0)]
	}
	return name
}

func (s channels) Pause(ctx context.Context, name string, paused bool) error {
	if err := s.p.Queue.PauseChannel(ctx, name, paused); err != nil {
		return asProblem(err)
	}
	s.p.Events.Publish(web.Event{Type: "channel", ID: web.ID(name)})
	return nil
}
