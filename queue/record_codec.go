package queue

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// A job's record is written three times in its life and read as often, so it has a form of its own: a version, a bit for each field that is
// not zero, and those fields in the order of [stored.fields]. A new field goes to the end of that list; none is ever taken out of it.

const recordVersion = 1

// fields is the form of a record.
func (s *stored) fields(c *coder) {
	name(c, &s.Kind)
	number(c, &s.Version)
	text(c, &s.Args)
	flag(c, &s.Apart)
	name(c, &s.Channel)
	number(c, &s.Priority)
	number(c, &s.Order)
	name(c, &s.State)
	name(c, &s.Home)
	number(c, &s.Due)
	number(c, &s.Lease)
	number(c, &s.Attempt)
	number(c, &s.Max)
	number(c, &s.MaxAge)
	number(c, &s.Since)
	number(c, &s.Timeout)
	number(c, &s.Interruptions)
	number(c, &s.Row)
	flag(c, &s.Alone)
	number(c, &s.Created)
	number(c, &s.Started)
	number(c, &s.Finished)
	number(c, &s.Born)
	number(c, &s.Began)
	number(c, &s.Ended)
	number(c, &s.Exec)
	name(c, &s.Boot)
	text(c, &s.Result)
	text(c, &s.Error)
	text(c, &s.Class)
	text(c, &s.Identity)
	name(c, &s.Backend)
	text(c, &s.Related)
	text(c, &s.Description)
	flag(c, &s.Kid)
	ids(c, &s.Parents)
	number(c, &s.Open)
	number(c, &s.Broken)
	text(c, &s.BrokenE)
	number(c, &s.Graph)
	number(c, &s.Hold)
	number(c, &s.Waits)
	number(c, &s.Blame)
	number(c, &s.Batch)
	number(c, &s.ArgsSize)
	number(c, &s.LogSize)
	texts(c, &s.Env)
	flag(c, &s.HoldWall)
	flag(c, &s.Skipped)
}

// AppendBinary writes the record's form.
func (s *stored) AppendBinary(b []byte) ([]byte, error) {
	if b == nil {
		b = make([]byte, 0, 192+len(s.Args))
	}
	// The bits are known last, and stand first in eight bytes.
	b = append(b, recordVersion, 0, 0, 0, 0, 0, 0, 0, 0)
	at := len(b) - 8
	c := coder{b: b}
	s.fields(&c)
	binary.BigEndian.PutUint64(c.b[at:], c.present)
	return c.b, nil
}

// UnmarshalBinary reads it. It keeps nothing of b.
func (s *stored) UnmarshalBinary(b []byte) error {
	if len(b) < 9 {
		return errCut
	}
	if b[0] != recordVersion {
		return fmt.Errorf("record of version %d, this program knows %d", b[0], recordVersion)
	}
	c := coder{reading: true, present: binary.BigEndian.Uint64(b[1:]), b: b[9:]}
	*s = stored{}
	s.fields(&c)
	switch {
	case c.err != nil:
		return c.err
	case c.present>>c.n != 0:
		return fmt.Errorf("the record has fields that this program doesn't know (%x)", c.present)
	case len(c.b) > 0:
		return errExcess
	}
	return nil
}

// A coder goes over the fields of a record, reading or writing.
type coder struct {
	reading bool
	n       uint   // number of the field
	present uint64 // bits of the fields that are not zero
	b       []byte // what is written, or left to read
	err     error
}

var (
	errCut    = errors.New("the record is cut")
	errExcess = errors.New("the record has more than its fields")
)

// next goes to the next field. When writing it notes whether that is there, when reading it tells.
func (c *coder) next(there bool) bool {
	bit := uint64(1) << c.n
	c.n++
	if c.reading {
		return c.present&bit != 0 && c.err == nil
	}
	if there {
		c.present |= bit
	}
	return there
}

func (c *coder) uvarint() uint64 {
	v, n := binary.Uvarint(c.b)
	if n <= 0 {
		c.err = errCut
		return 0
	}
	c.b = c.b[n:]
	return v
}

// part gives the bytes of the next field.
func (c *coder) part() []byte {
	n := c.uvarint()
	if n > uint64(len(c.b)) {
		c.err = errCut
	}
	if c.err != nil {
		return nil
	}
	p := c.b[:n]
	c.b = c.b[n:]
	return p
}

func number[N ~int | ~int64 | ~uint64](c *coder, v *N) {
	if !c.next(*v != 0) {
		return
	}
	if c.reading {
		u := c.uvarint()
		*v = N(int64(u>>1) ^ -int64(u&1))
		return
	}
	c.b = binary.AppendVarint(c.b, int64(*v))
}

func flag(c *coder, v *bool) {
	if there := c.next(*v); c.reading {
		*v = there
	}
}

func text[T ~string | ~[]byte](c *coder, v *T) {
	if !c.next(len(*v) > 0) {
		return
	}
	if c.reading {
		*v = T(append([]byte(nil), c.part()...))
		return
	}
	c.b = append(binary.AppendUvarint(c.b, uint64(len(*v))), *v...)
}

// name is text of which there are few, so that they share their memory.
func name[T ~string](c *coder, v *T) {
	if !c.next(*v != "") {
		return
	}
	if c.reading {
		*v = T(names.get(c.part()))
		return
	}
	c.b = append(binary.AppendUvarint(c.b, uint64(len(*v))), *v...)
}

func ids(c *coder, v *[]ID) {
	if !c.next(len(*v) > 0) {
		return
	}
	if !c.reading {
		c.b = binary.AppendUvarint(c.b, uint64(len(*v)))
		for _, id := range *v {
			c.b = binary.AppendUvarint(c.b, uint64(id))
		}
		return
	}
	for n := c.uvarint(); n > 0 && c.err == nil; n-- {
		*v = append(*v, ID(c.uvarint()))
	}
}

// texts writes a map in the order of its keys, so that the same map has one form.
func texts(c *coder, v *map[string]string) {
	if !c.next(len(*v) > 0) {
		return
	}
	if !c.reading {
		c.b = binary.AppendUvarint(c.b, uint64(len(*v)))
		for _, k := range slices.Sorted(maps.Keys(*v)) {
			c.b = append(binary.AppendUvarint(c.b, uint64(len(k))), k...)
			c.b = append(binary.AppendUvarint(c.b, uint64(len((*v)[k]))), (*v)[k]...)
		}
		return
	}
	*v = map[string]string{}
	for n := c.uvarint(); n > 0 && c.err == nil; n-- {
		k := string(c.part())
		(*v)[k] = string(c.part())
	}
}

// names are the texts that name has read.
var names interned

// interned is bounded, as a damaged file may hold anything.
type interned struct {
	mu   sync.RWMutex
	kept map[string]string
}

const internMost = 4096

func (t *interned) get(b []byte) string {
	t.mu.RLock()
	s, ok := t.kept[string(b)]
	t.mu.RUnlock()
	if ok {
		return s
	}
	s = string(b)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept == nil {
		t.kept = map[string]string{}
	}
	if len(t.kept) < internMost {
		t.kept[s] = s
	}
	return s
}
