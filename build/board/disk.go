package board

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
)

// sectorSize is what a card writes whole or not at all.
const sectorSize = 512

// A disk is a card with a volatile write cache and a power plug. What is written is kept in memory until it is flushed; a power
// cut makes a random part of what was not yet flushed durable, sector by sector and in no order, and drops the rest.
// It is safe for concurrent use.
type disk struct {
	mu      sync.Mutex
	file    *os.File
	size    int64
	cache   map[int64][]byte // by sector: not durable yet
	off     bool             // no power
	cutIn   int              // writes until the power is cut; 0: it isn't
	cut     chan struct{}    // closed by the cut
	random  *rand.Rand
	lies    bool // it says that it flushed and didn't
	refuses bool // it takes no writes any more, as a worn card

	written int64 // bytes since the start
	pending int   // sectors that were not durable at the cut
	kept    int   // and how many of them were all the same
}

func openDisk(path string) (*disk, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	return &disk{file: f, size: info.Size(), cache: map[int64][]byte{}, cut: make(chan struct{})}, nil
}

// cutAfter cuts the power right behind n more writes, which is before the flush that would make them durable.
func (d *disk) cutAfter(n int, random *rand.Rand) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cutIn, d.random = n, random
}

// isCut tells whether the power was cut.
func (d *disk) isCut() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.off
}

// bytesWritten is how much was written to the disk since it was opened.
func (d *disk) bytesWritten() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.written
}

// refuse has the disk take no writes any more.
func (d *disk) refuse() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refuses = true
}

// close is the end of a disk that was not cut; all of it is durable then.
func (d *disk) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		return nil
	}
	d.off = true
	if err := d.settle(); err != nil {
		return err
	}
	return d.file.Close()
}

// settle makes durable what is in the cache.
func (d *disk) settle() error {
	for sector, data := range d.cache {
		if _, err := d.file.WriteAt(data, sector*sectorSize); err != nil {
			return fmt.Errorf("the disk's file: %w", err)
		}
	}
	clear(d.cache)
	return nil
}

// pull is the power cut.
func (d *disk) pull() {
	d.off = true
	d.pending = len(d.cache)
	share := d.random.Float64()
	for _, sector := range slices.Sorted(maps.Keys(d.cache)) { // in an order, so that the seed decides
		if d.random.Float64() >= share {
			continue
		}
		if _, err := d.file.WriteAt(d.cache[sector], sector*sectorSize); err == nil {
			d.kept++
		}
	}
	d.file.Close()
	close(d.cut)
}

// The commands of an NBD client that a disk knows, and the errors that it answers.
const (
	doRead, doWrite, doHangUp, doFlush = 0, 1, 2, 3

	noErr, errPermission, errIO, errUnknown = 0, 1, 5, 22
)

// do does one command. It is not ok where the power is gone: then there is no answer.
func (d *disk) do(command uint16, durable bool, offset int64, data []byte) (code uint32, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		return 0, false
	}
	if offset < 0 || offset+int64(len(data)) > d.size || offset%sectorSize != 0 || len(data)%sectorSize != 0 {
		return errUnknown, true
	}
	first, sectors := offset/sectorSize, int64(len(data)/sectorSize)
	switch command {
	case doRead:
		if _, err := d.file.ReadAt(data, offset); err != nil {
			return errIO, true
		}
		for i := range sectors {
			if newer, ok := d.cache[first+i]; ok {
				copy(data[i*sectorSize:], newer)
			}
		}
	case doWrite:
		if d.refuses {
			return errPermission, true
		}
		d.written += int64(len(data))
		for i := range sectors {
			d.cache[first+i] = data[i*sectorSize : (i+1)*sectorSize]
		}
		if d.cutIn > 0 {
			if d.cutIn--; d.cutIn == 0 {
				d.pull()
				return 0, false
			}
		}
		if durable && !d.lies { // this write alone: a card keeps no order
			for i := range sectors {
				delete(d.cache, first+i)
			}
			if _, err := d.file.WriteAt(data, offset); err != nil {
				return errIO, true
			}
		}
	case doFlush:
		if !d.lies && d.settle() != nil {
			return errIO, true
		}
	default:
		return errUnknown, true
	}
	return noErr, true
}
