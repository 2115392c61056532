package device

// Money is an amount in whole minor units (cents) of an ISO 4217 currency. An
// empty currency is the machine's own, which it does not tell.
type Money struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// Units of measure, whole numbers all.
type (
	Decigram    int64 // 0.1 g
	Millilitre  int64 // 1 ml
	Decicelsius int64 // 0.1 °C
	Percent     int64 // 0 to 100
)

// Slot is one selection of the machine and what it holds.
type Slot struct {
	Number  int    `json:"number"`
	Rev     uint64 `json:"rev"` // goes up with every change; 0 where the machine has no revisions
	Name    string `json:"name"`
	Price   Money  `json:"price"`
	Enabled bool   `json:"enabled"`
	// Volume is the whole cup, where the machine has no recipe; else 0.
	Volume Millilitre `json:"volume,omitempty"`
	// Recipe is nil where the machine has none.
	Recipe *Recipe `json:"recipe,omitempty"`
}

// Recipe is what goes into a cup.
type Recipe struct {
	Coffee      Decigram    `json:"coffee"`
	Water       Millilitre  `json:"water"`
	Milk        Millilitre  `json:"milk"`
	Temperature Decicelsius `json:"temperature"`
}

// SlotRev tells whether a slot changed since it was last read.
type SlotRev struct {
	Number int
	Rev    uint64
}

// SlotChange is what WriteSlot changes; nil stays as it is.
type SlotChange struct {
	Name    *string
	Price   *Money
	Enabled *bool
	Volume  *Millilitre // only where Slot has a Volume
	Recipe  *Recipe     // only where Slot has a Recipe
}

// Empty tells whether c changes nothing.
func (c SlotChange) Empty() bool { return c == SlotChange{} }

// Level is what is left of one ingredient, or how full a drawer is.
type Level struct {
	ID       int    // the ingredient's number in the machine
	Name     string // as the machine calls it
	Level    int64
	Capacity int64 // 100 for percents; 0 where unknown
	Unit     Unit
	Low      int64 // the mark under which the machine calls it low; 0 where it has none
}

// Unit is what a Level or an amount used is counted in.
type Unit int

// The units that machines count in.
const (
	UnitPercent Unit = iota
	UnitGram
	UnitMillilitre
)

// String is the unit's sign: "%", "g", "ml".
func (u Unit) String() string {
	switch u {
	case UnitGram:
		return "g"
	case UnitMillilitre:
		return "ml"
	default:
		return "%"
	}
}
