package web

import "time"

// Cup is one finished drink, as the ledger has it.
type Cup struct {
	Key       string  `json:"key"`
	UUID      ID      `json:"uuid"` // of its order in Odoo
	Backend   string  `json:"backend"`
	Serial    string  `json:"serial"`
	Number    uint64  `json:"number"`
	Era       *uint64 `json:"era"` // of machines whose counters can be reset; else null
	Slot      int     `json:"slot"`
	Kind      string  `json:"kind"` // "sale", "free", "test", "remote", "counted"
	Product   string  `json:"product"`
	Price     *Money  `json:"price"` // null where the kind has none
	Payment   string  `json:"payment"`
	Time      Time    `json:"time"`
	TimeTrust string  `json:"time_trust"`
	State     string  `json:"state"`
	Reason    string  `json:"reason"` // why it is parked
	OdooID    ID      `json:"odoo_id"`
}

// CupFilter is which cups are wanted; empty fields take all.
type CupFilter struct {
	Backend, State string
	Paging
}

// RecentCups asks for the newest cups of a backend.
type RecentCups struct {
	Backend string
	Since   time.Time // every cup that is not older,
	AtLeast int       // and older ones until there are so many
}
