package odoo_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"crema/connectors/odoo"
	"crema/connectors/odoo/standin"
)

type numbered struct {
	ID int64 `json:"id"`
}

// TestPages reads any number of records once each, in a call for each page and none more than needed, while others
// are made and deleted; and tells Odoo's clock.
func TestPages(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	for _, n := range []int{0, 1, odoo.PageSize - 1, odoo.PageSize, odoo.PageSize + 1, 3*odoo.PageSize + 7} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			s := standin.New(standin.Options{Key: secret, Now: func() time.Time { return now }})
			server := httptest.NewServer(s)
			defer server.Close()
			for range n {
				s.AddCategory("Coffee")
			}
			var dates []time.Time
			ctx := odoo.WithDate(t.Context(), func(at time.Time) { dates = append(dates, at) })
			read := map[int64]int{}
			pages := 0
			search := odoo.Search{Domain: odoo.Domain{"|", odoo.Where("name", "=", "Coffee"), odoo.Where("name", "=", "Tea")}, Fields: []string{"id"}, Limit: 3, Order: "name"}
			for page, err := range odoo.Pages(ctx, client19(t, server.URL), "pos.category", search, func(r numbered) int64 { return r.ID }) {
				if err != nil || len(page) == 0 || len(page) > odoo.PageSize {
					t.Fatalf("page of %d: %v", len(page), err)
				}
				for _, r := range page {
					read[r.ID]++
				}
				if pages++; pages == 1 {
					s.Delete("pos.category", 1) // of the first page, so that by number all others would move up
					s.AddCategory("Other")
				}
			}
			for id := int64(1); id <= int64(n); id++ {
				if read[id] != 1 {
					t.Errorf("record %d was read %d times", id, read[id])
				}
			}
			if calls := s.Calls("pos.category/search_read"); len(read) != n || calls != n/odoo.PageSize+1 || len(dates) != calls || !dates[0].Equal(now) {
				t.Errorf("%d records in %d calls, Odoo's clock told as %v", len(read), calls, dates)
			}
		})
	}
	s := standin.New(standin.Options{Key: secret})
	server := httptest.NewServer(s)
	defer server.Close()
	for range odoo.PageSize {
		s.AddCategory("Coffee")
	}
	c, search := client(t, server.URL), odoo.Search{Fields: []string{"id"}}
	for _, err := range odoo.Pages(t.Context(), c, "pos.category", search, func(numbered) int64 { return 0 }) {
		if err != nil && !errors.Is(err, odoo.ErrUnexpected) {
			t.Error(err)
		}
	}
	defer s.Fail(standin.Rule{Fault: standin.DatabaseDown})()
	for page, err := range odoo.Pages(t.Context(), c, "pos.category", search, func(r numbered) int64 { return r.ID }) {
		if page != nil || odoo.ClassOf(err) != odoo.Transient {
			t.Errorf("%v, %v", page, err)
		}
	}
}
