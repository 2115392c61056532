package source

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"crema/connectors/odoo"
	"crema/connectors/odoo/apikey"
	"crema/device"
	"crema/store"
	"crema/web"
)

func (p *Parts) status(ctx context.Context) (web.Status, error) {
	s := web.Status{
		Version: p.Version, Boot: p.Clock.BootID(), Time: web.At(p.Clock.Now()), TimeTrust: string(p.Clock.Trust().Level),
		TimeSource: p.Clock.Trust().Source, Queue: map[string]int{}, Name: p.Hostname(),
		Odoo: p.odooStatus(), Store: p.storeStatus(),
	}
	s.Runner, s.Foreign = p.Queue.Runner(), p.Queue.Foreign()
	for _, stuck := range p.Queue.Stuck() {
		s.Stuck = append(s.Stuck, id(uint64(stuck)))
	}
	for state, n := range p.Queue.Counts() {
		s.Queue[string(state)] = n
	}
	err := p.Store.View(func(tx *store.Tx) (err error) {
		channels, err := p.Queue.Channels(tx)
		for _, c := range channels {
			if c.Paused {
				s.Paused = append(s.Paused, c.Name)
			}
		}
		if err == nil {
			s.CheckpointsOpen, err = p.Checkpoints.Open(tx)
		}
		return err
	})
	return s, err
}

func (p *Parts) odooStatus() web.OdooStatus {
	if p.Odoo == nil {
		return web.OdooStatus{State: "unknown", Message: "no Odoo is configured"}
	}
	st := p.Odoo.Status()
	o := web.OdooStatus{
		State: string(st.State), LatencyMS: st.Latency.Milliseconds(), Version: st.Version, URL: p.Config.Odoo.URL, Since: web.At(st.Since),
	}
	if st.Err != nil {
		o.Message = odoo.Plain(st.Err)
	}
	if p.Key != nil {
		var seen apikey.Seen
		if err := p.Store.View(func(tx *store.Tx) (err error) {
			seen, err = p.Key.Seen(tx)
			return err
		}); err != nil {
			p.Logger.Warn("when the API key of Odoo ends can't be read", "error", err)
		}
		o.KeyEnds = web.At(seen.Ends)
	}
	return o
}

func (p *Parts) storeStatus() web.Store {
	s := web.Store{Size: p.Store.Stats().Size, Error: errText(p.storeTrouble())}
	var disk unix.Statfs_t
	if unix.Statfs(filepath.Dir(p.Store.Path()), &disk) == nil {
		s.DiskFree = int64(disk.Bavail) * int64(disk.Bsize)
		s.DiskSize = int64(disk.Blocks) * int64(disk.Bsize)
	}
	return s
}

// Hostname is the board's own name.
func (p *Parts) Hostname() string {
	if name, err := os.Hostname(); err == nil {
		return name
	}
	return "crema"
}

// health is broken only where crema itself is; a machine or Odoo away is degraded.
func (p *Parts) health(context.Context) web.Health {
	if err := p.storeTrouble(); err != nil {
		return web.Health{Status: web.HealthBroken, FirstError: "store: " + err.Error()}
	}
	if err := p.stuckNow(); err != nil {
		return web.Health{Status: web.HealthBroken, FirstError: err.Error()}
	}
	for _, b := range p.machines() {
		if h := b.Snapshot().Health; h.State != device.LinkConnected {
			why := cmp.Or(errText(h.Err), string(h.State))
			return web.Health{Status: web.HealthDegraded, FirstError: fmt.Sprintf("machine %s: %s", b.Name(), why)}
		}
	}
	if o := p.odooStatus(); o.State == "down" || o.State == "refused" {
		return web.Health{Status: web.HealthDegraded, FirstError: "Odoo: " + cmp.Or(o.Message, o.State)}
	}
	if p.Queue.Foreign() {
		return web.Health{Status: web.HealthDegraded, FirstError: "queue: the jobs are another board's and none runs: crema queue adopt, if that one does not run any more"}
	}
	return web.Health{Status: web.HealthOK}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
