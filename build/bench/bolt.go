package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"

	"go.etcd.io/bbolt"
)

// bare is bbolt alone: what a commit costs on this disk.
type bare struct{ db *bbolt.DB }

var bareBucket = []byte("jobs")

func openBoltDefaults(dir string, _ int) (Peer, error) { return openBare(dir, nil) }

func openBoltAsCrema(dir string, _ int) (Peer, error) { return openBare(dir, asCrema()) }

// asCrema gives the options of store.Open.
func asCrema() *bbolt.Options {
	return &bbolt.Options{PageSize: 4096, FreelistType: bbolt.FreelistMapType, NoFreelistSync: true, MaxSize: 4 << 30, InitialMmapSize: 4 << 30}
}

func openBare(dir string, o *bbolt.Options) (*bare, error) {
	db, err := bbolt.Open(filepath.Join(dir, "bare.db"), 0o600, o)
	if err != nil {
		return nil, fmt.Errorf("open bbolt: %w", err)
	}
	if db.NoSync || db.NoGrowSync {
		return nil, errors.Join(errors.New("bbolt does not sync"), db.Close())
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(bareBucket)
		return err
	})
	return &bare{db}, err
}

func (b *bare) put(tx *bbolt.Tx, p Payload) error {
	raw, err := p.encode()
	if err != nil {
		return err
	}
	bucket := tx.Bucket(bareBucket)
	n, err := bucket.NextSequence()
	if err != nil {
		return err
	}
	return bucket.Put(binary.BigEndian.AppendUint64(nil, n), raw)
}

func (b *bare) Enqueue(_ context.Context, p Payload) error {
	return b.db.Update(func(tx *bbolt.Tx) error { return b.put(tx, p) })
}

func (b *bare) EnqueueAll(_ context.Context, ps []Payload) error {
	return b.db.Update(func(tx *bbolt.Tx) error {
		for _, p := range ps {
			if err := b.put(tx, p); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *bare) Work(context.Context, Handler) error { return ErrNoWork }

func (b *bare) Stats() Stats { return Stats{} }

func (b *bare) Close() error { return b.db.Close() }
