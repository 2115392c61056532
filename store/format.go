package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
)

// The layout of a bbolt file, version 2, as go.etcd.io/bbolt v1.5.0 has it in
// internal/common (page.go, meta.go, inode.go, bucket.go). Numbers are in the byte
// order of the machine, little endian on every board there is.
const (
	fileMagic   = 0xED0CDAED
	fileVersion = 2

	pageHeaderSize = 16 // id 8, flags 2, count 2, overflow 4
	elementSize    = 16 // branch: pos 4, ksize 4, page 8; leaf: flags 4, pos 4, ksize 4, vsize 4
	bucketSize     = 16 // root page 8, sequence 8
	metaSize       = 64
	metaSummed     = 56 // what its checksum covers

	branchPage   = 0x01
	leafPage     = 0x02
	metaPage     = 0x04
	freelistPage = 0x10
	bucketLeaf   = 0x01 // flag of a leaf's element

	noFreelist = ^uint64(0) // in place of the free list's page: it was not written
	manyCount  = 0xFFFF     // of a free list: its true count is the first number
)

// header is what one of a file's two meta pages says: one whole state of the file.
type header struct {
	pageSize int64
	root     uint64 // page of the bucket of buckets
	sequence uint64 // of that bucket; nothing uses it
	freelist uint64 // page of the list of free pages, or noFreelist
	pages    uint64 // pages in use, the free ones among them
	txid     uint64
	odd      bool // the head of its page, which its checksum does not cover, is not right
}

// bytes is how long the file must be at least.
func (h header) bytes() int64 { return int64(h.pages) * h.pageSize }

// clean says whether the last commit was that of a clean close.
func (h header) clean() bool { return h.freelist != noFreelist }

func errCutFile(size int64, h header) error {
	return fmt.Errorf("the file is cut: it has %d of %d bytes", size, h.bytes())
}

var errNoHeader = errors.New("neither of its two header pages is valid")

// readHeaders reads the valid ones of the file's two headers, the newer first.
func readHeaders(r io.ReaderAt, size int64) ([]header, error) {
	pageSize, err := findPageSize(r, size)
	if err != nil {
		return nil, err
	}
	if size < 2*pageSize {
		return nil, errCutFile(size, header{pageSize: pageSize, pages: 2})
	}
	var hs []header
	for _, at := range []int64{0, pageSize} {
		h, ok, err := readHeader(r, at)
		if err != nil {
			return nil, err
		}
		if ok && h.pageSize == pageSize {
			hs = append(hs, h)
		}
	}
	if len(hs) == 2 && hs[1].txid > hs[0].txid {
		hs[0], hs[1] = hs[1], hs[0]
	}
	return hs, nil
}

// findPageSize asks the first header, and if that is broken looks for the second
// wherever it can be.
func findPageSize(r io.ReaderAt, size int64) (int64, error) {
	if h, ok, err := readHeader(r, 0); err != nil || ok {
		return h.pageSize, err
	}
	for at := int64(1024); at <= 1024<<14 && at < size; at *= 2 {
		if h, ok, err := readHeader(r, at); err != nil {
			return 0, err
		} else if ok && h.pageSize == at {
			return at, nil
		}
	}
	return 0, errNoHeader
}

// readHeader reads the header at an offset; ok is false where there is none.
func readHeader(r io.ReaderAt, at int64) (h header, ok bool, err error) {
	var page [pageHeaderSize + metaSize]byte
	if _, err := r.ReadAt(page[:], at); errors.Is(err, io.EOF) {
		return header{}, false, nil
	} else if err != nil {
		return header{}, false, fmt.Errorf("read header: %w", err)
	}
	meta := page[pageHeaderSize:]
	sum := fnv.New64a()
	_, _ = sum.Write(meta[:metaSummed]) // a hash never fails
	order := binary.NativeEndian
	if order.Uint32(meta) != fileMagic || order.Uint32(meta[4:]) != fileVersion ||
		order.Uint64(meta[metaSummed:]) != sum.Sum64() {
		return header{}, false, nil
	}
	h = header{
		pageSize: int64(order.Uint32(meta[8:])),
		root:     order.Uint64(meta[16:]),
		sequence: order.Uint64(meta[24:]),
		freelist: order.Uint64(meta[32:]),
		pages:    order.Uint64(meta[40:]),
		txid:     order.Uint64(meta[48:]),
	}
	head := page[:pageHeaderSize]
	h.odd = order.Uint64(head) != uint64(min(at, 1)) || order.Uint16(head[8:]) != metaPage || order.Uint16(head[10:]) != 0 || order.Uint32(head[12:]) != 0
	return h, h.pageSize >= 1024 && h.pageSize <= 1024<<14 && h.pages < 1<<40, nil
}
