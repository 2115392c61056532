package store

import (
	"bytes"

	"go.etcd.io/bbolt"
)

// cursor walks over a bucket: over what the layer has of it and what the tree has
// beneath. It is good until the bucket is written; then it has to seek anew.
type cursor struct {
	of   *opened
	top  []entry
	bolt *bbolt.Cursor // nil: the tree has none

	at          int    // in top
	key, stored []byte // where bolt stands; nil: past the end
	// What the last step gave came from there, so that the next leaves it behind.
	usedTop, usedTree bool
}

func (o *opened) cursor() *cursor { return &cursor{of: o} }

// begin looks anew at what there is, as a write may have changed it.
func (c *cursor) begin() {
	*c = cursor{of: c.of}
	if c.of.top != nil {
		c.top = c.of.top.entries
	}
	if c.of.bolt != nil {
		c.bolt = c.of.bolt.Cursor()
	}
}

// seek gives the entry with the lowest key that is not below key; nil if there is none.
func (c *cursor) seek(key []byte) (k, stored []byte) {
	c.begin()
	c.at, _ = find(c.top, key)
	if c.bolt != nil {
		c.key, c.stored = c.bolt.Seek(key)
	}
	return c.next()
}

// next gives the entry above the one given last.
func (c *cursor) next() (k, stored []byte) {
	for {
		if c.usedTop {
			c.at++
		}
		if c.usedTree {
			c.key, c.stored = c.bolt.Next()
		}
		if done := c.choose(c.at < len(c.top), -1); done {
			return c.given()
		}
	}
}

// below gives the entry with the greatest key below end, or with the greatest of all
// where end is nil.
func (c *cursor) below(end []byte) (k, stored []byte) {
	c.begin()
	if c.at = len(c.top); end != nil {
		c.at, _ = find(c.top, end)
	}
	c.at--
	if c.bolt != nil {
		c.key, c.stored = below(c.of.bolt, c.bolt, end)
	}
	return c.previous()
}

// previous gives the entry below the one given last.
func (c *cursor) previous() (k, stored []byte) {
	for {
		if c.usedTop {
			c.at--
		}
		if c.usedTree {
			last := c.key
			if c.key, c.stored = c.bolt.Prev(); c.key == nil {
				c.key, c.stored = below(c.of.bolt, c.bolt, last)
			}
		}
		if done := c.choose(c.at >= 0, 1); done {
			return c.given()
		}
	}
}

// choose takes the layer's entry, where it has one, or the tree's, or both if they are of
// one key: that which comes first, by the sign that the comparison then has. False: what
// it took is a deletion.
func (c *cursor) choose(more bool, sign int) bool {
	c.usedTop, c.usedTree = more, c.key != nil
	if !more || c.key == nil {
		return !more || c.top[c.at].stored != nil
	}
	if d := bytes.Compare(c.top[c.at].key, c.key) * sign; d > 0 {
		c.usedTree = false
	} else if d < 0 {
		c.usedTop = false
	}
	return !c.usedTop || c.top[c.at].stored != nil
}

func (c *cursor) given() (k, stored []byte) {
	if c.usedTop {
		return c.top[c.at].key, c.top[c.at].stored
	}
	return c.key, c.stored
}

// below moves c to the greatest key less than end, or to the last where end is nil.
//
// bbolt's way back can't be trusted in a transaction that deleted: Prev stops at a
// page that is now empty, and Last never returns if all are (v1.5.0, cursor.go). So
// it asks First, which can, whether there is anything, and goes on until there it is.
func below(b *bbolt.Bucket, c *bbolt.Cursor, end []byte) (key, raw []byte) {
	first, _ := b.Cursor().First()
	if first == nil || end != nil && bytes.Compare(first, end) >= 0 {
		return nil, nil
	}
	if end == nil {
		return c.Last()
	}
	if key, _ := c.Seek(end); key == nil {
		return c.Last()
	}
	for key == nil {
		key, raw = c.Prev()
	}
	return key, raw
}
