package web

// Machine is the line to the machine and who answers on it.
type Machine struct {
	// State is "connecting", "connected", "away", "wrong_model", "login_refused" or
	// "locked_out".
	State    string `json:"state"`
	Serial   string `json:"serial"`
	Firmware string `json:"firmware"`

	// Doing is what a connected machine does: "ready", "brewing", "heating", "standby",
	// "cleaning", "error", "unknown"; else empty.
	Doing string `json:"doing"`
	// Temperature is the boiler's in 0.1 °C; nil where it was not read.
	Temperature *int64 `json:"temperature_decicelsius"`
	Since       Time   `json:"since"`   // when State began
	Message     string `json:"message"` // why it is not connected; else empty
	// Unbooked says why the cups that it makes now are not booked; left out where they are.
	Unbooked string `json:"unbooked,omitempty"`
	Port     string `json:"port"`
}

// Slot is one selection of a machine.
type Slot struct {
	Slot    int    `json:"slot"`
	Name    string `json:"name"`
	Price   Money  `json:"price"`
	Enabled bool   `json:"enabled"`
	OdooID  ID     `json:"odoo_id"` // the product bound to it; null where there is none
}

// Alarm is something that is wrong with the machine, by the machine's own code.
type Alarm struct {
	Code     int    `json:"code"`
	Text     string `json:"text"`
	Severity string `json:"severity"` // "info", "warning", "fault"
	Fix      string `json:"fix"`      // what to do about it, for a technician; empty where nobody knows
}

// Busy is the coffee that is poured when Odoo is busy for too long.
type Busy struct {
	Drink  string `json:"drink"`  // internal reference
	Busy   bool   `json:"busy"`   // Odoo is slow or unreachable now
	Away   bool   `json:"away"`   // unreachable, not only slow
	Since  Time   `json:"since"`  // when it was first seen so; null while it is not
	Poured Time   `json:"poured"` // when the last cup was asked for; null where none is known
	Next   Time   `json:"next"`   // before this none is poured, if Odoo stays busy; null while it is not
	Wait   string `json:"wait"`   // what else keeps it from being poured; empty: nothing
}

// Level is what is left of one ingredient, or how full a drawer is.
type Level struct {
	Name     string `json:"name"`
	Level    int64  `json:"level"`
	Capacity int64  `json:"capacity"` // 0 where unknown
	Unit     string `json:"unit"`     // "%", "g", "ml"
	Low      bool   `json:"low"`      // under the mark at which it should be refilled
}
