package standin

import (
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

func orderFields() []*field {
	return join(
		text("uuid", "name", "state", "pos_reference", "tracking_number", "access_token"),
		ref("session_id", "pos.session"), ref("config_id", "pos.config"), ref("user_id", "res.users"), ref("company_id", "res.company"),
		ref("fiscal_position_id", ""), ref("partner_id", ""), ref("create_uid", "res.users"),
		fieldsOf(float, []string{"amount_total", "amount_tax", "amount_paid", "amount_return"}), fieldsOf(integer, []string{"sequence_number"}),
		fieldsOf(datetime, []string{"date_order", "create_date", "write_date"}), fieldsOf(many2any, []string{"lines", "payment_ids"}),
		one(field{name: "picking_ids", typ: many2any, compute: func(_ *call, id int64, _ Values) any { return []int64{id} }}))
}

func orderMethods() map[string]*method {
	return map[string]*method{"sync_from_ui": {class: true, params: []string{"orders!"}, run: syncFromUI}}
}

// A draftOrder is an order that passed all checks and isn't put in yet.
type draftOrder struct {
	order           Values
	lines, payments []Values
}

// syncFromUI books orders, all or none. One whose uuid is known is answered as it is and not looked at further.
func syncFromUI(c *call) (any, *refusal) {
	for _, op := range []string{"read", "create"} {
		if no := c.require(op); no != nil {
			return nil, no
		}
	}
	list, ok := c.args["orders"].([]any)
	if !ok {
		return nil, refuse(500, "builtins.TypeError", "'bool' object is not iterable")
	}
	known := c.s.ordersByUUID()
	fresh := make(map[string]*draftOrder)
	var uuids, inOrder []string
	for _, v := range list {
		sent, _ := v.(map[string]any)
		key, _ := sent["uuid"].(string)
		uuids = append(uuids, key)
		if known[key] != 0 || fresh[key] != nil {
			continue
		}
		d, no := c.check(sent)
		if no != nil {
			c.s.tables["pos.order"].next += int64(len(fresh)) // rolled back, but for the sequence
			return nil, no
		}
		fresh[key] = d
		inOrder = append(inOrder, key)
	}
	for _, key := range inOrder {
		known[key] = c.put(fresh[key])
	}
	var ids []int64
	seen := make(map[int64]bool)
	for _, key := range uuids {
		if id := known[key]; !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return c.ordersAnswer(ids), nil
}

func (s *Server) ordersByUUID() map[string]int64 {
	known := make(map[string]int64)
	for id, row := range s.tables["pos.order"].rows {
		key, _ := row["uuid"].(string)
		known[key] = id
	}
	return known
}

// check looks at one order as Odoo does: session, lines, payments, and that it is paid.
func (c *call) check(sent map[string]any) (checked *draftOrder, no *refusal) {
	for _, name := range []string{"session_id", "uuid"} {
		if _, ok := sent[name]; !ok {
			return nil, refuse(500, "builtins.KeyError", "'"+name+"'")
		}
	}
	session, no := c.sessionFor(sent["session_id"])
	if no != nil {
		return nil, no
	}
	d := &draftOrder{}
	defer func() {
		if no != nil {
			c.s.tables["pos.order"].take() // the record was made before it was refused
		}
	}()
	vals := make(map[string]any)
	for name, v := range sent {
		if f := c.model.visible(name); f != nil && f.compute == nil && name != "lines" && name != "payment_ids" && name != "name" {
			vals[name] = v
		}
	}
	if d.order, no = c.values(vals); no != nil {
		return nil, no
	}
	for _, name := range []string{"amount_tax", "amount_total", "amount_paid", "amount_return"} {
		if _, ok := sent[name]; !ok {
			return nil, c.missingValue(name, name)
		}
	}
	d.order["session_id"] = session
	d.order["config_id"] = c.s.tables["pos.session"].rows[session]["config_id"]
	d.order["create_uid"] = c.user
	if d.lines, no = c.parts(sent["lines"], "pos.order.line", "product_id", "product.product", "Product"); no != nil {
		return nil, no
	}
	if d.payments, no = c.parts(sent["payment_ids"], "pos.payment", "payment_method_id", "pos.payment.method", "Payment Method"); no != nil {
		return nil, no
	}
	if sent["state"] == "paid" && !d.paid() {
		return nil, userError("Order / is not fully paid.")
	}
	return d, nil
}

// sessionFor gives the session that an order goes into: the one it names, or if that is closed the open one of its
// POS.
func (c *call) sessionFor(v any) (int64, *refusal) {
	id, _ := toInt(v)
	row := c.s.tables["pos.session"].rows[id]
	if row == nil {
		return 0, c.missing("pos.session", id)
	}
	if row["state"] != "closed" && row["state"] != "closing_control" {
		return id, nil
	}
	config, _ := row["config_id"].(int64)
	open := c.s.openSession(config)
	if open == 0 {
		return 0, userError("No open session available. Please open a new session to capture the order.")
	}
	return open, nil
}

// parts reads lines or payments, given as Odoo's commands to create, and checks that what each refers to exists.
// An archived product does.
func (c *call) parts(v any, modelName, refName, refModel, label string) ([]Values, *refusal) {
	part := *c
	part.model = c.s.models[modelName]
	var all []Values
	list, _ := v.([]any)
	for _, e := range list {
		command, ok := e.([]any)
		if !ok || len(command) != 3 {
			return nil, valueError("Wrong value for " + modelName)
		}
		sent, _ := command[2].(map[string]any)
		vals := make(map[string]any)
		for name, v := range sent {
			if part.model.visible(name) != nil {
				vals[name] = v
			}
		}
		kept, no := part.values(vals)
		if no != nil {
			return nil, no
		}
		if id, _ := kept[refName].(int64); c.s.tables[refModel].rows[id] == nil {
			return nil, validationError(fmt.Sprintf("The operation cannot be completed: Another model is using the record you are trying to delete.\n\n"+
				"The troublemaker is: '%s' (%s)\nThanks to the following constraint: '%s' (%s)\nHow about archiving the record instead?",
				part.model.title, modelName, label, refName))
		}
		all = append(all, kept)
	}
	return all, nil
}

// paid reports whether the payments come to the total.
func (d *draftOrder) paid() bool {
	amount := func(row Values, name string) decimal.Decimal {
		f, _ := row[name].(float64)
		return decimal.NewFromFloat(f)
	}
	sum := decimal.Zero
	for _, p := range d.payments {
		sum = sum.Add(amount(p, "amount"))
	}
	return sum.Sub(amount(d.order, "amount_total")).Abs().LessThan(decimal.New(5, -3))
}

// put writes a checked order and gives its id.
func (c *call) put(d *draftOrder) int64 {
	s := c.s
	id := s.tables["pos.order"].take()
	configID, _ := d.order["config_id"].(int64)
	config := s.tables["pos.config"].rows[configID]
	n, _ := config["orders"].(int64)
	n++
	config["orders"] = n
	key, _ := d.order["uuid"].(string)
	o := d.order
	o["name"] = fmt.Sprintf("%s - %06d", config["name"], n)
	o["pos_reference"] = fmt.Sprintf("%s0-%d-%06d", s.now().UTC().Format("06"), configID, n)
	o["sequence_number"], o["tracking_number"] = n, fmt.Sprint(n)
	o["access_token"] = uuid.NewSHA1(uuid.NameSpaceURL, []byte(key)).String()
	if o["state"] == nil || o["state"] == "" {
		o["state"] = "draft"
	}
	lines, payments := []int64{}, []int64{}
	for _, l := range d.lines {
		l["order_id"] = id
		lines = append(lines, s.insert("pos.order.line", 0, l))
	}
	for _, p := range d.payments {
		p["pos_order_id"], p["session_id"] = id, o["session_id"]
		payments = append(payments, s.insert("pos.payment", 0, p))
	}
	o["lines"], o["payment_ids"] = lines, payments
	return s.insert("pos.order", id, o)
}

// ordersAnswer is what sync_from_ui answers: the orders with all that belongs to them, some 4 KB each.
func (c *call) ordersAnswer(ids []int64) object {
	orders, lines, payments := []object{}, []object{}, []object{}
	for _, id := range ids {
		row := c.s.tables["pos.order"].rows[id]
		orders = append(orders, c.orderAnswer(id, row))
		parts, _ := row["lines"].([]int64)
		for _, l := range parts {
			lines = append(lines, lineAnswer(l, c.s.tables["pos.order.line"].rows[l]))
		}
		parts, _ = row["payment_ids"].([]int64)
		for _, p := range parts {
			payments = append(payments, c.paymentAnswer(p, c.s.tables["pos.payment"].rows[p], row))
		}
	}
	none := []object{}
	return object{{"pos.order", orders}, {"pos.session", none}, {"pos.payment", payments}, {"pos.order.line", lines},
		{"pos.pack.operation.lot", none}, {"product.attribute.custom.value", none}, {"account.move", none}}
}

// shown turns an empty text or reference into false.
func shown(v any) any {
	if v == "" || v == int64(0) || v == nil {
		return false
	}
	return v
}

func (c *call) orderAnswer(id int64, row Values) object {
	config := c.s.tables["pos.config"].rows[row["config_id"].(int64)]
	total, _ := row["amount_total"].(float64)
	tax, _ := row["amount_tax"].(float64)
	margin := decimal.NewFromFloat(total).Sub(decimal.NewFromFloat(tax)).InexactFloat64()
	percent := 0.0
	if margin != 0 {
		percent = 1.0
	}
	none := []int64{}
	return object{
		{"id", id}, {"display_name", row["name"]}, {"message_is_follower", true}, {"message_follower_ids", []int64{100 + id}}, {"message_partner_ids", []int64{6}},
		{"message_ids", []int64{200 + id}}, {"has_message", true}, {"message_needaction", false}, {"message_needaction_counter", 0}, {"message_has_error", false},
		{"message_has_error_counter", 0}, {"message_attachment_count", 0}, {"website_message_ids", none}, {"message_has_sms_error", false},
		{"access_token", row["access_token"]}, {"access_url", "#"}, {"access_warning", ""}, {"name", row["name"]}, {"last_order_preparation_change", false},
		{"date_order", row["date_order"]}, {"user_id", shown(row["user_id"])}, {"amount_difference", 0.0}, {"amount_tax", tax}, {"amount_total", total},
		{"amount_paid", row["amount_paid"]}, {"amount_return", row["amount_return"]}, {"margin", margin}, {"margin_percent", percent}, {"is_total_cost_computed", true},
		{"lines", row["lines"]}, {"company_id", row["company_id"]}, {"country_code", "US"}, {"pricelist_id", false}, {"partner_id", false},
		{"sequence_number", row["sequence_number"]}, {"session_id", row["session_id"]}, {"config_id", row["config_id"]}, {"currency_id", config["currency_id"]},
		{"currency_rate", 1.0}, {"is_refund", false}, {"state", row["state"]}, {"account_move", false}, {"picking_ids", []int64{id}}, {"picking_count", 1},
		{"failed_pickings", false}, {"picking_type_id", shown(config["picking_type_id"])}, {"stock_reference_ids", none}, {"preset_id", false},
		{"floating_order_name", false}, {"general_customer_note", false}, {"internal_note", false}, {"nb_print", 0}, {"pos_reference", row["pos_reference"]},
		{"sale_journal", shown(config["journal_id"])}, {"fiscal_position_id", shown(row["fiscal_position_id"])}, {"payment_ids", row["payment_ids"]},
		{"session_move_id", shown(c.s.tables["pos.session"].rows[row["session_id"].(int64)]["move_id"])}, {"to_invoice", false}, {"shipping_date", false}, {"preset_time", false}, {"is_invoiced", false}, {"is_tipped", false},
		{"tip_amount", 0.0}, {"refund_orders_count", 0}, {"refunded_order_id", false}, {"has_refundable_lines", true}, {"ticket_code", false},
		{"tracking_number", row["tracking_number"]}, {"uuid", row["uuid"]}, {"email", ""}, {"mobile", false}, {"is_edited", false}, {"has_deleted_line", false},
		{"order_edit_tracking", false}, {"available_payment_method_ids", config["payment_method_ids"]}, {"invoice_status", "to_invoice"}, {"reversed_move_ids", none},
		{"source", "pos"}, {"create_uid", row["create_uid"]}, {"create_date", row["create_date"]}, {"write_uid", row["create_uid"]}, {"write_date", row["write_date"]},
		{"online_payment_method_id", false}, {"next_online_payment_amount", 0.0}, {"crm_team_id", false}, {"sale_order_count", 0},
	}
}

func lineAnswer(id int64, row Values) object {
	none := []int64{}
	return object{
		{"id", id}, {"qty", row["qty"]}, {"attribute_value_ids", none}, {"custom_attribute_value_ids", none}, {"price_unit", row["price_unit"]}, {"uuid", row["uuid"]},
		{"price_subtotal", row["price_subtotal"]}, {"price_subtotal_incl", row["price_subtotal_incl"]}, {"order_id", row["order_id"]}, {"note", false},
		{"price_type", "original"}, {"product_id", row["product_id"]}, {"discount", row["discount"]}, {"tax_ids", row["tax_ids"]}, {"pack_lot_ids", none},
		{"customer_note", false}, {"refunded_qty", 0.0}, {"price_extra", 0.0}, {"full_product_name", shown(row["full_product_name"])}, {"refunded_orderline_id", false},
		{"combo_parent_id", false}, {"combo_line_ids", none}, {"combo_item_id", false}, {"refund_orderline_ids", none}, {"extra_tax_data", false},
		{"write_date", row["write_date"]}, {"sale_order_origin_id", false}, {"sale_order_line_id", false}, {"down_payment_details", false},
	}
}

func (c *call) paymentAnswer(id int64, row, order Values) object {
	amount, _ := row["amount"].(float64)
	config := c.s.tables["pos.config"].rows[order["config_id"].(int64)]
	symbol := ""
	if currency := c.s.tables["res.currency"].rows[config["currency_id"].(int64)]; currency != nil {
		symbol, _ = currency["symbol"].(string)
	}
	return object{
		{"id", id}, {"display_name", strings.TrimSpace(symbol + "\u00a0" + decimal.NewFromFloat(amount).StringFixed(2))}, {"name", false}, {"pos_order_id", row["pos_order_id"]}, {"amount", amount},
		{"payment_method_id", row["payment_method_id"]}, {"payment_date", shown(row["payment_date"])}, {"currency_id", config["currency_id"]}, {"currency_rate", 1.0},
		{"partner_id", false}, {"session_id", row["session_id"]}, {"user_id", shown(order["user_id"])}, {"company_id", order["company_id"]}, {"card_type", false},
		{"card_brand", false}, {"card_no", false}, {"cardholder_name", false}, {"payment_ref_no", false}, {"payment_method_authcode", false},
		{"payment_method_issuer_bank", false}, {"payment_method_payment_mode", false}, {"transaction_id", false}, {"payment_status", false}, {"ticket", false},
		{"is_change", false}, {"account_move_id", false}, {"uuid", row["uuid"]}, {"create_uid", order["create_uid"]}, {"create_date", row["create_date"]},
		{"write_uid", order["create_uid"]}, {"write_date", row["write_date"]}, {"online_account_payment_id", false},
	}
}
