package standin

import (
	"slices"
	"time"
)

// A Product to be sold, with one variant.
type Product struct {
	Name       string            // in English
	Names      map[string]string // in other languages, which are installed by this
	Code       string
	Price      float64
	Taxes      []int64
	Categories []int64 // of the POS
}

// AddProduct adds a product that is available in the POS and gives its id.
func (s *Server) AddProduct(p Product) int64 {
	names := map[string]string{"en_US": p.Name}
	for lang, name := range p.Names {
		s.AddLanguage(lang, lang)
		names[lang] = name
	}
	return s.Insert("product.product", 0, Values{
		"name": names, "default_code": p.Code, "list_price": p.Price, "lst_price": p.Price, "active": true, "available_in_pos": true, "sale_ok": true,
		"taxes_id": p.Taxes, "pos_categ_ids": p.Categories, "uom_id": 1, "currency_id": 1,
	})
}

// AddLanguage installs a language; one that is installed stays as it is.
func (s *Server) AddLanguage(code, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.speaks(code) {
		s.insert("res.lang", 0, Values{"code": code, "name": name, "active": true})
	}
}

// AddTax adds a sales tax in percent, on top or included, and gives its id.
func (s *Server) AddTax(name string, percent float64, included bool) int64 {
	return s.Insert("account.tax", 0, Values{"name": name, "amount": percent, "amount_type": "percent", "type_tax_use": "sale", "price_include": included,
		"is_base_affected": true, "sequence": 1, "company_id": 1, "active": true})
}

// AddCategory adds a POS category and gives its id.
func (s *Server) AddCategory(name string) int64 {
	return s.Insert("pos.category", 0, Values{"name": name})
}

// AddPaymentMethod adds a payment method and gives its id.
func (s *Server) AddPaymentMethod(name string, cash bool) int64 {
	kind := "bank"
	if cash {
		kind = "cash"
	}
	return s.Insert("pos.payment.method", 0, Values{"name": name, "type": kind, "is_cash_count": cash, "active": true, "company_id": 1, "journal_id": 6})
}

// AddPOS adds a point of sale with its payment methods and gives its id. It counts cash if one of them is cash.
func (s *Server) AddPOS(name string, methods ...int64) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	cash := slices.ContainsFunc(methods, func(id int64) bool { return s.tables["pos.payment.method"].rows[id]["is_cash_count"] == true })
	return s.insert("pos.config", 0, Values{"name": name, "active": true, "payment_method_ids": methods, "journal_id": 8, "invoice_journal_id": 1, "cash_control": cash,
		"currency_id": 1, "company_id": 1, "iface_tax_included": "total", "picking_type_id": 12})
}

// A User and its key. Groups are "pos", "pos_manager", "product" and "admin"; none is a plain internal user.
type User struct {
	Login, Key, Lang string
	Groups           string // separated by spaces
}

// AddUser adds a user and gives its id.
func (s *Server) AddUser(u User) int64 {
	return s.Insert("res.users", 0, Values{"login": u.Login, "name": u.Login, "key": u.Key, "lang": u.Lang, "groups": u.Groups, "active": true})
}

// SetKey gives a user another API key, which never ends and nobody lists; the old one is refused from now on. An empty
// key is none.
func (s *Server) SetKey(user int64, key string) { s.Set("res.users", user, Values{"key": key}) }

// SetPrice changes a product's price.
func (s *Server) SetPrice(product int64, price float64) {
	s.Set("product.product", product, Values{"list_price": price, "lst_price": price})
}

// Rename changes a product's name in one language.
func (s *Server) Rename(product int64, lang, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	row := s.tables["product.product"].rows[product]
	names, _ := row["name"].(map[string]string)
	row["name"] = merged(names, lang, name)
	row["write_date"] = s.now().UTC().Format(stamp)
}

// Archive archives a product, or brings it back.
func (s *Server) Archive(product int64, archived bool) {
	s.Set("product.product", product, Values{"active": !archived})
}

// Delete removes a record, whatever refers to it.
func (s *Server) Delete(modelName string, id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tables[modelName].rows, id)
}

// Set changes fields of a record without any of Odoo's checks. It panics on a record or field that doesn't exist: that
// is a mistake of the program.
func (s *Server) Set(modelName string, id int64, v Values) { s.SetLate(modelName, id, s.now(), v) }

// SetLate is Set by a long call that began earlier and is committed now: Odoo stamps a record with the beginning, so
// who has read all that was stamped until now has missed it. Where the record was written since the beginning, Odoo
// makes the loser's call again, and the stamp is now.
func (s *Server) SetLate(modelName string, id int64, began time.Time, v Values) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, row := s.models[modelName], s.tables[modelName].rows[id]
	for name, value := range v {
		kept, err := m.field(name).keep(value)
		if err != nil {
			panic("standin: " + modelName + "." + name + ": " + err.Error())
		}
		row[name] = kept
	}
	if m.field("write_date") == nil {
		return
	}
	at := began.UTC().Format(stamp)
	if before, _ := row["write_date"].(string); before > at {
		at = s.now().UTC().Format(stamp)
	}
	row["write_date"] = at
}

// An Order that was booked, with its one line.
type Order struct {
	ID, Session, Config int64
	UUID, Name, State   string
	Date                time.Time
	Total               float64
	Products            []int64 // of its lines
	Methods             []int64 // of its payments
	FiscalPosition      int64   // 0: none
}

// Orders lists what was booked, by id.
func (s *Server) Orders() []Order {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Order
	t := s.tables["pos.order"]
	for _, id := range t.ids() {
		row := t.rows[id]
		o := Order{ID: id, Session: row["session_id"].(int64), Config: row["config_id"].(int64), UUID: row["uuid"].(string), Name: row["name"].(string),
			State: row["state"].(string), Total: row["amount_total"].(float64), FiscalPosition: idIn(row, "fiscal_position_id")}
		if d, err := time.Parse(stamp, row["date_order"].(string)); err == nil {
			o.Date = d
		}
		for _, l := range row["lines"].([]int64) {
			o.Products = append(o.Products, s.tables["pos.order.line"].rows[l]["product_id"].(int64))
		}
		for _, p := range row["payment_ids"].([]int64) {
			o.Methods = append(o.Methods, s.tables["pos.payment"].rows[p]["payment_method_id"].(int64))
		}
		all = append(all, o)
	}
	return all
}

// A Session of a point of sale.
type Session struct {
	ID, Config, User  int64
	Name, State, Note string
	CashBooked        float64 // losses, below zero, and profits of the till
}

// Sessions lists all sessions, by id.
func (s *Server) Sessions() []Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Session
	t := s.tables["pos.session"]
	for _, id := range t.ids() {
		row := t.rows[id]
		all = append(all, Session{ID: id, Config: row["config_id"].(int64), User: row["user_id"].(int64), Name: row["name"].(string),
			State: row["state"].(string), Note: row["opening_notes"].(string), CashBooked: row["cash_booked"].(float64)})
	}
	return all
}
