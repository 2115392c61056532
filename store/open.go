package store

import (
	"log/slog"

	"go.etcd.io/bbolt"
)

func sizeLimit(n int64) int64 { return n }

func openFile(path string, limit int64, ms []Migration, log *slog.Logger) (*bbolt.DB, error) {
	panic("todo")
}
func (s *Store) classify(err error) error           { return err }
func (s *Store) panicked(v any, stack []byte) error { return &PanicError{v, stack} }
func (s *Store) nested() bool                       { return false }
