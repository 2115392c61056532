package connectortest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crema/connectors"
)

// adapterRig is one system in one part of the suite. What it can't do is nil.
type adapterRig[R, W, Q any] struct {
	testing.TB
	System[R, W, Q]
	ctx      context.Context
	searcher connectors.Searcher[Q]
	pager    connectors.Pager[Q]
	reader   connectors.Reader[R]
	creator  connectors.Creator[W]
	writer   connectors.Writer[W]
	deleter  connectors.Deleter
	made     int // records, so far
}

func newAdapterRig[R, W, Q any](t testing.TB, s System[R, W, Q]) *adapterRig[R, W, Q] {
	r := &adapterRig[R, W, Q]{TB: t, System: s, ctx: t.Context()}
	r.searcher, _ = s.Adapter.(connectors.Searcher[Q])
	r.pager, _ = s.Adapter.(connectors.Pager[Q])
	r.reader, _ = s.Adapter.(connectors.Reader[R])
	r.creator, _ = s.Adapter.(connectors.Creator[W])
	r.writer, _ = s.Adapter.(connectors.Writer[W])
	r.deleter, _ = s.Adapter.(connectors.Deleter)
	return r
}

// able lists what the adapter can do, with these types.
func (r *adapterRig[R, W, Q]) able() (can []string) {
	for _, c := range []struct {
		name string
		has  bool
	}{{"search", r.searcher != nil}, {"page", r.pager != nil}, {"read", r.reader != nil}, {"create", r.creator != nil},
		{"write", r.writer != nil}, {"delete", r.deleter != nil}} {
		if c.has {
			can = append(can, c.name)
		}
	}
	return can
}

func (r *adapterRig[R, W, Q]) can(needs string) bool {
	able := r.able()
	return !slices.ContainsFunc(strings.Fields(needs), func(n string) bool { return !slices.Contains(able, n) })
}

// capabilities holds what the adapter can against what it shall.
func (r *adapterRig[R, W, Q]) capabilities() {
	if got := strings.Join(r.able(), " "); got != r.Can || got == "" {
		r.Errorf("with records %T, written as %T, found by %T the adapter can %q; it shall %q: look at the types of its methods", *new(R), *new(W), *new(Q), got, r.Can)
	}
	if b := r.Adapter.Backend(); b.Name == "" {
		r.Errorf("Backend() has no name: return the backend of the Work")
	}
	if (r.creator != nil || r.writer != nil) && (r.New == nil || r.Written == nil) {
		r.Errorf("the suite can't try to write without New and Written")
	}
	if r.creator == nil && len(r.Known) == 0 {
		r.Errorf("the suite needs records: give it the ids of some in Known")
	}
}

// record makes a record, or takes one that is there; a record that it made has what New
// says.
func (r *adapterRig[R, W, Q]) record() (id string) {
	r.Helper()
	r.made++
	if r.creator == nil {
		if len(r.Known) < r.made {
			r.Fatalf("the part needs %d records: Known has %d", r.made, len(r.Known))
		}
		return r.Known[r.made-1]
	}
	id, err := r.creator.Create(r.ctx, fmt.Sprintf("record %d", r.made), r.New(r.made))
	if err != nil || id == "" {
		r.Fatalf("Create() = %q, %v", id, err)
	}
	return id
}

// read reads a record that is there, without what the system sets itself.
func (r *adapterRig[R, W, Q]) read(id string) R {
	r.Helper()
	got, err := r.reader.Read(r.ctx, id)
	if err != nil {
		r.Fatalf("Read(%q) = %v; the record is there", id, err)
	}
	return r.plain(got)
}

func (r *adapterRig[R, W, Q]) plain(record R) R {
	if r.Own != nil {
		r.Own(&record)
	}
	return record
}

// holds reads a record and compares it.
func (r *adapterRig[R, W, Q]) holds(id string, want R) {
	r.Helper()
	if r.reader == nil {
		return
	}
	if diff := cmp.Diff(r.plain(want), r.read(id)); diff != "" {
		r.Errorf("the record %q is another one than it should be (-want +got)\n%s", id, diff)
	}
}

// all finds the ids of all records; nil where they can't be found.
func (r *adapterRig[R, W, Q]) all() []string {
	r.Helper()
	if r.searcher == nil {
		return nil
	}
	ids, err := r.searcher.Search(r.ctx, r.All)
	if err != nil {
		r.Fatalf("Search() = %v", err)
	}
	return ids
}

// count fails the test unless there are so many records.
func (r *adapterRig[R, W, Q]) count(want int) {
	r.Helper()
	if r.searcher == nil {
		return
	}
	if got := r.all(); len(got) != want {
		r.Errorf("there are %d records, %q, want %d", len(got), got, want)
	}
}
