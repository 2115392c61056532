package store

import (
	"errors"
	"math"
	"time"
)

// moveLongLog moves the log into the tree when it has become long. Where that fails, for
// want of room or of a sound page, it is tried again when the log has grown by as much, or a
// commit finds no room; nothing is lost meanwhile.
func (c *committer) moveLongLog() {
	s := c.store
	weight := s.layers.newest().weight()
	if weight < c.moveAt {
		return
	}
	if err := c.moveLog(); err != nil {
		c.moveAt = s.layers.newest().weight() + logFor(s.limit)*pageSize
		s.log.Warn("could not move the log into the tree; it will be tried again", "bytes", weight, "err", err)
	}
}

// moveLog moves the log into the tree, in a commit of its own. That writes a page or more
// for each entry, for which a store that is nearly full may have no room; then it moves as
// many at a time as there is room for, of which each commit frees the old pages.
func (c *committer) moveLog() error {
	for most := math.MaxInt; c.store.layers.newest().page > 0; {
		c.lives(commitWithin)
		n, err := c.movePart(most)
		if errors.Is(err, ErrFull) && n > 1 {
			most = n / 4
		} else if err != nil {
			return err
		}
	}
	c.moveAt = logFor(c.store.limit) * pageSize
	return nil
}

// movePart moves up to most entries of the log, and with the last of them the log. It gives
// how many it tried to move.
func (c *committer) movePart(most int) (n int, err error) {
	s := c.store
	began := time.Now()
	b, err := c.begin()
	if err != nil {
		return 0, err
	}
	defer func() { _ = b.Rollback() }() // does nothing after a commit
	// An entry may need the pages on the way to it too.
	most = max(1, min(most, int(s.room.left(b.Size(), s.free())/pageSize/4)))
	part, rest := s.layers.newest(), (*layer)(nil)
	if part.len() > most {
		part, rest = part.split(most)
	}
	sh := s.newShared(b, part)
	sh.rest = rest
	if err := c.call(&Tx{shared: sh}, func(*Tx) error { return sh.spill() }); err != nil {
		return part.len(), err
	}
	may := allOfIt
	if part.owes() > 0 {
		may = mostOfIt
	}
	if err := c.commit(sh, 0, may); err != nil {
		return part.len(), err
	}
	c.counts.committed(0, time.Since(began))
	return part.len(), nil
}
