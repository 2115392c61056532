package store_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"crema/store"
)

// What is done with whole files is held against a plain copy of the file that is
// synced, in the same run (×copy: how many copies it takes); opening one of a million
// keys against opening an empty one (×empty). Budgets: Snapshot 2.5, as it is read
// back; Compaction 10, of what is left, as all of the old file is read and
// proved and so is the new; OpenMillion 3, after a clean close.

// loaded makes a store with so many records.
func loaded(b *testing.B, n uint64, o store.Options) (path string) {
	path = filepath.Join(b.TempDir(), "crema.db")
	s, err := store.Open(path, o)
	if err != nil {
		b.Fatal(err)
	}
	for from := uint64(0); from < n; from += 20_000 {
		err := s.Update(b.Context(), func(tx *store.Tx) (err error) {
			for i := from; i < min(from+20_000, n); i++ {
				err = errors.Join(err, records.Put(tx, i, record()))
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

func copyFile(b *testing.B, to, from string, n int64) {
	src, err := os.Open(from)
	if err != nil {
		b.Fatal(err)
	}
	defer src.Close()
	dst, err := os.Create(to)
	if err != nil {
		b.Fatal(err)
	}
	_, err = io.Copy(dst, io.LimitReader(src, n))
	if err := errors.Join(err, dst.Sync(), dst.Close()); err != nil {
		b.Fatal(err)
	}
}

// copies measures a plain copy of n bytes of the file.
func copies(b *testing.B, path string, n int64) (seconds float64) {
	b.Run("copy", func(b *testing.B) {
		b.SetBytes(n)
		for b.Loop() {
			copyFile(b, path+".copy", path, n)
		}
		seconds = b.Elapsed().Seconds() / float64(b.N)
	})
	return seconds
}

func BenchmarkSnapshot(b *testing.B) {
	o := store.Options{Snapshots: filepath.Join(b.TempDir(), "snapshots")}
	path := loaded(b, 200_000, o)
	s, err := store.Open(path, o)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	size := s.Stats().Size
	plain := copies(b, path, size)
	b.Run("store", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			if err := s.Rotate(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/plain, "×copy")
	})
}

func BenchmarkCompaction(b *testing.B) {
	path := loaded(b, 300_000, store.Options{})
	s, err := store.Open(path, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	err = s.Update(b.Context(), func(tx *store.Tx) (err error) {
		for i := range uint64(200_000) {
			err = errors.Join(err, records.Delete(tx, i))
		}
		return err
	})
	st := s.Stats()
	if err := errors.Join(err, s.Close()); err != nil {
		b.Fatal(err)
	}
	plain := copies(b, path, st.Size-st.Free)
	b.Run("store", func(b *testing.B) {
		b.SetBytes(st.Size - st.Free)
		for b.Loop() {
			b.StopTimer()
			again := filepath.Join(b.TempDir(), "again.db")
			copyFile(b, again, path, st.Size)
			b.StartTimer()
			s, err := store.Open(again, store.Options{})
			b.StopTimer()
			if err != nil {
				b.Fatal(err)
			}
			if got := s.Stats().Size; got > st.Size/2 {
				b.Fatalf("%d bytes of %d: it was not compacted", got, st.Size)
			}
			if err := errors.Join(s.Close(), os.Remove(again), os.Remove(again+".before-compaction")); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
		b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/plain, "×copy")
	})
}

func BenchmarkOpenMillion(b *testing.B) {
	reopen := func(b *testing.B, path string) float64 {
		for b.Loop() {
			s, err := store.OpenOrRestore(path, store.Options{})
			b.StopTimer()
			if err := errors.Join(err, s.Close()); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
		return b.Elapsed().Seconds() / float64(b.N)
	}
	empty, full := loaded(b, 0, store.Options{}), loaded(b, 1_000_000, store.Options{})
	var without float64
	b.Run("empty", func(b *testing.B) { without = reopen(b, empty) })
	b.Run("million", func(b *testing.B) { b.ReportMetric(reopen(b, full)/without, "×empty") })
}
