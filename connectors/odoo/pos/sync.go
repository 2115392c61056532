package pos

import (
	"context"
	"fmt"
	"slices"

	"crema/connectors/odoo"
)

// draft is the state of an order that isn't booked yet.
const draft = "draft"

type booked struct {
	ID      int64   `json:"id"`
	UUID    string  `json:"uuid"`
	State   string  `json:"state"`
	Session odoo.ID `json:"session_id"`
}

// A Receipt is a booked order, and the session that has it.
type Receipt struct{ ID, Session int64 }

// Sync books orders, all or none, and gives their receipts by uuid; those that are known keep their id and content. It
// may be repeated. An order that the answer doesn't name is an error of class [odoo.Unknown].
//
// An order of a closed session goes into the POS's open one; if none is open, all are [odoo.Refused], as they are
// for a single order that Odoo doesn't take.
func Sync(ctx context.Context, c *odoo.Client, orders []Order) (map[string]Receipt, error) {
	if len(orders) == 0 {
		return map[string]Receipt{}, nil
	}
	args := struct {
		Orders []Order `json:"orders"`
	}{orders}
	var reply struct {
		Orders []booked `json:"pos.order"`
	}
	if err := c.Call(ctx, "pos.order", "sync_from_ui", args, &reply); err != nil {
		return nil, err
	}
	answered := make(map[string]Receipt, len(reply.Orders))
	for _, o := range reply.Orders {
		if o.ID > 0 && o.State != draft {
			answered[o.UUID] = Receipt{ID: o.ID, Session: int64(o.Session)}
		}
	}
	receipts := make(map[string]Receipt, len(orders))
	for _, o := range orders {
		r, ok := answered[o.UUID]
		if !ok {
			return nil, unexpected("pos.order", "sync_from_ui", fmt.Sprintf("order %s is missing", o.UUID))
		}
		receipts[o.UUID] = r
	}
	return receipts, nil
}

// cancelled is the state of an order that counts no more.
const cancelled = "cancel"

// askAtOnce is how many uuids one search asks for: some 80 KB.
const askAtOnce = 2000

// Booked tells which of the uuids are orders in Odoo, and their ids; thousands are asked for in several calls.
func Booked(ctx context.Context, c *odoo.Client, uuids []string) (map[string]int64, error) {
	all, err := find(ctx, c, uuids)
	if err != nil {
		return nil, err
	}
	ids := make(map[string]int64, len(all))
	for _, o := range all {
		ids[o.UUID] = o.ID
	}
	return ids, nil
}

// InForce tells which of the uuids are orders in Odoo that nobody has cancelled since.
func InForce(ctx context.Context, c *odoo.Client, uuids []string) (map[string]bool, error) {
	all, err := find(ctx, c, uuids)
	if err != nil {
		return nil, err
	}
	valid := make(map[string]bool, len(all))
	for _, o := range all {
		valid[o.UUID] = o.State != cancelled
	}
	return valid, nil
}

// find reads those of the uuids that are orders, and no drafts; thousands are asked for in several calls.
func find(ctx context.Context, c *odoo.Client, uuids []string) (all []booked, err error) {
	for part := range slices.Chunk(uuids, askAtOnce) {
		found, err := odoo.SearchRead[booked](ctx, c, "pos.order", odoo.Search{
			Domain: odoo.Domain{odoo.Where("uuid", "in", part)},
			Fields: []string{"uuid", "state"},
			Order:  "id",
		})
		if err != nil {
			return nil, err
		}
		for _, o := range found {
			if o.State != draft {
				all = append(all, o)
			}
		}
	}
	return all, nil
}
