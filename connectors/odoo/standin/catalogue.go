package standin

import "slices"

func text(names ...string) []*field { return fieldsOf(char, names) }

func fieldsOf(t fieldType, names []string) []*field {
	var fs []*field
	for _, n := range names {
		fs = append(fs, &field{name: n, typ: t})
	}
	return fs
}

func ref(name, relation string) []*field {
	return []*field{{name: name, typ: many2one, relation: relation}}
}

// one gives a field as a list, to be joined with others.
func one(f field) []*field { return []*field{&f} }

func join(lists ...[]*field) []*field { return slices.Concat(lists...) }

var anyUser = right{groups: []string{""}}

// catalogue lists the models and fields that crema's calls and the captured ones name.
func catalogue() map[string]*model {
	posUser := right{groups: []string{"pos", "pos_manager"}, labels: []string{"Point of Sale/User"}}
	posMaster := right{groups: []string{"pos", "pos_manager", "admin"}, labels: []string{"Point of Sale/Administrator", "Point of Sale/User", "Role / Administrator"}}
	posManager := right{groups: []string{"pos_manager", "admin"}, labels: []string{"Point of Sale/Administrator", "Role / Administrator"}}
	orderUser := right{groups: []string{"pos", "pos_manager"}, labels: []string{"Inventory/User", "Point of Sale/User"}}
	productMaker := right{groups: []string{"product", "admin"}, labels: []string{"Products/Create"}}
	admin := right{groups: []string{"admin"}, labels: []string{"Role / Administrator"}}

	models := []*model{
		{name: "res.users", title: "User", rights: map[string]right{"write": admin}, methods: userMethods(), fields: join(
			text("login", "name", "lang", "tz"), fieldsOf(boolean, []string{"active"}),
			one(field{name: "groups", hidden: true}), one(field{name: "key", hidden: true}))},
		{name: "res.lang", title: "Languages", methods: langMethods(), fields: join(text("code", "name"), fieldsOf(boolean, []string{"active"}))},
		{name: "res.country", title: "Country", fields: text("name")},
		{name: "res.company", title: "Companies", fields: join(text("name"), ref("currency_id", "res.currency"),
			text("tax_calculation_rounding_method", "fiscalyear_lock_date", "sale_lock_date", "tax_lock_date", "hard_lock_date"), ref("country_id", "res.country"))},
		{name: "res.currency", title: "Currency", fields: join(text("name", "symbol"), fieldsOf(integer, []string{"decimal_places"}),
			fieldsOf(float, []string{"rounding"}), fieldsOf(boolean, []string{"active"}))},
		{name: "uom.uom", title: "Product Unit of Measure", order: "factor,id", fields: join(one(field{name: "name", translated: true}),
			fieldsOf(float, []string{"factor", "relative_factor", "rounding"}), ref("relative_uom_id", "uom.uom"), fieldsOf(boolean, []string{"active"}),
			ref("category_id", ""), text("uom_type"), one(field{name: "external", hidden: true}))},
		{name: "product.category", title: "Product Category", fields: join(text("name", "parent_path"), ref("parent_id", "product.category"))},
		{name: "ir.module.module", title: "Module", order: "sequence,id", fields: join(text("name", "state", "installed_version"),
			one(field{name: "sequence", typ: integer, hidden: true}))},
		{name: "account.tax", title: "Tax", order: "sequence,id", fields: join(
			text("name", "amount_type", "type_tax_use", "tax_scope"), fieldsOf(float, []string{"amount"}),
			fieldsOf(boolean, []string{"price_include", "include_base_amount", "is_base_affected", "active"}), text("price_include_override"),
			fieldsOf(integer, []string{"sequence"}), fieldsOf(many2any, []string{"children_tax_ids", "original_tax_ids"}), ref("company_id", "res.company"))},
		{name: "pos.category", title: "Point of Sale Category", rights: map[string]right{"read": posMaster}, fields: join(
			one(field{name: "name", translated: true, required: true}), ref("parent_id", "pos.category"), fieldsOf(integer, []string{"sequence"}))},
		{name: "product.product", title: "Product Variant", order: "default_code,name,id",
			rights: map[string]right{"read": anyUser, "write": productMaker, "create": productMaker, "unlink": productMaker}, methods: productMethods(), fields: productFields()},
		{name: "pos.payment.method", title: "Point of Sale Payment Methods", rights: map[string]right{"read": posMaster, "write": posManager}, fields: join(
			one(field{name: "name", translated: true}), text("type"), fieldsOf(boolean, []string{"is_cash_count", "split_transactions", "active"}),
			ref("journal_id", ""), ref("company_id", "res.company"), one(field{name: "config_ids", typ: many2any, compute: configsOfMethod}))},
		{name: "pos.config", title: "Point of Sale Configuration", rights: map[string]right{"read": posMaster, "write": posManager}, fields: configFields()},
		{name: "pos.session", title: "Point of Sale Session", order: "id desc",
			rights: map[string]right{"read": posUser, "write": posUser, "create": posUser}, methods: sessionMethods(), fields: sessionFields()},
		{name: "pos.order", title: "Point of Sale Orders", order: "date_order desc, name desc, id desc",
			rights: map[string]right{"read": orderUser, "write": orderUser, "create": orderUser}, methods: orderMethods(), fields: orderFields()},
		{name: "pos.order.line", title: "Point of Sale Order Lines", rights: map[string]right{"read": posUser}, fields: join(
			text("uuid", "full_product_name"), ref("order_id", "pos.order"), ref("product_id", "product.product"),
			fieldsOf(float, []string{"qty", "price_unit", "discount", "price_subtotal", "price_subtotal_incl"}),
			fieldsOf(many2any, []string{"tax_ids"}), fieldsOf(datetime, []string{"write_date"}))},
		{name: "pos.payment", title: "Point of Sale Payments", rights: map[string]right{"read": posUser}, fields: join(
			text("uuid"), ref("pos_order_id", "pos.order"), ref("payment_method_id", "pos.payment.method"), ref("session_id", "pos.session"),
			fieldsOf(float, []string{"amount"}), fieldsOf(datetime, []string{"payment_date", "create_date", "write_date"}))},
	}
	models = slices.Concat(models, maintenanceModels(), apiKeyModels(), pricingModels())
	all := make(map[string]*model)
	for _, m := range append(models, stockModels()...) {
		m.complete()
		all[m.name] = m
	}
	return all
}

// complete gives a model what every model has.
func (m *model) complete() {
	m.fields = append([]*field{{name: "id", typ: integer}}, m.fields...)
	if m.field("display_name") == nil {
		m.fields = append(m.fields, &field{name: "display_name", compute: func(c *call, id int64, row Values) any { return nameOf(c, m, id, row) }})
	}
	if m.field("name") == nil {
		m.fields = append(m.fields, &field{name: "name", hidden: true})
	}
	if m.order == "" {
		m.order = "id"
	}
	if m.rights == nil {
		m.rights = make(map[string]right)
	}
	if _, ok := m.rights["read"]; !ok {
		m.rights["read"] = anyUser
	}
	methods := commonMethods()
	for name, method := range m.methods {
		methods[name] = method
	}
	m.methods = methods
}

func productFields() []*field {
	return join(
		one(field{name: "display_name", compute: productName}), one(field{name: "name", translated: true, required: true}), text("default_code", "barcode"),
		fieldsOf(float, []string{"lst_price", "list_price"}), fieldsOf(boolean, []string{"active", "available_in_pos", "sale_ok", "is_storable"}), text("tracking"),
		fieldsOf(many2any, []string{"taxes_id", "pos_categ_ids", "product_tag_ids", "product_template_attribute_value_ids"}),
		fieldsOf(datetime, []string{"write_date", "create_date"}),
		ref("uom_id", "uom.uom"), ref("currency_id", "res.currency"), ref("categ_id", "product.category"), ref("product_tmpl_id", ""),
		text("image_128"), one(field{name: "description_sale", translated: true}), one(field{name: "variant", hidden: true}), one(field{name: "external", hidden: true}))
}

// productName is the display name: the code in brackets unless the call doesn't want it, the name, and what tells a
// variant from the others of its template.
func productName(c *call, id int64, row Values) any {
	name := nameOf(c, c.s.models["product.product"], id, row)
	if v, _ := row["variant"].(string); v != "" {
		name += " (" + v + ")"
	}
	if code, _ := row["default_code"].(string); code != "" && c.showCode {
		name = "[" + code + "] " + name
	}
	return name
}

func configFields() []*field {
	return join(
		text("name"), fieldsOf(boolean, []string{"active", "cash_control", "use_pricelist", "tax_regime_selection", "limit_categories", "set_maximum_difference"}),
		one(field{name: "current_session_id", typ: many2one, relation: "pos.session", compute: func(c *call, id int64, _ Values) any { return c.s.openSession(id) }}),
		one(field{name: "current_session_state", compute: func(c *call, id int64, _ Values) any {
			if row := c.s.tables["pos.session"].rows[c.s.openSession(id)]; row != nil {
				return row["state"]
			}
			return ""
		}}),
		fieldsOf(many2any, []string{"payment_method_ids", "available_pricelist_ids", "fiscal_position_ids", "iface_available_categ_ids"}),
		ref("journal_id", ""), ref("invoice_journal_id", ""), ref("currency_id", "res.currency"), ref("company_id", "res.company"), ref("pricelist_id", "product.pricelist"),
		ref("default_fiscal_position_id", fiscalModel), ref("picking_type_id", ""), text("iface_tax_included"), fieldsOf(float, []string{"amount_authorized_diff"}),
		one(field{name: "sessions", typ: integer, hidden: true}), one(field{name: "orders", typ: integer, hidden: true}))
}

func configsOfMethod(c *call, id int64, _ Values) any {
	configs := c.s.tables["pos.config"]
	found := []int64{}
	for _, config := range configs.ids() {
		if methods, _ := configs.rows[config]["payment_method_ids"].([]int64); slices.Contains(methods, id) {
			found = append(found, config)
		}
	}
	return found
}
