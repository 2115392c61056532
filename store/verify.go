package store

import (
	"bytes"
	"context"
	"encoding/binary"
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
}

// maxDepth is far more than a tree of 2^40 pages needs: more is a circle.
const maxDepth = 48

// verify reads the state h of a file of size bytes. With rest the file is at rest,
// so that its free list is checked too.
func verify(ctx context.Context, file io.ReaderAt, size int64, h header, rest bool) error {
	if size < h.bytes() {
		return errCutFile(size, h)
	}
	v := newVerifier(ctx, file, h)
	if rest && h.clean() {
		if err := v.freelist(); err != nil {
			return err
		}
	}
	if err := v.tree(h.root, nil, nil, 0); err != nil {
		return err
	}
	if rest && h.clean() {
		for id := range h.pages {
			if !v.seen.has(id) && !v.freed.has(id) {
				return fmt.Errorf("page %d: neither used nor free", id)
			}
		}
	}
	return nil
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

// tree checks the page and all below it; their keys are at least low and less than
// high, where these are given.
func (v *verifier) tree(id uint64, low, high []byte, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("page %d: the tree is too deep", id)
	}
	flags, count, page, err := v.page(id)
	if err != nil {
		return err
	}
	switch flags {
	case leafPage:
		err = v.leaf(page, count, low, high, depth)
	case branchPage:
		err = v.branch(page, count, low, high, depth)
	default:
		err = fmt.Errorf("it is of kind %#x, neither leaf nor branch", flags)
	}
	if err != nil && depth == 0 {
		return fmt.Errorf("page %d: %w", id, err)
	}
	return err
}

func (v *verifier) branch(page []byte, count uint16, low, high []byte, depth int) error {
	type child struct {
		key  []byte
		page uint64
	}
	children := make([]child, count)
	prev := low
	for i := range children {
		at := pageHeaderSize + i*elementSize
		if at+elementSize > len(page) {
			return fmt.Errorf("branch %d is outside of its page", i)
		}
		e := page[at:]
		key, err := piece(page, at, e[0:], uint64(binary.NativeEndian.Uint32(e[4:])))
		if err != nil {
			return fmt.Errorf("branch %d: %w", i, err)
		}
		if err := ordered(key, prev, high, i > 0); err != nil {
			return fmt.Errorf("branch %d: %w", i, err)
		}
		prev = key
		children[i] = child{key, binary.NativeEndian.Uint64(e[8:])}
	}
	if count == 0 {
		return fmt.Errorf("a branch page without branches")
	}
	for i, c := range children {
		end := high
		if i+1 < len(children) {
			end = children[i+1].key
		}
		if err := v.tree(c.page, c.key, end, depth+1); err != nil {
			return fmt.Errorf("page %d: %w", c.page, err)
		}
	}
	return nil
}

func (v *verifier) leaf(page []byte, count uint16, low, high []byte, depth int) error {
	prev := low
	for i := range int(count) {
		at := pageHeaderSize + i*elementSize
		if at+elementSize > len(page) {
			return fmt.Errorf("entry %d is outside of its page", i)
		}
		e := page[at:]
		order := binary.NativeEndian
		flags, ksize, vsize := order.Uint32(e), uint64(order.Uint32(e[8:])), uint64(order.Uint32(e[12:]))
		both, err := piece(page, at, e[4:], ksize+vsize)
		if err != nil {
			return fmt.Errorf("entry %d: %w", i, err)
		}
		key, value := both[:ksize], both[ksize:]
		if err := ordered(key, prev, high, i > 0); err != nil {
			return fmt.Errorf("entry %d: %w", i, err)
		}
		prev = key
		switch flags {
		case 0:
		case bucketLeaf:
			if err := v.bucket(value, depth); err != nil {
				return fmt.Errorf("bucket %q: %w", key, err)
			}
		default:
			return fmt.Errorf("entry %d has flags %#x", i, flags)
		}
	}
	return nil
}

// bucket checks the bucket whose head, and page if it is a small one, is a value.
func (v *verifier) bucket(value []byte, depth int) error {
	if len(value) < bucketSize {
		return fmt.Errorf("its head has %d bytes", len(value))
	}
	if root := binary.NativeEndian.Uint64(value); root != 0 {
		return v.tree(root, nil, nil, depth+1)
	}
	page := value[bucketSize:]
	if len(page) < pageHeaderSize || depth > maxDepth {
		return fmt.Errorf("its inner page has %d bytes", len(page))
	}
	if flags := binary.NativeEndian.Uint16(page[8:]); flags != leafPage {
		return fmt.Errorf("its inner page is of kind %#x", flags)
	}
	return v.leaf(page, binary.NativeEndian.Uint16(page[10:]), nil, nil, depth+1)
}

// piece cuts n bytes out of page, at the distance from the element that pos holds.
func piece(page []byte, element int, pos []byte, n uint64) ([]byte, error) {
	at := uint64(element) + uint64(binary.NativeEndian.Uint32(pos))
	if at+n > uint64(len(page)) {
		return nil, fmt.Errorf("its %d bytes are outside of the page", n)
	}
	return page[at : at+n], nil
}

func ordered(key, prev, high []byte, more bool) error {
	if c := bytes.Compare(key, prev); prev != nil && (c < 0 || c == 0 && more) {
		return fmt.Errorf("key %x is not above %x", key, prev)
	}
	if high != nil && bytes.Compare(key, high) >= 0 {
		return fmt.Errorf("key %x is not below %x", key, high)
	}
	return nil
}

// bitmap is a set of pages.
type bitmap []uint64

func newBitmap(n uint64) bitmap { return make(bitmap, n/64+1) }

func (b bitmap) has(i uint64) bool { return b[i/64]&(1<<(i%64)) != 0 }
func (b bitmap) set(i uint64)      { b[i/64] |= 1 << (i % 64) }
