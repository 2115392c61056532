package source

import (
	"context"
	"io"
	"math"
	"time"

	"crema/queue"
	"crema/store"
)

// metrics is the page of metrics. It reads a few records, and asks no machine and no Odoo.
func (p *Parts) metrics(ctx context.Context, w io.Writer) error {
	e := new(exposition)
	for _, section := range []func(context.Context, *exposition) error{p.queueMetrics, p.storeMetrics, p.backendMetrics, p.recordMetrics, p.eventMetrics, p.wireMetrics, p.boardMetrics} {
		if err := section(ctx, e); err != nil {
			return err
		}
	}
	processMetrics(e)
	_, err := e.WriteTo(w)
	return err
}

func (p *Parts) queueMetrics(ctx context.Context, e *exposition) error {
	lines, err := channels{p}.List(ctx)
	if err != nil {
		return err
	}
	waiting := map[string]time.Duration{}
	err = p.Store.View(func(tx *store.Tx) error {
		all, err := p.Queue.Waiting(tx)
		for name, d := range all {
			near := nearest(name, lines)
			waiting[near] = max(waiting[near], d)
		}
		return err
	})
	if err != nil {
		return err
	}
	e.family("crema_queue_jobs", "gauge", "Jobs by channel, those of undeclared channels under the nearest that is declared, and state.")
	for _, l := range lines {
		for _, s := range queue.States() {
			e.sample("crema_queue_jobs", float64(l.Jobs[string(s)]), "channel", l.Name, "state", string(s))
		}
	}
	e.family("crema_queue_channel_capacity", "gauge", "Jobs that may run at once in a channel and those below it; +Inf where only the channels above bound it.")
	for _, l := range lines {
		n := math.Inf(1)
		if l.Capacity != nil {
			n = float64(*l.Capacity)
		}
		e.sample("crema_queue_channel_capacity", n, "channel", l.Name)
	}
	e.family("crema_queue_channel_running", "gauge", "Jobs that run in a channel and those below it.")
	for _, l := range lines {
		e.sample("crema_queue_channel_running", float64(l.Running), "channel", l.Name)
	}
	e.family("crema_queue_channel_paused", "gauge", "1 for a channel that was paused.")
	for _, l := range lines {
		e.sample("crema_queue_channel_paused", truth(l.Paused), "channel", l.Name)
	}
	e.gauge("crema_queue_runner", "1 when jobs run; 0 when they are only accepted, by the configuration or as another board's.", truth(p.Queue.Runner() && !p.Queue.Foreign()))
	e.gauge("crema_queue_stuck", "Jobs whose handlers don't return though their time is over.", float64(len(p.Queue.Stuck())))
	open, err := notices{p}.List(ctx)
	if err != nil {
		return err
	}
	e.gauge("crema_queue_notices_open", "Kinds of failure that nobody has dismissed.", float64(len(open)))
	e.family("crema_queue_oldest_seconds", "gauge", "How long the oldest job of a channel could have started but for a place; 0 where none waits.")
	for _, l := range lines {
		e.sample("crema_queue_oldest_seconds", waiting[l.Name].Seconds(), "channel", l.Name)
	}
	if p.Runs != nil {
		p.Runs.write(e)
	}
	return nil
}

func (p *Parts) storeMetrics(_ context.Context, e *exposition) error {
	st := p.Store.Stats()
	e.gauge("crema_store_size_bytes", "Size of the store's file, as far as it was ever used.", float64(st.Size))
	e.gauge("crema_store_free_bytes", "What of the store's size holds nothing.", float64(st.Free))
	e.gauge("crema_store_max_bytes", "The size at which the store takes nothing new.", float64(st.Max))
	e.counter("crema_store_commits_total", "Commits since the program started.", float64(st.Commits))
	e.counter("crema_store_written_bytes_total", "Bytes of the pages that commits wrote since the program started.", float64(st.Written))
	e.counter("crema_store_updates_total", "Updates in these commits.", float64(st.Ops))
	e.gauge("crema_store_last_commit_seconds", "How long the last commit took.", st.LastCommit.Seconds())
	e.gauge("crema_store_failed", "1 when the store has failed and crema must be restarted.", truth(p.Store.Err() != nil))
	disk := p.storeStatus()
	e.gauge("crema_disk_free_bytes", "Free space on the store's disk.", float64(disk.DiskFree))
	e.gauge("crema_disk_size_bytes", "Size of the store's disk; 0 where unknown.", float64(disk.DiskSize))
	return nil
}

func (p *Parts) backendMetrics(ctx context.Context, e *exposition) error {
	list, err := backends{p}.List(ctx)
	if err != nil {
		return err
	}
	now := p.Clock.Now()
	e.family("crema_backend_connected", "gauge", "1 for a machine that answers.")
	for _, b := range list {
		if b.Machine.State != "" {
			e.sample("crema_backend_connected", truth(b.Machine.State == "connected"), "backend", b.Name)
		}
	}
	e.family("crema_backend_state", "gauge", "1 for the state that a backend is in: draft, checked, production, off.")
	for _, b := range list {
		e.sample("crema_backend_state", 1, "backend", b.Name, "type", b.Type, "state", b.State)
	}
	e.family("crema_backend_last_seconds", "gauge", "Time since a flow of a backend last went well, by flow: cups, catalogue …")
	for _, b := range list {
		for flow, at := range b.Last {
			if !at.IsZero() {
				e.sample("crema_backend_last_seconds", now.Sub(at.Time).Seconds(), "backend", b.Name, "flow", flow)
			}
		}
	}
	return nil
}

func (p *Parts) recordMetrics(_ context.Context, e *exposition) error {
	e.family("crema_records_total", "counter", "Records synchronised since the program started, by backend, model and outcome.")
	if p.Host == nil {
		return nil
	}
	for _, l := range p.Host.Tally.List() {
		e.sample("crema_records_total", float64(l.N), "backend", l.Backend, "model", l.Model, "outcome", string(l.Effect))
	}
	return nil
}

func (p *Parts) eventMetrics(_ context.Context, e *exposition) error {
	e.family("crema_events_total", "counter", "Events by topic, listener and what came of it: called, skipped as none of its business, failed.")
	for _, l := range p.Listeners.List() {
		e.sample("crema_events_total", float64(l.Called), "topic", l.Topic, "listener", l.Listener, "result", "called")
		e.sample("crema_events_total", float64(l.Skipped), "topic", l.Topic, "listener", l.Listener, "result", "skipped")
		e.sample("crema_events_total", float64(l.Failed), "topic", l.Topic, "listener", l.Listener, "result", "failed")
	}
	return nil
}

func (p *Parts) boardMetrics(_ context.Context, e *exposition) error {
	o := p.odooStatus()
	e.family("crema_odoo_state", "gauge", "1 for the state that the connection to Odoo is in.")
	for _, state := range []string{"up", "down", "refused", "unknown"} {
		e.sample("crema_odoo_state", truth(o.State == state), "state", state)
	}
	e.gauge("crema_odoo_latency_seconds", "How long Odoo's last answer took; 0 where there was none.", float64(o.LatencyMS)/1000)
	open := 0
	err := p.Store.View(func(tx *store.Tx) (err error) {
		open, err = p.Checkpoints.Open(tx)
		return err
	})
	e.gauge("crema_checkpoints_open", "Checkpoints that wait for a person.", float64(open))
	trust := string(p.Clock.Trust().Level)
	e.family("crema_time_trust", "gauge", "1 for how far the board's clock is trusted.")
	for _, level := range []string{"untrusted", "estimated", "trusted"} {
		e.sample("crema_time_trust", truth(trust == level), "level", level)
	}
	e.gauge("crema_build_info", "Always 1.", 1, "version", p.Version)
	return err
}
