package ledger

import (
	"time"

	"crema/device"
)

// State is what became of a cup.
type State string

// The states of a cup. Seen and parked cups are open.
const (
	Seen      State = "seen"      // to be booked
	Booked    State = "booked"    // an order of Odoo has it; final
	Parked    State = "parked"    // a person or a binding must act; Cup.Reason says why
	Dismissed State = "dismissed" // will not be booked, by somebody's decision
)

// Why a cup is parked.
const (
	ReasonUnbound  = "unbound"  // its slot was bound to no drink when it was read
	ReasonJump     = "jump"     // the counter went up faster than cups can be made
	ReasonInDoubt  = "in_doubt" // the slot changed hands meanwhile; old or new drink is not known
	ReasonRefused  = "refused"  // Odoo refuses the order
	ReasonCurrency = "currency" // its price is in another currency than the POS's
	ReasonTax      = "tax"      // the drink's taxes can't be worked out
	ReasonTime     = "time"     // its time is not believable, and it waited long enough
)

// How far a time can be believed.
const (
	TimeTrusted   = "trusted"
	TimeEstimated = "estimated"
	TimeUntrusted = "untrusted"
)

// Cup is one finished drink. What it is (drink, name, price) is fixed when it is
// read. JSON names are those of the API.
type Cup struct {
	Seq     uint64 `json:"seq"`  // the ledger's own order: as read; given by Add
	Key     string `json:"key"`  // Key2900 or Key1900
	UUID    string `json:"uuid"` // OrderUUID(Key); given by Add
	Backend string `json:"backend"`
	Model   string `json:"model"`
	Serial  string `json:"serial"`
	Number  uint64 `json:"number"` // the journal entry's number; the 1900: n of Key1900
	Era     uint64 `json:"era"`    // the 1900's; else 0

	Slot     int            `json:"slot"`
	Kind     device.CupKind `json:"kind"`
	Product  int64          `json:"product"` // Odoo's product.product; 0 while nobody knows
	SlotName string         `json:"slot_name"`
	Price    device.Money   `json:"price"`
	Payment  device.Payment `json:"payment"`
	Badge    string         `json:"badge,omitempty"`
	Used     map[int]int64  `json:"used,omitempty"` // by ingredient, in its unit

	Time      time.Time     `json:"time"`       // as far as known when it was read
	TimeTrust string        `json:"time_trust"` // trusted, estimated, untrusted
	Board     time.Duration `json:"board"`      // board time of the reading
	Boot      string        `json:"boot"`       // the kernel's boot of the reading
	Day       string        `json:"day"`        // the local day that Day counts it in

	State  State  `json:"state"`
	Reason string `json:"reason,omitempty"` // of a parked or dismissed one
	OdooID int64  `json:"odoo_id"`          // the pos.order; 0 while there is none
}

// Open tells whether somebody still has to do something about the cup.
func (c Cup) Open() bool { return c.State == Seen || c.State == Parked }
