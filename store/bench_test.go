package store_test

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"crema/store"
)

// The benchmarks put 256 bytes under rising numbers, and the same with bbolt alone
// and as an append with fdatasync, one after the other on the same disk. Each
// operation is one put. What counts is the ratio to these (×append, ×bbolt: puts in
// the same time, more is better), not the time. Budgets, of ×append: Lone 0.45,
// Writers16 2, Batch10000 10, on a disk whose sync takes 0.15 ms or more; on a faster
// one the processor counts, and Lone should reach 0.8 of ×bbolt.

var records = store.NewBucket[uint64, []byte]("records", store.Uint64Key())

func record() []byte { return make([]byte, 256) }

func openBench(b *testing.B) *store.Store {
	s, err := store.Open(filepath.Join(b.TempDir(), "crema.db"), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return s
}

func openRaw(b *testing.B) *bbolt.DB {
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "raw.db"), 0o600, &bbolt.Options{
		PageSize: 4096, NoFreelistSync: true, FreelistType: bbolt.FreelistMapType, InitialMmapSize: 1 << 30})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	err = db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("records")); return err })
	if err != nil {
		b.Fatal(err)
	}
	return db
}

func putRaw(tx *bbolt.Tx, n uint64) error {
	return tx.Bucket([]byte("records")).Put(binary.BigEndian.AppendUint64(nil, n), record())
}

// compare runs the others and then ours, and reports the ratios.
func compare(b *testing.B, bolt, ours func(b *testing.B)) {
	perOp := func(b *testing.B) float64 { return b.Elapsed().Seconds() / float64(b.N) }
	var appendTime, boltTime float64
	b.Run("append", func(b *testing.B) {
		f, err := os.Create(filepath.Join(b.TempDir(), "log"))
		if err != nil {
			b.Fatal(err)
		}
		defer f.Close()
		for b.Loop() {
			if _, err := f.Write(record()); err != nil {
				b.Fatal(err)
			}
			if err := syscall.Fdatasync(int(f.Fd())); err != nil {
				b.Fatal(err)
			}
		}
		appendTime = perOp(b)
	})
	b.Run("bbolt", func(b *testing.B) {
		bolt(b)
		boltTime = perOp(b)
		b.ReportMetric(appendTime/boltTime, "×append")
	})
	b.Run("store", func(b *testing.B) {
		ours(b)
		b.ReportMetric(appendTime/perOp(b), "×append")
		b.ReportMetric(boltTime/perOp(b), "×bbolt")
	})
}

func BenchmarkLone(b *testing.B) {
	compare(b, func(b *testing.B) {
		db := openRaw(b)
		for n := uint64(0); b.Loop(); n++ {
			if err := db.Update(func(tx *bbolt.Tx) error { return putRaw(tx, n) }); err != nil {
				b.Fatal(err)
			}
		}
	}, func(b *testing.B) {
		s := openBench(b)
		for n := uint64(0); b.Loop(); n++ {
			if err := s.Update(b.Context(), func(tx *store.Tx) error { return records.Put(tx, n, record()) }); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// spread has 16 goroutines put b.N numbers.
func spread(b *testing.B, put func(n uint64) error) {
	const writers = 16
	var all sync.WaitGroup
	b.ResetTimer()
	for w := range writers {
		all.Go(func() {
			for n := w; n < b.N; n += writers {
				if err := put(uint64(n)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.StopTimer()
}

func BenchmarkWriters16(b *testing.B) {
	compare(b, func(b *testing.B) {
		db := openRaw(b)
		spread(b, func(n uint64) error { return db.Update(func(tx *bbolt.Tx) error { return putRaw(tx, n) }) })
	}, func(b *testing.B) {
		s := openBench(b)
		before := s.Stats()
		spread(b, func(n uint64) error {
			return s.Update(b.Context(), func(tx *store.Tx) error { return records.Put(tx, n, record()) })
		})
		after := s.Stats()
		b.ReportMetric(float64(after.Ops-before.Ops)/float64(after.Commits-before.Commits), "puts/commit")
	})
}

// On a disk that needs 5 ms for a commit, played by the stamp, all 16 writers should
// meet in one commit, and not in two by turns.
func BenchmarkWriters16SlowDisk(b *testing.B) {
	s, err := store.Open(filepath.Join(b.TempDir(), "crema.db"), store.Options{
		Stamp: func(*store.Tx) error { time.Sleep(5 * time.Millisecond); return nil },
	})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	spread(b, func(n uint64) error {
		return s.Update(b.Context(), func(tx *store.Tx) error { return records.Put(tx, n, record()) })
	})
	st := s.Stats()
	b.ReportMetric(float64(st.Ops)/float64(st.Commits), "puts/commit")
}

func BenchmarkBatch10000(b *testing.B) {
	const batch = 10_000
	batches := func(b *testing.B, put func(from, to uint64) error) {
		b.ResetTimer()
		for from := uint64(0); from < uint64(b.N); from += batch {
			if err := put(from, min(from+batch, uint64(b.N))); err != nil {
				b.Fatal(err)
			}
		}
	}
	compare(b, func(b *testing.B) {
		db := openRaw(b)
		batches(b, func(from, to uint64) error {
			return db.Update(func(tx *bbolt.Tx) (err error) {
				for n := from; n < to; n++ {
					err = errors.Join(err, putRaw(tx, n))
				}
				return err
			})
		})
	}, func(b *testing.B) {
		s := openBench(b)
		batches(b, func(from, to uint64) error {
			return s.Update(b.Context(), func(tx *store.Tx) (err error) {
				for n := from; n < to; n++ {
					err = errors.Join(err, records.Put(tx, n, record()))
				}
				return err
			})
		})
	})
}

// One read in a View: what the wrapping of bbolt costs.
func BenchmarkGet(b *testing.B) {
	const many = 10_000
	b.Run("bbolt", func(b *testing.B) {
		db := openRaw(b)
		err := db.Update(func(tx *bbolt.Tx) (err error) {
			for n := range uint64(many) {
				err = errors.Join(err, putRaw(tx, n))
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
		for n := uint64(0); b.Loop(); n++ {
			_ = db.View(func(tx *bbolt.Tx) error {
				_ = append([]byte(nil), tx.Bucket([]byte("records")).Get(binary.BigEndian.AppendUint64(nil, n%many))...)
				return nil
			})
		}
	})
	b.Run("store", func(b *testing.B) {
		s := openBench(b)
		err := s.Update(b.Context(), func(tx *store.Tx) (err error) {
			for n := range uint64(many) {
				err = errors.Join(err, records.Put(tx, n, record()))
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
		for n := uint64(0); b.Loop(); n++ {
			_ = s.View(func(tx *store.Tx) error {
				_, _, err := records.Get(tx, n%many)
				return err
			})
		}
	})
}
