package standin

import (
	"slices"
	"strconv"
	"strings"
)

func transferMethods() map[string]*method {
	return map[string]*method{
		"create":          {class: true, params: []string{"vals_list!"}, run: createTransfers},
		"load":            {class: true, params: []string{"fields!", "data!"}, run: loadTransfers},
		"button_validate": {run: validateTransfers},
	}
}

func createTransfers(c *call) (any, *refusal) {
	return c.created(func(vals map[string]any) (int64, *refusal) {
		var moves []map[string]any
		own := map[string]any{}
		for name, v := range vals {
			if name != "move_ids" {
				own[name] = v
				continue
			}
			list, _ := v.([]any)
			for _, e := range list {
				if command, ok := e.([]any); ok && len(command) == 3 {
					move, _ := command[2].(map[string]any)
					moves = append(moves, move)
				}
			}
		}
		return c.putTransfer(own, moves)
	})
}

// putTransfer makes a transfer with its moves; a draft.
func (c *call) putTransfer(own map[string]any, moves []map[string]any) (int64, *refusal) {
	kept, no := c.values(own)
	if no != nil {
		return 0, no
	}
	lines := *c
	lines.model = c.s.models["stock.move"]
	var all []Values
	for _, m := range moves {
		one, no := lines.values(m)
		if no != nil {
			return 0, no
		}
		if c.s.major() < 19 && one["name"] == nil {
			return 0, lines.missingValue("Description", "name")
		}
		all = append(all, one)
	}
	kept["state"], kept["name"] = "draft", c.s.nextName(idIn(kept, "picking_type_id"))
	id := c.s.insert("stock.picking", 0, kept)
	for _, m := range all {
		m["picking_id"], m["state"], m["reference"] = id, "draft", kept["name"]
		c.s.insert("stock.move", 0, m)
	}
	return id, nil
}

// validateTransfers posts transfers. One that is done stays as it is; one of which less was done than is demanded asks
// for a decision, and nothing is moved.
func validateTransfers(c *call) (any, *refusal) {
	if no := c.require("write"); no != nil {
		return nil, no
	}
	t := c.s.tables["stock.picking"]
	for _, id := range c.ids {
		if t.rows[id] == nil {
			return nil, c.missing("stock.picking", id)
		}
	}
	for _, id := range c.ids {
		row := t.rows[id]
		if row["state"] == "done" {
			continue
		}
		moves := c.s.movesIn(id)
		if !c.skipBackorder && slices.ContainsFunc(moves, func(m Values) bool {
			return number(m, "quantity") > 0 && number(m, "quantity") < number(m, "product_uom_qty")
		}) {
			return object{{"name", "Create Backorder?"}, {"type", "ir.actions.act_window"}, {"view_mode", "form"}, {"res_model", "stock.backorder.confirmation"},
				{"views", []any{[]any{968, "form"}}}, {"view_id", 968}, {"target", "new"},
				{"context", object{{"button_validate_picking_ids", []any{id}}, {"default_show_transfers", false}, {"default_pick_ids", []any{[]any{4, id}}}}}}, nil
		}
		for _, m := range moves {
			if number(m, "quantity") == 0 {
				m["quantity"] = m["product_uom_qty"] // what is demanded counts as done
			}
			c.s.post(m)
		}
		row["state"], row["date_done"] = "done", c.s.now().UTC().Format(stamp)
	}
	return true, nil
}

func (s *Server) movesIn(picking int64) (moves []Values) {
	t := s.tables["stock.move"]
	for _, id := range t.ids() {
		if t.rows[id]["picking_id"] == picking {
			moves = append(moves, t.rows[id])
		}
	}
	return moves
}

// loadTransfers is the import of one transfer and its moves, a row each: by the external ids it creates them, or writes
// those that are there. A transfer that is done is refused, in an answer that is a good one by its status.
func loadTransfers(c *call) (any, *refusal) {
	columns := textsOf(c.args["fields"])
	list, _ := c.args["data"].([]any)
	own, moves := map[string]any{}, []map[string]any{}
	for n, row := range list {
		move := map[string]any{}
		for i, text := range textsOf(row) {
			if i >= len(columns) || text == "" {
				continue
			}
			into, column := own, columns[i]
			if name, isMove := strings.CutPrefix(column, "move_ids/"); isMove {
				into, column = move, name
			} else if n > 0 {
				continue
			}
			if name, isID := strings.CutSuffix(column, "/.id"); isID {
				id, _ := strconv.ParseInt(text, 10, 64)
				into[name] = id
			} else if number, err := strconv.ParseFloat(text, 64); column == "product_uom_qty" && err == nil {
				into[column] = number
			} else {
				into[column] = text
			}
		}
		moves = append(moves, move)
	}
	refused := func(message string) any {
		rows := object{{"from", 0}, {"to", len(list) - 1}}
		return object{{"ids", false}, {"messages", []any{object{{"rows", rows}, {"record", 0}, {"type", "error"}, {"message", message}}}}, {"nextrow", 0}}
	}
	if no := c.require("create"); no != nil {
		return refused(no.message), nil
	}
	id, no := c.loadTransfer(own, moves)
	if no != nil {
		return refused(no.message), nil
	}
	return object{{"ids", []any{id}}, {"messages", []any{}}, {"nextrow", 0}}, nil
}

func (c *call) loadTransfer(own map[string]any, moves []map[string]any) (int64, *refusal) {
	external, _ := own["id"].(string)
	delete(own, "id")
	t := c.s.tables["stock.picking"]
	for _, id := range t.ids() {
		row := t.rows[id]
		if row["external"] != external {
			continue
		}
		if row["state"] == "done" {
			return 0, userError("Changing the operation type of this record is forbidden at this point.")
		}
		kept, no := c.values(own)
		if no != nil {
			return 0, no
		}
		c.set(row, kept)
		return id, c.loadMoves(id, moves)
	}
	id, no := c.putTransfer(own, nil)
	if no != nil {
		return 0, no
	}
	t.rows[id]["external"] = external
	return id, c.loadMoves(id, moves)
}

func (c *call) loadMoves(picking int64, moves []map[string]any) *refusal {
	lines := *c
	lines.model = c.s.models["stock.move"]
	for _, m := range moves {
		external, _ := m["id"].(string)
		delete(m, "id")
		kept, no := lines.values(m)
		if no != nil {
			return no
		}
		if c.s.major() < 19 && kept["name"] == nil {
			return lines.missingValue("Description", "name")
		}
		found := false
		for _, row := range c.s.movesIn(picking) {
			if row["external"] == external {
				lines.set(row, kept)
				found = true
			}
		}
		if !found {
			kept["picking_id"], kept["state"], kept["external"] = picking, "draft", external
			kept["reference"] = c.s.tables["stock.picking"].rows[picking]["name"]
			c.s.insert("stock.move", 0, kept)
		}
	}
	return nil
}
