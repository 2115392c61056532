package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
)

// encode gives the header's page as bbolt writes it.
func (h header) encode() []byte {
	page := make([]byte, h.pageSize)
	order := binary.NativeEndian
	order.PutUint64(page, h.txid%2)
	order.PutUint16(page[8:], metaPage)
	meta := page[pageHeaderSize:]
	order.PutUint32(meta, fileMagic)
	order.PutUint32(meta[4:], fileVersion)
	order.PutUint32(meta[8:], uint32(h.pageSize))
	order.PutUint64(meta[16:], h.root)
	order.PutUint64(meta[24:], h.sequence)
	order.PutUint64(meta[32:], h.freelist)
	order.PutUint64(meta[40:], h.pages)
	order.PutUint64(meta[48:], h.txid)
	sum := fnv.New64a()
	_, _ = sum.Write(meta[:metaSummed]) // a hash never fails
	order.PutUint64(meta[metaSummed:], sum.Sum64())
	return page
}

// writeHeaders makes h the state that both headers of the file lead to, so that
// nobody finds what was there before, and brings the file to disk. bbolt does the
// same in a snapshot.
func writeHeaders(f *os.File, h header) error {
	for range 2 {
		if _, err := f.WriteAt(h.encode(), int64(h.txid%2)*h.pageSize); err != nil {
			return fmt.Errorf("write header: %w", err)
		}
		h.txid--
	}
	return f.Sync()
}

// settleHeaders makes the file's newest state the only one, and its number at least
// txid.
func settleHeaders(path string, txid uint64) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	hs, err := readHeaders(f, info.Size())
	if err != nil {
		return err
	}
	h := hs[0]
	h.txid = max(h.txid, txid)
	return writeHeaders(f, h)
}

// headersOf reads the valid headers of the file at path, the newer first.
func headersOf(path string) ([]header, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return readHeaders(f, info.Size())
}

// txidOf gives the number of the commit that the file's newest header names; 0 if it
// can't be read.
func txidOf(path string) uint64 {
	hs, err := headersOf(path)
	if err != nil {
		return 0
	}
	return hs[0].txid
}
