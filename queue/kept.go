package queue

import (
	"math"
	"slices"
)

// Kept gives how many finished jobs the store holds and about how many bytes they take, from memory; nothing before Run has recovered.
func (q *Queue) Kept() (jobs int, bytes int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, c := range q.tally {
		for i, s := range states {
			if s.Terminal() {
				jobs += c.jobs[i]
			}
		}
		bytes += c.bytes[0] + c.bytes[1]
	}
	return jobs, bytes
}

// on gives how many jobs stand on a shelf.
func (c *counts) on(sort int) int {
	if sort == 1 {
		return c.jobs[StateFailed.place()]
	}
	return c.jobs[StateDone.place()] + c.jobs[StateCancelled.place()]
}

var sorts = [2]string{"d", "f"}

// shelves lists those that hold anything.
func (q *Queue) shelves() []shelf {
	q.mu.Lock()
	defer q.mu.Unlock()
	var list []shelf
	for channel, c := range q.tally {
		for sort, letter := range sorts {
			if c.on(sort) > 0 {
				list = append(list, shelf(letter+channel))
			}
		}
	}
	return list
}

// overfull lists the shelves that hold enough more than they may to begin removing.
func (q *Queue) overfull() []shelf {
	q.mu.Lock()
	defer q.mu.Unlock()
	var list []shelf
	for channel, c := range q.tally {
		for sort, b := range q.keeper.of(channel) {
			if b.exceeds(c.on(sort), c.bytes[sort]) {
				list = append(list, shelf(sorts[sort]+channel))
			}
		}
	}
	return list
}

// overfullLocked tells whether the loop has to be woken for pruning after a change of the numbers; q.mu is held.
func (q *Queue) overfullLocked(change tally) bool {
	for channel := range change {
		c := q.tally[channel]
		for sort, b := range q.keeper.of(channel) {
			if b.exceeds(c.on(sort), c.bytes[sort]) {
				return true
			}
		}
	}
	total := q.keeper.all.Total
	return total >= 0 && q.tally.bytes() > total+byteSlack(total)
}

// excess is how much a shelf has too much.
func (q *Queue) excess(s shelf) (jobs int, bytes int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	c := q.tally[s.channel()]
	if c == nil {
		return 0, 0
	}
	return q.keeper.of(s.channel())[s.sort()].excess(c.on(s.sort()), c.bytes[s.sort()])
}

func (q *Queue) bound(s shelf) bound {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.keeper.of(s.channel())[s.sort()]
}

// held is what all shelves hold, in bytes.
func (q *Queue) held() int64 {
	_, bytes := q.Kept()
	return bytes
}

// largest finds the shelf that holds the most bytes, of those that are not left out, and how many it holds above its share: the most that
// each of them may hold so that all shelves together hold no more than goal.
func (q *Queue) largest(goal int64, out map[shelf]bool) (largest shelf, above int64, found bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	most := int64(0)
	var sizes []int64
	for channel, c := range q.tally {
		for sort, letter := range sorts {
			s, n := shelf(letter+channel), c.bytes[sort]
			if out[s] {
				goal -= n
				continue
			}
			if sizes = append(sizes, n); n > most {
				largest, most, found = s, n, true
			}
		}
	}
	return largest, most - share(sizes, goal), found
}

// share is the most that each of some may have so that together they have no more than all; what one has less is for the others.
func share(sizes []int64, all int64) int64 {
	slices.Sort(sizes)
	for i, n := range sizes {
		if even := max(all, 0) / int64(len(sizes)-i); n > even {
			return even
		}
		all -= n
	}
	return math.MaxInt64
}
