package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strings"
)

// appendTo appends what the transaction changed of the bucket: its name and sequence, the
// number of changes, and of each the key, and one more than the length of what is stored
// and that, or 0.
func (o *opened) appendTo(record []byte) []byte {
	record = appendBytes(record, []byte(o.name))
	record = binary.AppendUvarint(record, o.top.sequence)
	record = binary.AppendUvarint(record, uint64(len(o.changed)))
	for _, key := range slices.Sorted(maps.Keys(o.changed)) {
		record = appendBytes(record, []byte(key))
		i, found := find(o.top.entries, []byte(key))
		if !found || o.top.entries[i].stored == nil {
			record = append(record, 0)
			continue
		}
		stored := o.top.entries[i].stored
		record = append(binary.AppendUvarint(record, uint64(len(stored))+1), stored...)
	}
	return record
}

// headSize is what appendTo appends before a bucket's changes, or a few bytes more.
func headSize(name string) int {
	return uvarintSize(len(name)) + len(name) + binary.MaxVarintLen64 + uvarintSize(maxRecord)
}

// changeSize is what it appends for a change.
func changeSize(key, stored []byte) int {
	n := uvarintSize(len(key)) + len(key)
	if stored == nil {
		return n + 1
	}
	return n + uvarintSize(len(stored)+1) + len(stored)
}

func uvarintSize(n int) int { return (bits.Len(uint(n)|1) + 6) / 7 }

func appendBytes(record, b []byte) []byte {
	return append(binary.AppendUvarint(record, uint64(len(b))), b...)
}

var errShortRecord = errors.New("a record of the log ends too early")

// replay does again in memory what a record says.
func (sh *shared) replay(record []byte) error {
	r := &recordReader{rest: record}
	for len(r.rest) > 0 {
		name := string(r.bytes(r.number()))
		sequence, changes := r.number(), r.number()
		switch {
		case r.short:
			return errShortRecord
		case strings.HasPrefix(name, "store."):
			return fmt.Errorf("a record of the log is of bucket %q, which has none", name)
		}
		o, err := sh.openToWrite(name)
		if err != nil {
			return err
		}
		o.top.sequence = sequence
		for range changes {
			key, n := r.bytes(r.number()), r.number()
			var stored []byte
			if n > 0 {
				stored = r.bytes(n - 1)
			}
			if r.short {
				return errShortRecord
			}
			o.top.set(key, stored, o.inTree)
		}
	}
	return nil
}

// recordReader reads a record's parts. When that ends too early it is short, and gives
// nothing any more.
type recordReader struct {
	rest  []byte
	short bool
}

func (r *recordReader) number() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.rest, r.short = nil, true
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *recordReader) bytes(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.rest, r.short = nil, true
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}
