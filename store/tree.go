package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// maxDepth is far more than a tree of 2^40 pages needs: more is a circle.
const maxDepth = 48

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
	prev, next := low, dataStart(count)
	for i := range children {
		at := pageHeaderSize + i*elementSize
		if at+elementSize > len(page) {
			return fmt.Errorf("branch %d is outside of its page", i)
		}
		e := page[at:]
		key, err := piece(page, at, e[0:], uint64(binary.NativeEndian.Uint32(e[4:])), &next)
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
	if count == 0 && bytes.ContainsFunc(page[pageHeaderSize:], func(r rune) bool { return r != 0 }) {
		return fmt.Errorf("a leaf page without entries is not empty")
	}
	prev, next := low, dataStart(count)
	for i := range int(count) {
		at := pageHeaderSize + i*elementSize
		if at+elementSize > len(page) {
			return fmt.Errorf("entry %d is outside of its page", i)
		}
		e := page[at:]
		order := binary.NativeEndian
		flags, ksize, vsize := order.Uint32(e), uint64(order.Uint32(e[8:])), uint64(order.Uint32(e[12:]))
		both, err := piece(page, at, e[4:], ksize+vsize, &next)
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
			v.entry(key, value)
		case bucketLeaf:
			if err := v.within(string(key), value, depth); err != nil {
				return fmt.Errorf("bucket %q: %w", key, err)
			}
		default:
			return fmt.Errorf("entry %d has flags %#x", i, flags)
		}
	}
	return nil
}

// within checks the bucket of that name whose head, and page if it is a small one, is
// a value.
func (v *verifier) within(name string, value []byte, depth int) error {
	if v.only != "" && v.only != name {
		return nil
	}
	defer func(outer string) { v.bucket = outer }(v.bucket)
	v.bucket = name
	if len(value) < bucketSize {
		return fmt.Errorf("its head has %d bytes", len(value))
	}
	_, ok := openSequence(name, binary.NativeEndian.Uint64(value[8:]))
	v.count(ok, "its name or sequence")
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

// dataStart is where the data of count elements begin in their page.
func dataStart(count uint16) uint64 { return pageHeaderSize + uint64(count)*elementSize }

// piece cuts n bytes out of page, at the distance from the element that pos holds.
// They must begin at next, where those before them ended, and move it: bbolt leaves
// no room between them, so that a wrong count or length shows.
func piece(page []byte, element int, pos []byte, n uint64, next *uint64) ([]byte, error) {
	at := uint64(element) + uint64(binary.NativeEndian.Uint32(pos))
	if at+n > uint64(len(page)) {
		return nil, fmt.Errorf("its %d bytes are outside of the page", n)
	}
	if at != *next {
		return nil, fmt.Errorf("it is at %d of its page, where %d is its place", at, *next)
	}
	*next += n
	return page[at : at+n], nil
}

// ordered says whether a page's next key is above prev, which for its first is what
// the branch above calls the page, and below high. bbolt takes it for granted that
// both are the same key, and goes wrong with the next write where they are not.
func ordered(key, prev, high []byte, more bool) error {
	switch c := bytes.Compare(key, prev); {
	case prev == nil:
	case more && c <= 0:
		return fmt.Errorf("key %x is not above %x", key, prev)
	case !more && c != 0:
		return fmt.Errorf("the page begins with key %x, and not with %x", key, prev)
	}
	if high != nil && bytes.Compare(key, high) >= 0 {
		return fmt.Errorf("key %x is not below %x", key, high)
	}
	return nil
}
