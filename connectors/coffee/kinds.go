package coffee

import (
	"fmt"

	"crema/connectors"
	"crema/queue"
)

// The kinds of backend: every coffee machine, and the two that have a driver.
// Lookup goes from the version to its parent.
var (
	Coffee     = connectors.NewKind("coffee")
	Coffee1900 = Coffee.Version("1900")
	Coffee2900 = Coffee.Version("2900")
)

// The models that bindings and checkpoints name.
const (
	ModelProduct = "product.product" // bound to a slot; the external id is the slot's number
	ModelSlot    = "slot"
	ModelCup     = "cup"
	ModelMachine = "machine"
	ModelSession = "pos.session"
	ModelOdoo    = "odoo"
)

// FlowArgs is what a job of a whole flow needs to know.
type FlowArgs struct {
	Backend string `json:"backend"`
}

// SlotArgs names one slot; what it shall hold is read when the job runs.
type SlotArgs struct {
	Backend string `json:"backend"`
	Slot    int    `json:"slot"`
}

// AnchorArgs names a machine that has no cursor in this store yet.
type AnchorArgs struct {
	Backend string `json:"backend"`
	Model   string `json:"model"`
	Serial  string `json:"serial"`
}

// BrewArgs names the slot to make one free cup of, and the cup's token.
type BrewArgs struct {
	Backend string `json:"backend"`
	Slot    int    `json:"slot"`  // lastChosen: by START
	Token   string `json:"token"` // 16 hex digits, made when the cup was asked for
	// Busy is the product that the cup is of, where it is poured because Odoo is busy: it is made of nothing else, and
	// only as long as that is switched on. 0: somebody asked for it.
	Busy int64 `json:"busy,omitempty"`
}

// machineChannel is that of a machine's own jobs: each has one place, so that a machine
// that hangs keeps no place that another one needs.
func machineChannel(backend string) string { return "root.machine." + backend }

// The kinds of job. What waits for Odoo or a machine to come back is retried for
// as long as it takes: no answer costs no attempt (see odoo.Error.JobOutcome, machineError).
var (
	CatalogueKind = queue.Kind[FlowArgs]{Name: "coffee.catalogue", Version: 1, Channel: "root.catalogue",
		Describe: func(a FlowArgs) string { return "drinks and prices of " + a.Backend }}
	SlotKind = queue.Kind[SlotArgs]{Name: "coffee.slot", Version: 1, Channel: "root.machine",
		Describe: func(a SlotArgs) string { return fmt.Sprintf("slot %d of %s", a.Slot, a.Backend) }}
	CupsKind = queue.Kind[FlowArgs]{Name: "coffee.cups", Version: 1, Channel: "root.machine",
		Describe: func(a FlowArgs) string { return "read the cups of " + a.Backend }}
	SalesKind = queue.Kind[FlowArgs]{Name: "coffee.sales", Version: 1, Channel: "root.sales",
		Describe: func(a FlowArgs) string { return "book the cups of " + a.Backend }}
	AlarmsKind = queue.Kind[FlowArgs]{Name: "coffee.alarms", Version: 1, Channel: "root.catalogue",
		Describe: func(a FlowArgs) string { return "tell Odoo of the alarms of " + a.Backend }}
	AnchorKind = queue.Kind[AnchorArgs]{Name: "coffee.anchor", Version: 1, Channel: "root.catalogue", Priority: 1, MaxRetries: -1,
		Describe: func(a AnchorArgs) string { return fmt.Sprintf("where the books of %s/%s stand", a.Model, a.Serial) }}
	StockKind = queue.Kind[FlowArgs]{Name: "coffee.stock", Version: 1, Channel: "root.sales",
		Describe: func(a FlowArgs) string { return "the stock of " + a.Backend }}
	ClockKind = queue.Kind[FlowArgs]{Name: "coffee.clock", Version: 1, Channel: "root.machine",
		Describe: func(a FlowArgs) string { return "the clock of " + a.Backend }}
	BrewKind = queue.Kind[BrewArgs]{Name: "coffee.brew", Version: 1, Channel: "root.machine", MaxRetries: 1,
		Describe: func(a BrewArgs) string {
			if a.Busy != 0 {
				return fmt.Sprintf("one cup of slot %d of %s, as Odoo is busy", a.Slot, a.Backend)
			}
			if a.Slot == lastChosen {
				return "one cup of the drink chosen last on " + a.Backend
			}
			return fmt.Sprintf("one cup of slot %d of %s", a.Slot, a.Backend)
		}}
)
