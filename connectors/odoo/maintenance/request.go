package maintenance

import (
	"context"
	"fmt"
	"strconv"

	"crema/connectors/odoo"
)

// A Request is what is to be done about a piece of equipment, as Odoo has it.
type Request struct {
	ID          int64       `json:"id"`
	Description odoo.String `json:"description"` // HTML
	Done        bool        `json:"done"`        // its stage ends it
}

// A New request is one that Odoo may not have yet.
type New struct {
	External    string // the external id that it is made under
	Equipment   int64
	Name        string
	Priority    string // "0" very low to "3" high
	Description string // HTML
}

var requestFields = []string{"description", "done"}

// Read reads requests by their ids, in their order. Those that were deleted are left out.
func Read(ctx context.Context, c *odoo.Client, ids []int64) ([]Request, error) {
	return odoo.SearchRead[Request](ctx, c, RequestModel, odoo.Search{Domain: odoo.Domain{odoo.Where("id", "in", ids)}, Fields: requestFields, Order: "id"})
}

// page is how many requests are read at once.
const page = 500

// All reads all requests of a piece of equipment, oldest first, and their external ids by id; "" for those without.
func All(ctx context.Context, c *odoo.Client, equipment int64) (all []Request, externals map[int64]string, err error) {
	externals = map[int64]string{}
	for last := int64(0); ; {
		found, err := odoo.SearchRead[Request](ctx, c, RequestModel, odoo.Search{
			Domain: odoo.Domain{odoo.Where("equipment_id", "=", equipment), odoo.Where("id", ">", last)}, Fields: requestFields, Order: "id", Limit: page})
		if err != nil {
			return nil, nil, err
		}
		if len(found) > 0 {
			var ids []int64
			for _, r := range found {
				ids, last = append(ids, r.ID), r.ID
			}
			var names map[string]odoo.String
			if err := c.Call(ctx, RequestModel, "get_external_id", map[string]any{"ids": ids}, &names); err != nil {
				return nil, nil, err
			}
			for _, id := range ids {
				externals[id] = string(names[strconv.FormatInt(id, 10)])
			}
			all = append(all, found...)
		}
		if len(found) < page {
			return all, externals, nil
		}
	}
}

// Load makes requests for repair, or writes those that were made under their external ids, in one call, and gives their ids in this
// order. They begin in the first stage.
func Load(ctx context.Context, c *odoo.Client, requests []New) ([]int64, error) {
	rows := make([][]string, len(requests))
	for i, r := range requests {
		rows[i] = []string{r.External, r.Name, strconv.FormatInt(r.Equipment, 10), "corrective", r.Priority, r.Description}
	}
	return load(ctx, c, []string{"id", "name", "equipment_id/.id", "maintenance_type", "priority", "description"}, rows)
}

// Describe replaces the descriptions of requests that there are, given by external id, in one call.
func Describe(ctx context.Context, c *odoo.Client, externals, descriptions []string) error {
	rows := make([][]string, len(externals))
	for i := range externals {
		rows[i] = []string{externals[i], descriptions[i]}
	}
	_, err := load(ctx, c, []string{"id", "description"}, rows)
	return err
}

func load(ctx context.Context, c *odoo.Client, fields []string, rows [][]string) ([]int64, error) {
	ids, err := odoo.LoadRows(ctx, c, RequestModel, fields, rows)
	if err == nil && len(ids) != len(rows) {
		err = &odoo.Error{Class: odoo.Unknown, Model: RequestModel, Method: "load", Err: fmt.Errorf("%w: %d ids for %d rows", odoo.ErrUnexpected, len(ids), len(rows))}
	}
	return ids, err
}

// SetStage puts requests into a stage.
func SetStage(ctx context.Context, c *odoo.Client, ids []int64, stage int64) error {
	return c.Call(ctx, RequestModel, "write", map[string]any{"ids": ids, "vals": map[string]any{"stage_id": stage}}, nil)
}

// Stages gives the first stage of an open request, and the first one that ends it; 0: there is none.
func Stages(ctx context.Context, c *odoo.Client) (open, done int64, err error) {
	found, err := odoo.SearchRead[struct {
		ID   int64 `json:"id"`
		Done bool  `json:"done"`
	}](ctx, c, "maintenance.stage", odoo.Search{Fields: []string{"done"}, Order: "sequence,id"})
	for _, s := range found {
		switch {
		case s.Done && done == 0:
			done = s.ID
		case !s.Done && open == 0:
			open = s.ID
		}
	}
	return open, done, err
}
