package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// verifier proves one state of a file by reading it, page by page. bbolt's own
// check trusts what it reads far enough to panic in a goroutine where nobody can
// recover (freepages, when it opens a file without its free list), and reads
// through the map, where a bad sector is a fault; this one only ever returns errors.
type verifier struct {
	ctx   context.Context
	file  io.ReaderAt
	head  header
	seen  bitmap
	freed bitmap

	only    string // if not empty, the one bucket to read
	bucket  string // that is being read; empty outside of all
	content content
}

// content is what a state says of itself.
type content struct {
	marked    bool   // that it is ours
	other     string // a mark that is not ours, but sound: of another format
	version   int    // of the schema
	name      string // of that version
	good, bad int    // values, and sequences, whose sum is right, and is not
	firstBad  error
}

// verify reads the state h of a file of size bytes. With rest the file is at rest,
// so that its free list is checked too. A sound file that is not ours is ErrForeign.
func verify(ctx context.Context, file io.ReaderAt, size int64, h header, rest bool) (content, error) {
	if size < h.bytes() {
		return content{}, errCutFile(size, h)
	}
	v := newVerifier(ctx, file, h)
	if rest && h.clean() {
		if err := v.freelist(); err != nil {
			return v.content, err
		}
	}
	if err := v.tree(h.root, nil, nil, 0); err != nil {
		return v.content, err
	}
	if rest && h.clean() {
		for id := range h.pages {
			if !v.seen.has(id) && !v.freed.has(id) {
				return v.content, fmt.Errorf("page %d: neither used nor free", id)
			}
		}
	}
	return v.content, v.content.err()
}

// err says whether what was read is ours, and as it was written. A file that lost its
// mark is told from another program's by its sums, and one of another crema's format by
// its mark: nothing of it is damaged.
func (c content) err() error {
	switch {
	case c.marked:
		return c.firstBad
	case c.other != "":
		return otherFormat(c.other)
	case c.good > c.bad:
		return errors.New("its mark is gone")
	default:
		return ErrForeign
	}
}

func newVerifier(ctx context.Context, file io.ReaderAt, h header) *verifier {
	v := &verifier{ctx: ctx, file: file, head: h, seen: newBitmap(h.pages), freed: newBitmap(h.pages)}
	v.seen.set(0)
	v.seen.set(1)
	return v
}

// page reads a page with what overflows it, and notes that it is used.
func (v *verifier) page(id uint64) (flags, count uint16, page []byte, err error) {
	if err := v.ctx.Err(); err != nil {
		return 0, 0, nil, context.Cause(v.ctx)
	}
	if id < 2 || id >= v.head.pages {
		return 0, 0, nil, fmt.Errorf("page %d is outside of the file", id)
	}
	page = make([]byte, v.head.pageSize)
	at := int64(id) * v.head.pageSize
	if _, err := v.file.ReadAt(page, at); err != nil {
		return 0, 0, nil, fmt.Errorf("read page %d: %w", id, err)
	}
	order := binary.NativeEndian
	if got := order.Uint64(page); got != id {
		return 0, 0, nil, fmt.Errorf("page %d says that it is page %d", id, got)
	}
	flags, count = order.Uint16(page[8:]), order.Uint16(page[10:])
	overflow := uint64(order.Uint32(page[12:]))
	if id+overflow >= v.head.pages {
		return 0, 0, nil, fmt.Errorf("page %d reaches outside of the file", id)
	}
	for i := id; i <= id+overflow; i++ {
		if v.seen.has(i) {
			return 0, 0, nil, fmt.Errorf("page %d is used twice", i)
		}
		if v.freed.has(i) {
			return 0, 0, nil, fmt.Errorf("page %d is used and listed as free", i)
		}
		v.seen.set(i)
	}
	if overflow > 0 {
		page = make([]byte, int64(1+overflow)*v.head.pageSize)
		if _, err := v.file.ReadAt(page, at); err != nil {
			return 0, 0, nil, fmt.Errorf("read page %d: %w", id, err)
		}
	}
	return flags, count, page, nil
}

// freelist reads the list of free pages.
func (v *verifier) freelist() error {
	flags, count, page, err := v.page(v.head.freelist)
	if err != nil {
		return fmt.Errorf("list of free pages: %w", err)
	}
	if flags != freelistPage {
		return fmt.Errorf("list of free pages: page %d is of kind %#x", v.head.freelist, flags)
	}
	ids := page[pageHeaderSize:]
	n := uint64(count)
	if count == manyCount {
		n = binary.NativeEndian.Uint64(ids)
		ids = ids[8:]
	}
	if n > uint64(len(ids)/8) {
		return fmt.Errorf("list of free pages: %d don't fit in it", n)
	}
	for i := range n {
		id := binary.NativeEndian.Uint64(ids[i*8:])
		if id < 2 || id >= v.head.pages || v.freed.has(id) || v.seen.has(id) {
			return fmt.Errorf("list of free pages: page %d can't be in it, or not twice", id)
		}
		v.freed.set(id)
	}
	return nil
}

// bitmap is a set of pages.
type bitmap []uint64

func newBitmap(n uint64) bitmap { return make(bitmap, n/64+1) }

func (b bitmap) has(i uint64) bool { return b[i/64]&(1<<(i%64)) != 0 }
func (b bitmap) set(i uint64)      { b[i/64] |= 1 << (i % 64) }
