package web

import "net/http"

// Cup is one finished drink, as the ledger has it.
type Cup struct {
	Key       string  `json:"key"`
	UUID      ID      `json:"uuid"` // of its order in Odoo
	Backend   string  `json:"backend"`
	Serial    string  `json:"serial"`
	Number    uint64  `json:"number"`
	Era       *uint64 `json:"era"` // of machines whose counters can be reset; else null
	Slot      int     `json:"slot"`
	Kind      string  `json:"kind"`    // "sale", "free", "test", "remote", "counted"
	Product   string  `json:"product"` // the name that the slot bore when the cup was read
	Price     *Money  `json:"price"`   // null where the kind has none
	Payment   string  `json:"payment"` // "cash", "card", "badge", "none"
	Time      Time    `json:"time"`
	TimeTrust string  `json:"time_trust"`
	State     string  `json:"state"`
	Reason    string  `json:"reason"`     // why it is parked
	OdooID    ID      `json:"odoo_id"`    // of its order; null while there is none
	ProductID ID      `json:"product_id"` // of Odoo; null while nobody knows
}

// CupFilter is which cups are wanted; empty fields take all.
type CupFilter struct {
	Backend, State string
	Paging
}

// Day is what one backend made on one local day.
type Day struct {
	Cups   int
	Money  []Money // one for each currency
	Drinks []DrinkTotal
}

// DrinkTotal is the part of one drink in a day.
type DrinkTotal struct {
	Name  string
	Cups  int
	Money []Money
}

// The states of a cup in the ledger.
const (
	CupSeen      = "seen"      // read from the machine, not booked yet
	CupBooked    = "booked"    // in Odoo
	CupParked    = "parked"    // waits for a person, Cup.Reason says why
	CupDismissed = "dismissed" // never to be booked
)

func (s *Server) listCups(w http.ResponseWriter, r *http.Request) error {
	q, err := queryOf(r, "backend", "state", "limit", "after")
	if err != nil {
		return err
	}
	var f CupFilter
	if f.Paging, err = pagingOf(q); err != nil {
		return err
	}
	if f.State, err = oneOf(q, "state", CupSeen, CupBooked, CupParked, CupDismissed); err != nil {
		return err
	}
	if f.Backend, err = s.backendOf(r, q); err != nil {
		return err
	}
	page, err := s.deps.Cups.List(r.Context(), f)
	return list(w, page, err)
}
