package connectortest

import (
	"errors"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"crema/connectors"
)

// reads: a record that is there is read, and read the same again.
func (r *adapterRig[R, W, Q]) reads() {
	id := r.record()
	if diff := cmp.Diff(r.read(id), r.read(id)); diff != "" {
		r.Errorf("read twice the record %q is not the same\n%s", id, diff)
	}
}

// searches: every record is found, once, by an id that reads it.
func (r *adapterRig[R, W, Q]) searches() {
	want := slices.Clone(r.Known)
	if r.creator != nil {
		want = append(want, r.record(), r.record(), r.record())
	}
	r.found("Search()", r.all(), want)
}

// turnsPages: whatever their size, the pages have what there is, in one order, and end.
func (r *adapterRig[R, W, Q]) turnsPages() {
	want := slices.Clone(r.Known)
	if r.creator != nil {
		for range 5 {
			want = append(want, r.record())
		}
	}
	var order []string
	for _, limit := range []int{1, 2, 3, len(want) + 20} {
		var ids []string
		for after, pages := "", 0; ; pages++ {
			page, next, err := r.pager.Page(r.ctx, r.All, after, limit)
			if err != nil {
				r.Fatalf("Page(after %q, limit %d) = %v", after, limit, err)
			}
			if len(page) > limit {
				r.Fatalf("Page(after %q, limit %d) has %d ids", after, limit, len(page))
			}
			ids = append(ids, page...)
			if len(page) < limit || next == "" {
				break
			}
			if after = next; pages > len(want)+20 {
				r.Fatalf("with pages of %d there is no last one: they have %q so far", limit, ids)
			}
		}
		r.found("Page()", ids, want)
		if order == nil {
			order = ids
		}
		if !slices.Equal(ids, order) {
			r.Errorf("with pages of %d the order is %q, with pages of one %q", limit, ids, order)
		}
	}
}

// found holds the ids that were found against those that are there.
func (r *adapterRig[R, W, Q]) found(by string, ids, want []string) {
	r.Helper()
	seen := map[string]bool{}
	for _, id := range ids {
		if id == "" {
			r.Errorf("%s finds an empty id", by)
		}
		if seen[id] {
			r.Errorf("%s finds %q twice", by, id)
		}
		seen[id] = true
		if r.reader != nil {
			r.read(id)
		}
	}
	for _, id := range want {
		if !seen[id] {
			r.Errorf("%s does not find %q", by, id)
		}
	}
}

func (r *adapterRig[R, W, Q]) missing(what, odd string, got any, err error) {
	r.Helper()
	if !errors.Is(err, connectors.ErrNotInBackend) && !(isRefusal(err) && odd != noRecord) {
		r.Errorf("%s(%.40q) = %+v, %v; want ErrNotInBackend", what, odd, got, err)
	}
}

// noRecord is an id that a system may have, and that none of the suite's has.
const noRecord = "no-such-record"

// oddIDs are texts that no adapter may take for something else: a number with a zero or a
// sign before it, a path out of its place, a part of a URL, or of a query.
var oddIDs = []string{"", " ", "0", "00", "+1", "01", "1 ", "-1", "1.0", "1e0", "99999999999999999999", noRecord, "no such record", "é", "a/b", "..", "../0", "./0", "/",
	"%30", "0?x=1", "0#x", "0;--", `"0"`, "{}", "*", "%", "\x00", "0\n", "\xff", strings.Repeat("9", 5000)}

// noSuchRecord: an id that nobody has is ErrNotInBackend, and gone as far as a delete goes;
// one that nobody can have may be refused. It is never another record by another name.
func (r *adapterRig[R, W, Q]) noSuchRecord() {
	id := r.record()
	there := append(r.all(), r.Known...)
	there = append(there, id)
	var before R
	if r.reader != nil {
		before = r.read(id)
	}
	for _, odd := range oddIDs {
		if slices.Contains(there, odd) {
			continue
		}
		if r.reader != nil {
			got, err := r.reader.Read(r.ctx, odd)
			r.missing("Read", odd, got, err)
		}
		if r.writer != nil {
			r.missing("Write", odd, nil, r.writer.Write(r.ctx, odd, r.New(1)))
		}
		if r.deleter != nil {
			if err := r.deleter.Delete(r.ctx, odd); err != nil && !(isRefusal(err) && odd != noRecord) {
				r.Errorf("Delete(%.40q) = %v; what is not there is deleted", odd, err)
			}
		}
	}
	r.holds(id, before)
}
