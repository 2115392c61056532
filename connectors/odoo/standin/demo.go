package standin

// Demo makes a stand-in that sells coffee: the category "Coffee" with six drinks in English, French and German, a tax
// of 10 percent within the price, and two points of sale, "Kitchen machine" and "Lobby machine", which take cash
// and cards.
func Demo(o Options) *Server {
	s := New(o)
	s.AddLanguage("fr_FR", "French / Français")
	s.AddLanguage("de_DE", "German / Deutsch")
	tax := s.AddTax("10% incl.", 10, true)
	coffee := s.AddCategory("Coffee")
	for _, d := range []struct {
		code, en, fr, de string
		price            float64
	}{
		{"ESPRESSO", "Espresso", "Expresso", "Espresso", 1.20},
		{"DOUBLE", "Double espresso", "Double expresso", "Doppelter Espresso", 1.90},
		{"LUNGO", "Lungo", "Café allongé", "Kaffee", 1.40},
		{"CAPPUCCINO", "Cappuccino", "Cappuccino", "Cappuccino", 1.80},
		{"LATTE", "Latte macchiato", "Latte macchiato", "Latte macchiato", 2.10},
		{"WATER", "Hot water", "Eau chaude", "Heißes Wasser", 0.50},
	} {
		s.AddProduct(Product{Name: d.en, Names: map[string]string{"fr_FR": d.fr, "de_DE": d.de}, Code: d.code, Price: d.price, Taxes: []int64{tax}, Categories: []int64{coffee}})
	}
	cash, card := s.AddPaymentMethod("Cash", true), s.AddPaymentMethod("Card", false)
	s.AddPOS("Kitchen machine", cash, card)
	s.AddPOS("Lobby machine", cash, card)
	return s
}
