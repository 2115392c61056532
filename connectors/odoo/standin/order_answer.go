package standin

import (
	"strings"

	"github.com/shopspring/decimal"
)

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
