package store_test

import (
	"context"
	"encoding/binary"
	"errors"
	"testing"

	"crema/store"
	"crema/store/storetest"
)

var (
	sums     = store.NewLocal[int]()
	localNum = store.NewBucket[uint64, pair]("local", store.Uint64Key())
)

// pair has a binary form of its own.
type pair struct{ A, B uint32 }

func (p *pair) AppendBinary(b []byte) ([]byte, error) {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, p.A), p.B), nil
}

func (p *pair) UnmarshalBinary(b []byte) error {
	if len(b) != 8 {
		return errors.New("a pair has 8 bytes")
	}
	p.A, p.B = binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	return nil
}

// Many writers keep a sum beside what they put, some fail after they wrote: the sum is always that of what is there.
func TestLocalFollowsTheTransaction(t *testing.T) {
	s := storetest.Open(t)
	sum := func(tx *store.Tx) (*int, error) {
		return sums.Get(tx, func() (*int, error) {
			n := 0
			for range localNum.All(tx) {
				n++
			}
			return &n, nil
		})
	}
	const writers, each = 8, 200
	ended := make(chan error, writers)
	for w := range writers {
		go func() {
			var failed error
			for i := range each {
				err := s.Update(context.Background(), func(tx *store.Tx) error {
					n, err := sum(tx)
					if err != nil {
						return err
					}
					if err := localNum.Put(tx, uint64(w*each+i)+1, pair{uint32(w), uint32(i)}); err != nil {
						return err
					}
					*n++
					real := 0
					for range localNum.All(tx) {
						real++
					}
					if *n != real {
						return errors.New("the sum is not what is there")
					}
					if i%7 == 0 {
						return store.ErrView // any error, after it wrote
					}
					return nil
				})
				if err != nil && !(i%7 == 0 && errors.Is(err, store.ErrView)) {
					failed = err
				}
			}
			ended <- failed
		}()
	}
	for range writers {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func TestBinaryValues(t *testing.T) {
	s := storetest.Open(t)
	err := s.Update(context.Background(), func(tx *store.Tx) error { return localNum.Put(tx, 7, pair{1, 2}) })
	if err != nil {
		t.Fatal(err)
	}
	raw := store.NewBucket[uint64, []byte](localNum.Name(), store.Uint64Key())
	err = s.View(func(tx *store.Tx) error {
		if v, ok, err := localNum.Get(tx, 7); err != nil || !ok || v != (pair{1, 2}) {
			t.Errorf("Get() = %v, %v, %v", v, ok, err)
		}
		if b, _, _ := raw.Get(tx, 7); len(b) != 8 {
			t.Errorf("stored as % x, want its 8 bytes", b)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
