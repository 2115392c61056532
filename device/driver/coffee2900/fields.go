package coffee2900

import (
	"fmt"
	"iter"
	"time"

	"crema/device"
)

// fields reads the keys of a reply or event by the types of the manual. Keys that
// nobody asks for are ignored. The first one that can't be is kept in err, as
// device.ErrBadReply naming the operation and the key; what is read after it is zero.
type fields struct {
	what  string // "SLOT.READ"
	key   uint64 // of the map that this one is under; 0: under none
	index int    // in the list there; -1: in none
	m     item
	err   *error
}

// readFields begins to read a map; what names it in errors.
func readFields(what string, m item) fields {
	f := fields{what: what, index: -1, m: m, err: new(error)}
	f.wantMap()
	return f
}

// name is where f stands, as errors have it: "JOURNAL.READ key 1 item 3".
func (f fields) name() string {
	switch {
	case f.key == 0:
		return f.what
	case f.index < 0:
		return fmt.Sprintf("%s key %d", f.what, f.key)
	default:
		return fmt.Sprintf("%s key %d item %d", f.what, f.key, f.index)
	}
}

// fault is the first trouble met, nil without any.
func (f fields) fault() error { return *f.err }

func (f fields) bad(key uint64, want string) {
	if *f.err == nil {
		*f.err = fmt.Errorf("%s key %d: want %s: %w", f.name(), key, want, device.ErrBadReply)
	}
}

func (f fields) wantMap() {
	if _, ok := f.m.fields(); !ok && *f.err == nil {
		*f.err = fmt.Errorf("%s: want a map: %w", f.name(), device.ErrBadReply)
	}
}

// find is the item under key; nil where there is none, or where something was wrong
// before.
func (f fields) find(key uint64) item {
	if *f.err != nil {
		return nil
	}
	return f.m.lookup(key)
}

func (f fields) has(key uint64) bool { return f.find(key) != nil }

// uint is the number under key, at most most.
func (f fields) uint(key, most uint64) uint64 {
	it := f.find(key)
	n, ok := it.uint()
	if !ok || n > most {
		f.bad(key, fmt.Sprintf("a number up to %d", most))
		return 0
	}
	return n
}

// signed is the number under key, which may be under zero.
func (f fields) signed(key uint64) int64 {
	it := f.find(key)
	n, ok := it.signed()
	if !ok {
		f.bad(key, "a number")
	}
	return n
}

func (f fields) text(key uint64) string {
	it := f.find(key)
	s, ok := it.text()
	if !ok {
		f.bad(key, "a text")
	}
	return s
}

// bytes is a copy of the octets under key, of which there must be size.
func (f fields) bytes(key uint64, size int) []byte {
	it := f.find(key)
	b, ok := it.bytes()
	if !ok || len(b) != size {
		f.bad(key, fmt.Sprintf("%d octets", size))
		return nil
	}
	return append([]byte(nil), b...)
}

func (f fields) bool(key uint64) bool {
	it := f.find(key)
	b, ok := it.boolean()
	if !ok {
		f.bad(key, "true or false")
	}
	return b
}

// unixMax is the last second of the year 9999, after which no text form of a time
// has room.
const unixMax = 253402300799

// time is the Unix seconds under key; zero for null, and for a clock gone astray
// beyond the year 9999.
func (f fields) time(key uint64) time.Time {
	it := f.find(key)
	if it.null() {
		return time.Time{}
	}
	n, ok := it.uint()
	if !ok {
		f.bad(key, "Unix seconds or null")
	}
	if !ok || n > unixMax {
		return time.Time{}
	}
	return time.Unix(int64(n), 0).UTC()
}

// list is the members of the array under key.
func (f fields) list(key uint64) iter.Seq2[int, item] {
	it := f.find(key)
	members, ok := it.array()
	if !ok {
		f.bad(key, "a list")
		return func(func(int, item) bool) {}
	}
	return func(yield func(int, item) bool) {
		n := 0
		for member := range members {
			if !yield(n, member) {
				return
			}
			n++
		}
	}
}

// numbers hands over the map of numbers to numbers under key; keys of another type are
// ignored like unknown ones.
func (f fields) numbers(key, mostKey, most uint64, each func(k int, n uint64)) {
	members, ok := f.find(key).fields()
	if !ok {
		f.bad(key, "a map")
		return
	}
	for k, v := range members {
		id, ok := k.uint()
		if !ok {
			continue
		}
		n, ok := v.uint()
		if !ok || id > mostKey || n > most {
			f.bad(key, fmt.Sprintf("numbers up to %d by numbers up to %d", most, mostKey))
			return
		}
		each(int(id), n)
	}
}

// sub reads the map under key; member reads one that is a member of the list there.
func (f fields) sub(key uint64) fields { return f.member(key, -1, f.find(key)) }

func (f fields) member(key uint64, n int, it item) fields {
	c := fields{what: f.what, key: key, index: n, m: it, err: f.err}
	c.wantMap()
	return c
}
