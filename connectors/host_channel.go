package connectors

import (
	"strings"

	"crema/queue"
	"crema/store"
)

// Channels adds to the configured channels those that backends have to themselves, each
// with one place; one that is configured is left as it is.
func (h *Host) Channels(configured string) (string, error) {
	all := []string{configured}
	err := h.Store.View(func(tx *store.Tx) error {
		list, err := Backends{}.List(tx)
		for _, b := range list {
			if c, name := h.channelOf(b); name != "" && !queue.Declares(configured, name) {
				all = append(all, c.channelItem(name))
			}
		}
		return err
	})
	return strings.Join(all, ","), err
}

// ownChannel gives a backend the channel that its jobs have to themselves.
func (h *Host) ownChannel(tx *store.Tx, b Backend) error {
	c, name := h.channelOf(b)
	if name == "" {
		return nil
	}
	return h.Queue.AddChannel(tx, c.channelItem(name))
}

// channelOf is the channel that a backend's jobs have to themselves; "" for none. One that
// is off needs none, but for its order: without it all that waits would be tried, not the
// first alone. One that this program does not know has no jobs.
func (h *Host) channelOf(b Backend) (Connector, string) {
	c, err := h.connector(b)
	if err != nil || c.Channel == nil || b.State == Off && !c.InOrder {
		return c, ""
	}
	return c, c.Channel(b.Name)
}

// channelItem is a channel as the queue's configuration has it.
func (c Connector) channelItem(name string) string {
	if c.InOrder {
		return name + ":1:sequential"
	}
	return name + ":1"
}
