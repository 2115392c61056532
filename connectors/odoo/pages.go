package odoo

import (
	"context"
	"iter"
	"slices"
)

// PageSize is how many records a page has: 500 products are some 110 KB.
const PageSize = 500

// Pages reads the records of a search by rising id, a call a page, so that no answer is large. A record that is
// made, changed or deleted meanwhile moves no other one from page to page. Offset, limit and order of s are not
// used; id tells a record's. An error ends it; nothing found is no page.
func Pages[R any](ctx context.Context, c *Client, model string, s Search, id func(R) int64) iter.Seq2[[]R, error] {
	return func(yield func([]R, error) bool) {
		s.Offset, s.Limit, s.Order = 0, PageSize, "id"
		domain, last := s.Domain, int64(0)
		for {
			if last > 0 {
				s.Domain = append(slices.Clone(domain), Where("id", ">", last))
			}
			page, err := SearchRead[R](ctx, c, model, s)
			if err != nil {
				yield(nil, err)
				return
			}
			if len(page) == 0 || !yield(page, nil) || len(page) < PageSize {
				return
			}
			next := id(page[len(page)-1])
			if next <= last { // an answer that is none: it would be asked for ever
				yield(nil, &Error{Model: model, Method: "search_read", Class: Refused, Err: ErrUnexpected})
				return
			}
			last = next
		}
	}
}
