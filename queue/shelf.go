package queue

import (
	"encoding/binary"
	"fmt"

	"crema/store"
)

// Finished jobs stand on shelves, one of each channel for the done and cancelled, and one for the failed, in the order in which they ended.
// The entry is made by the commit that ends the job; so removing the oldest of a channel is a walk of what is removed and no more, and after
// an unclean end the shelves tell the numbers without a look at the jobs.
var shelfBucket = store.NewBucket[shelfKey, shelved]("queue.shelf",
	store.TripleKey(store.StringKey(), store.Int64Key(), store.Uint64KeyOf[ID]()))

// shelfKey is the shelf's name, the board time of the end, and the job.
type shelfKey = store.Triple[string, int64, ID]

// shelved is what the shelf knows of a job.
type shelved struct {
	Size  int64 // about the bytes that it holds in the store
	State State
}

// AppendBinary writes the size and the state's number.
func (s *shelved) AppendBinary(b []byte) ([]byte, error) {
	return append(binary.AppendUvarint(b, uint64(s.Size)), byte(s.State.place())), nil
}

// UnmarshalBinary reads it.
func (s *shelved) UnmarshalBinary(b []byte) error {
	size, n := binary.Uvarint(b)
	if n <= 0 || len(b) != n+1 || int(b[n]) >= len(states) || !states[b[n]].Terminal() {
		return fmt.Errorf("shelf entry %x", b)
	}
	*s = shelved{int64(size), states[b[n]]}
	return nil
}

// A shelf is named by a letter and its channel.
type shelf string

func shelfOf(s State, channel string) shelf {
	if s == StateFailed {
		return shelf("f" + channel)
	}
	return shelf("d" + channel)
}

func (s shelf) channel() string { return string(s[1:]) }

// sort is the shelf's place in bounds and counts: 0 for done and cancelled, 1 for failed.
func (s shelf) sort() int {
	if s[0] == 'f' {
		return 1
	}
	return 0
}

// recordRest is what a finished job takes beside its texts: numbers, keys, its entry here, the tree's own.
const recordRest = 200

// size is about what the job takes in the store.
func (s *stored) size() int64 {
	return int64(recordRest + len(s.Args) + len(s.Result) + len(s.Error) + len(s.Class) + len(s.Identity) + len(s.Backend) + len(s.Related) +
		len(s.Description) + len(s.BrokenE) + 8*len(s.Parents) + s.ArgsSize + s.LogSize)
}

// shelve keeps the shelves in step with a record that is written, and the numbers with the shelves.
func (e *edit) shelve(r *record, numbers tally) error {
	was, is := r.was.Terminal(), r.State.Terminal()
	if was && is && r.was == r.State && r.wasEnded == r.Ended {
		return nil
	}
	if was {
		key := shelfKey{A: string(shelfOf(r.was, r.Channel)), B: r.wasEnded, C: r.id}
		old, ok, err := shelfBucket.Get(e.tx, key)
		if err != nil {
			return err
		}
		if ok {
			numbers.addBytes(shelf(key.A), -old.Size)
			if err := shelfBucket.Delete(e.tx, key); err != nil {
				return err
			}
		}
	}
	if !is {
		return nil
	}
	on, size := shelfOf(r.State, r.Channel), r.size()
	numbers.addBytes(on, size)
	return shelfBucket.Put(e.tx, shelfKey{A: string(on), B: r.Ended, C: r.id}, shelved{size, r.State})
}
