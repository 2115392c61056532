package source

import (
	"context"
	"slices"

	"crema/queue"
	"crema/store"
	"crema/web"
)

type notices struct{ p *Parts }

func (s notices) List(context.Context) ([]web.Notice, error) {
	var all []queue.Notice
	err := s.p.Store.View(func(tx *store.Tx) (err error) {
		all, err = s.p.Queue.Notices(tx)
		return err
	})
	slices.SortStableFunc(all, func(a, b queue.Notice) int { return b.Last.Compare(a.Last) })
	list := make([]web.Notice, 0, len(all))
	for _, n := range all {
		list = append(list, web.Notice{ID: id(uint64(n.ID)), Reason: string(n.Reason), Kind: n.Kind, Class: n.Class, Backend: n.Backend, Channel: n.Channel,
			Count: n.Count, First: web.At(n.First), Last: web.At(n.Last), Job: id(uint64(n.Job)), Error: n.Error, Related: n.Related})
	}
	return list, err
}

func (s notices) Dismiss(ctx context.Context, name string) error {
	n, err := number("notice", name)
	if err != nil {
		return err
	}
	return asProblem(s.p.Queue.DismissNotice(ctx, queue.NoticeID(n)))
}
