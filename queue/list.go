package queue

import (
	"fmt"
	"iter"

	"crema/store"
)

// Get gives what is known of a job, or ErrNotFound.
func (q *Queue) Get(tx *store.Tx, id ID) (Info, error) {
	s, ok, err := find(tx, id)
	if err != nil {
		return Info{}, err
	}
	if !ok {
		return Info{}, fmt.Errorf("job %s: %w", id, ErrNotFound)
	}
	return q.told(s.info(id, q.clock)), nil
}

// told adds what memory alone knows.
func (q *Queue) told(i Info) Info {
	i.Stuck = q.isStuck(i.ID)
	return i
}

// A Filter chooses jobs for List. Empty fields choose all.
type Filter struct {
	State   State
	Channel string // this channel and those below it
	Backend string
	Kind    string
	Graph   ID      // jobs of this graph
	Batch   BatchID // jobs of this batch
	Class   string  // jobs with an error of this class
	After   ID      // only jobs with a greater id
	Limit   int     // 0 is 100, at most 1000
}

const (
	listDefault = 100
	listMost    = 1000
	// listLook bounds what one page reads, so that no read transaction is long.
	listLook = 5000
)

// List gives the jobs that f chooses, the oldest first, and the id to go on after; 0 says that there are no more. A page may be shorter
// than the limit, even empty, while there are more.
func (q *Queue) List(tx *store.Tx, f Filter) ([]Info, ID, error) {
	limit := f.Limit
	if limit <= 0 {
		limit = listDefault
	}
	limit = min(limit, listMost)
	f, err := f.whole()
	if err != nil {
		return nil, 0, err
	}
	list := []Info{}
	looked, last := 0, ID(0)
	for id, s := range merge(tx, f) {
		if len(list) == limit || looked == listLook {
			return list, last, nil
		}
		looked++
		last = id
		if f.chooses(&s) {
			list = append(list, q.told(s.info(id, q.clock)))
		}
	}
	return list, 0, nil
}

// whole gives the filter with its channel's whole name.
func (f Filter) whole() (Filter, error) {
	if f.Channel == "" {
		return f, nil
	}
	full, err := channelName(f.Channel)
	f.Channel = full
	return f, err
}

func (f Filter) chooses(s *stored) bool {
	if f.State != "" && s.State != f.State || f.Backend != "" && s.Backend != f.Backend || f.Kind != "" && s.Kind != f.Kind ||
		f.Graph != 0 && s.Graph != f.Graph || f.Batch != 0 && s.Batch != f.Batch || f.Class != "" && s.Class != f.Class {
		return false
	}
	if f.Channel == "" {
		return true
	}
	for _, name := range ancestors(s.Channel) {
		if name == f.Channel {
			return true
		}
	}
	return false
}

// among gives the places where what f chooses can be, each in the order of ids. What runs, or waits for its children, has an index of its own:
// there may be any number that wait to start before the first of them.
func among(tx *store.Tx, f Filter) []iter.Seq2[ID, stored] {
	from := f.After + 1
	switch f.State {
	case "":
		return []iter.Seq2[ID, stored]{jobsBucket.From(tx, from), doneBucket.From(tx, from), cancelledBucket.From(tx, from), failedBucket.From(tx, from)}
	case StateStarted:
		return []iter.Seq2[ID, stored]{openIn(tx, runBucket, from), openIn(tx, waitBucket, from)}
	}
	return []iter.Seq2[ID, stored]{bucketOf(f.State).From(tx, from)}
}

// openIn gives the open jobs that an index names.
func openIn[V any](tx *store.Tx, index store.Bucket[ID, V], from ID) iter.Seq2[ID, stored] {
	return func(yield func(ID, stored) bool) {
		for id := range index.From(tx, from) {
			for found, s := range jobsBucket.From(tx, id) {
				if found == id && !yield(id, s) {
					return
				}
				break
			}
		}
	}
}

// merge walks what f may choose, in the order of ids.
func merge(tx *store.Tx, f Filter) iter.Seq2[ID, stored] {
	return func(yield func(ID, stored) bool) {
		type head struct {
			id   ID
			s    stored
			next func() (ID, stored, bool)
		}
		var heads []head
		for _, list := range among(tx, f) {
			next, stop := iter.Pull2(list)
			defer stop()
			if id, s, ok := next(); ok {
				heads = append(heads, head{id, s, next})
			}
		}
		for len(heads) > 0 {
			first := 0
			for i := range heads {
				if heads[i].id < heads[first].id {
					first = i
				}
			}
			h := &heads[first]
			if !yield(h.id, h.s) {
				return
			}
			var ok bool
			if h.id, h.s, ok = h.next(); !ok {
				heads = append(heads[:first], heads[first+1:]...)
			}
		}
	}
}
