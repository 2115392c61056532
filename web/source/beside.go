package source

import (
	"crema/queue"
	"crema/store"
	"crema/web"
)

// beside adds to a job what belongs to it: its log, and the jobs before, after and below it.
func (s jobs) beside(tx *store.Tx, info queue.Info, d *web.JobDetail) error {
	q := s.p.Queue
	log, err := q.Log(tx, info.ID)
	if err != nil {
		return err
	}
	for _, l := range log {
		d.Log = append(d.Log, web.LogLine{Time: web.At(l.Time), Level: l.Level.String(), Run: int(l.Run), Text: l.Text})
	}
	if err := s.neighbours(tx, info.ID, d); err != nil {
		return err
	}
	children, err := q.Children(tx, info.ID)
	for _, c := range children {
		d.Children = append(d.Children, link(c, ""))
	}
	return err
}

// link is a job beside another, on the wire.
func link(i queue.Info, when string) web.Link {
	return web.Link{ID: id(uint64(i.ID)), Kind: i.Kind, State: string(i.State), Description: i.Description, When: when}
}
