package stock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"crema/connectors/odoo"
)

// States of a transfer.
const (
	Draft     = "draft"
	Done      = "done"
	Cancelled = "cancel"
)

// A Transfer is what moves from one place to another.
type Transfer struct {
	External string // its external id, "crema.…"; its moves' are made from it
	Origin   string // by which it is found again
	Type     int64  // the operation type
	From, To int64  // locations
	Lines    []Line // one a product
}

// A Line is how much of a product moves.
type Line struct {
	Product  int64
	Name     string
	Unit     int64 // of the quantity
	Quantity odoo.Amount
}

const transferModel = "stock.picking"

// moveColumns are those of a line in an import, behind those of its transfer.
var moveColumns = []string{"move_ids/id", "move_ids/product_id/.id", "move_ids/product_uom_qty", "move_ids/product_uom/.id", "move_ids/location_id/.id", "move_ids/location_dest_id/.id"}

// load imports a transfer, with columns that its version wants of each move besides.
func load(ctx context.Context, c *odoo.Client, t Transfer, extra []string, values func(Line) []string) (int64, error) {
	id := func(n int64) string { return strconv.FormatInt(n, 10) }
	columns := slices.Concat([]string{"id", "picking_type_id/.id", "location_id/.id", "location_dest_id/.id", "origin"}, moveColumns, extra)
	var rows [][]string
	for i, l := range t.Lines {
		own := []string{t.External, id(t.Type), id(t.From), id(t.To), t.Origin}
		if i > 0 {
			own = make([]string, len(own)) // further moves of the same transfer
		}
		move := []string{t.External + "_" + id(l.Product), id(l.Product), string(l.Quantity), id(l.Unit), id(t.From), id(t.To)}
		rows = append(rows, slices.Concat(own, move, values(l)))
	}
	ids, err := odoo.LoadRows(ctx, c, transferModel, columns, rows)
	if err == nil && len(ids) != 1 {
		err = &odoo.Error{Class: odoo.Unknown, Status: 200, Model: transferModel, Method: "load", Err: fmt.Errorf("%w: %d ids for one transfer", odoo.ErrUnexpected, len(ids))}
	}
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}

// Sent is a transfer that Odoo has.
type Sent struct {
	ID     int64       `json:"id"`
	Name   odoo.String `json:"name"`
	State  string      `json:"state"`
	Origin odoo.String `json:"origin"`
}

func sent(ctx context.Context, c *odoo.Client, limit int, domain odoo.Domain) ([]Sent, error) {
	return odoo.SearchRead[Sent](ctx, c, transferModel, odoo.Search{Domain: domain, Fields: []string{"name", "state", "origin"}, Order: "id desc", Limit: limit})
}

// Newest are the transfers whose origin has a text in it, the newest first, at most limit. Odoo takes "_" and "%" in the
// text for wildcards: look at the origins.
func Newest(ctx context.Context, c *odoo.Client, text string, limit int) ([]Sent, error) {
	return sent(ctx, c, limit, odoo.Domain{odoo.Where("origin", "like", text)})
}

// errAsked is a button that did nothing but ask a person something.
var errAsked = errors.New("odoo wants a person to decide")

// Validate posts a transfer, and reads its state where the answer doesn't tell. One that Odoo wants a person to decide
// about is [odoo.Denied] and stays as it is.
func Validate(ctx context.Context, c *odoo.Client, id int64) error {
	const method = "button_validate"
	var reply json.RawMessage
	if err := c.Call(ctx, transferModel, method, map[string]any{"ids": []int64{id}}, &reply); err != nil {
		return err
	}
	var done bool
	if json.Unmarshal(reply, &done) == nil && done {
		return nil
	}
	now, err := sent(ctx, c, 1, odoo.Domain{odoo.Where("id", "=", id)})
	if err != nil || len(now) == 1 && now[0].State == Done {
		return err
	}
	var action struct {
		Name odoo.String `json:"name"`
	}
	_ = json.Unmarshal(reply, &action) // its title says more, where there is one
	name := fmt.Sprint("transfer ", id)
	if len(now) == 1 && now[0].Name != "" {
		name = string(now[0].Name)
	}
	return &odoo.Error{Class: odoo.Denied, Status: 200, Model: transferModel, Method: method,
		Err: fmt.Errorf("%w: %q about %s: validate or cancel it in Odoo, under Inventory", errAsked, action.Name, name)}
}
