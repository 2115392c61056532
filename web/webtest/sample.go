package webtest

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"crema/web"
)

// Empty is a board that was just installed: no machine, no Odoo.
func Empty() *Board {
	return &Board{
		State: web.Status{Version: "1.0.0", Boot: "5f0c1c1e-4f0e-4a44-9a7e-0c6d8f4b2a11", TimeTrust: "trusted", TimeSource: "ntp", Name: "coffee-board", Runner: true,
			Odoo: web.OdooStatus{State: "unknown"}, Store: web.Store{Size: 65536, DiskFree: 24_100_000_000, DiskSize: 31_000_000_000}},
		HealthNow: web.Health{Status: web.HealthOK},
		Report:    web.Report{OK: true},
		Snapshot:  "a whole store",
		Days:      map[string]web.Day{},
		Types:     kinds(),
	}
}

// Sample is a board on an ordinary morning: two machines, both well, and nothing that
// needs a person.
func Sample() *Board {
	b := Empty()
	b.State.Odoo = web.OdooStatus{State: "up", LatencyMS: 184, Version: "19.0", URL: "https://odoo.example.com", Since: ago(3 * time.Hour)}
	b.State.Store.Size = 4_194_304
	kitchen, lobby := int64(935), int64(912)
	yes, no := true, false
	b.Machines = []web.Backend{{
		Name: "kitchen", Type: "coffee", Version: "2900", State: "production", Location: "Kitchen, 2nd floor", FromFile: true, Brew: true,
		Machine: web.Machine{State: "connected", Doing: "ready", Serial: "CM29-004711", Firmware: "2.14", Temperature: &kitchen, Since: ago(3 * time.Hour), Port: "/dev/ttyACM0"},
		Slots:   drinks("EUR", "Espresso", 180, "Double espresso", 260, "Caffè crema", 220, "Cappuccino", 280, "Latte macchiato", 310, "Flat white", 320, "Hot water", 0),
		Flows:   []string{"catalogue", "sales", "clock"},
		Last:    map[string]web.Time{"cups": ago(90 * time.Second), "catalogue": ago(11 * time.Minute), "sales": ago(4 * time.Minute), "clock": ago(6 * time.Hour)},
		Levels: []web.Level{{Name: "Beans", Level: 640, Capacity: 1000, Unit: "g"}, {Name: "Milk", Level: 2100, Capacity: 5000, Unit: "ml"},
			{Name: "Grounds", Level: 38, Capacity: 100, Unit: "%"}},
	}, {
		Name: "lobby", Type: "coffee", Version: "1900", State: "production", Location: "Lobby", FromFile: true,
		Machine: web.Machine{State: "connected", Doing: "brewing", Serial: "19-20331", Firmware: "1.3", Temperature: &lobby, Since: ago(26 * time.Hour), Port: "/dev/ttyUSB0"},
		Slots:   drinks("EUR", "ESPRESSO", 150, "COFFEE", 150, "CAPPUCCINO", 220, "TEA WATER", 80),
		Flows:   []string{"catalogue", "sales"},
		Last:    map[string]web.Time{"cups": ago(20 * time.Second), "catalogue": ago(11 * time.Minute), "sales": ago(20 * time.Minute)},
		Levels:  []web.Level{{Name: "Water", Level: 82, Capacity: 100, Unit: "%"}, {Name: "Beans", Level: 55, Capacity: 100, Unit: "%"}},
		Wires: &web.Wires{Faults: []string{}, Busy: &yes, Cup: &yes, Door: &no, Starts: true, Resets: true, Water: &web.Water{Since: ago(26 * time.Hour), Pulses: 3480, PerPulse: "0.48",
			Calibrated: &web.Calibrated{Time: ago(50 * time.Hour), ML: 96, Pulses: 200, Ended: ago(50*time.Hour + 3*time.Minute)}, Hour: web.Poured{Cups: 3, ML: 310}, Day: web.Poured{Cups: 17, Rinses: 2, ML: 1670}}},
	}}
	for slot := 4; slot < 8; slot++ { // the machine has more slots than there are drinks
		b.Machines[1].Slots = append(b.Machines[1].Slots, web.Slot{Slot: slot, Name: "-", Price: web.Money{Currency: "EUR"}})
	}
	b.Days = map[string]web.Day{
		"kitchen": {Cups: 42, Money: eur(10230), Drinks: []web.DrinkTotal{{Name: "Cappuccino", Cups: 16, Money: eur(4480)}, {Name: "Espresso", Cups: 11, Money: eur(1980)},
			{Name: "Caffè crema", Cups: 8, Money: eur(1760)}, {Name: "Latte macchiato", Cups: 5, Money: eur(1550)}, {Name: "Hot water", Cups: 2}}},
		"lobby": {Cups: 17, Money: eur(2940), Drinks: []web.DrinkTotal{{Name: "COFFEE", Cups: 9, Money: eur(1350)}, {Name: "CAPPUCCINO", Cups: 5, Money: eur(1100)},
			{Name: "TEA WATER", Cups: 3, Money: eur(240)}}},
	}
	b.cup("kitchen", 1183, 0, "sale", 180, "card", 38*time.Minute, web.CupBooked)
	b.cup("kitchen", 1184, 3, "sale", 280, "card", 31*time.Minute, web.CupBooked)
	b.cup("lobby", 512, 1, "counted", 150, "", 26*time.Minute, web.CupBooked)
	b.cup("kitchen", 1185, 2, "sale", 220, "cash", 22*time.Minute, web.CupBooked)
	b.cup("kitchen", 1186, 4, "test", 0, "", 17*time.Minute, web.CupBooked)
	b.cup("lobby", 230, 2, "counted", 220, "", 9*time.Minute, web.CupBooked)
	b.cup("kitchen", 1187, 3, "sale", 280, "badge", 6*time.Minute, web.CupBooked)
	b.cup("kitchen", 1188, 0, "sale", 180, "card", 40*time.Second, web.CupSeen)
	b.Bound = []web.Binding{
		{Backend: "kitchen", Model: "product.product", OdooID: "31", ExternalID: "0", Synced: ago(time.Hour)},
		{Backend: "kitchen", Model: "product.product", OdooID: "32", ExternalID: "1", Synced: ago(time.Hour)},
		{Backend: "lobby", Model: "product.product", OdooID: "31", ExternalID: "0", Synced: ago(time.Hour), Archived: true},
	}
	four, two, one := 4, 2, 1
	b.Lines = []web.Channel{{Name: "root", Capacity: &four}, {Name: "root.catalogue", Capacity: &one, Sequential: true},
		{Name: "root.machine", Capacity: &two}, {Name: "root.sales", Capacity: &one, Throttle: 2}}
	b.Plan = []web.Schedule{{Name: "kitchen catalogue", Spec: "*/15 * * * *", Zone: "Europe/Zurich", Last: ago(11 * time.Minute), Next: ago(-4 * time.Minute), Job: "15"}}
	b.Queue = []web.Job{
		{ID: "15", Kind: "coffee.catalogue", State: web.JobDone, Channel: "root.catalogue", Priority: 10, Attempt: 1, MaxRetries: 5, Created: ago(11 * time.Minute),
			Started: ago(11 * time.Minute), Finished: ago(11 * time.Minute), Result: "7 drinks, nothing to write", Backend: "kitchen", Description: "drinks and prices of kitchen"},
		{ID: "16", Kind: "coffee.sales", State: web.JobDone, Channel: "root.sales", Priority: 10, Attempt: 1, MaxRetries: 5, Created: ago(4 * time.Minute),
			Started: ago(4 * time.Minute), Finished: ago(4 * time.Minute), Result: "1 cup booked", Backend: "kitchen", Description: "book the cups of kitchen"},
	}
	return b
}

// Troubled is Sample on a bad day: a machine away, a failed job, one that waits for
// its retry, checkpoints, Odoo silent.
func Troubled() *Board {
	b := Sample()
	b.State.Odoo.State, b.State.Odoo.LatencyMS, b.State.Odoo.Since = "down", 0, ago(47*time.Minute)
	b.State.Odoo.Message = "odoo.example.com does not answer: connection refused."
	k := &b.Machines[0]
	k.Machine.Doing = "error"
	k.Alarms = []web.Alarm{{Code: 12, Text: "milk cooler too warm", Severity: "fault", Fix: "Look after the milk cooler."}, {Code: 14, Text: "payment unit", Severity: "warning"}}
	k.Levels[1].Level, k.Levels[1].Low = 300, true
	k.Slots[5].Enabled, k.Slots[6].OdooID = false, ""
	l := &b.Machines[1]
	l.Machine = web.Machine{State: "away", Serial: "19-20331", Since: ago(12 * time.Minute), Message: "No answer on /dev/ttyUSB0 at 9600 baud.", Port: "/dev/ttyUSB0"}
	b.cup("kitchen", 1189, 6, "sale", 50, "cash", 30*time.Second, web.CupParked)
	b.Ledger[len(b.Ledger)-1].Reason = "unbound"
	b.Queue = append(b.Queue,
		web.Job{ID: "17", Kind: "coffee.slot", State: web.JobFailed, Channel: "root.machine", Priority: 10, Attempt: 5, MaxRetries: 5, Created: ago(50 * time.Minute),
			Started: ago(20 * time.Minute), Finished: ago(20 * time.Minute), Backend: "lobby", Description: "slot 3 of lobby",
			Error: "write slot 3: the machine refuses the argument: the name has 17 characters, the machine holds 16\ngoroutine 41 [running]:\ncrema/connectors/coffee.write(…)"},
		web.Job{ID: "18", Kind: "coffee.sales", State: web.JobPending, Channel: "root.sales", Priority: 10, Attempt: 2, MaxRetries: 5, Created: ago(40 * time.Second),
			Started: ago(30 * time.Second), ETA: ago(-4 * time.Minute), Backend: "kitchen", Description: "book the cups of kitchen", Error: "call pos.order/sync_from_ui: connection refused"},
		web.Job{ID: "19", Kind: "coffee.catalogue", State: web.JobStarted, Channel: "root.catalogue", Priority: 10, Attempt: 1, MaxRetries: 5, Created: ago(8 * time.Second),
			Started: ago(5 * time.Second), Backend: "kitchen", Description: "drinks and prices of kitchen", Waiting: true, ChildrenOpen: 2})
	b.Logs = map[string][]web.LogLine{"17": {
		{Time: ago(20 * time.Minute), Level: "INFO", Text: "slot 3 gets Chai latte macchiato for 3.10"},
		{Time: ago(20 * time.Minute), Level: "WARN", Text: "the machine refuses the name"}}}
	b.Failures = []web.Notice{{ID: "1", Reason: "failed", Kind: "coffee.slot", Class: "write slot #: the machine refuses the argument", Backend: "lobby", Channel: "root.machine", Count: 3,
		First: ago(50 * time.Minute), Last: ago(20 * time.Minute), Job: "17", Error: b.Queue[2].Error, Related: "slot 3 of lobby"}}
	b.Groups = []web.Batch{
		{ID: "1", Name: "first sync of lobby", State: web.BatchFinished, Created: ago(72 * time.Hour), Finished: ago(71 * time.Hour), Total: 9, Done: 9, Completeness: 1, Read: true},
		{ID: "2", Name: "cups of February", State: "progress", Created: ago(5 * time.Minute), Total: 40, Done: 24, Failed: 1, Completeness: 0.625, FailedShare: 0.025}}
	b.Reviews = []web.Checkpoint{
		{ID: "1", Backend: "lobby", Model: "machine", Reason: "first_sight", Message: "The machine 19-20331 was seen for the first time.", State: "reviewed", Created: ago(72 * time.Hour),
			Closed: ago(71 * time.Hour), ReviewedBy: "Ann Example"},
		{ID: "2", Backend: "kitchen", Model: "slot", Record: "6", Reason: "unknown_slot", State: "open", Created: ago(25 * time.Minute),
			Message: "Slot 6 is enabled and called “Hot water”; no drink of the category Coffee has that name. It is left as it is.\nName a product so, or give the slot to one in `slots`."},
		{ID: "3", Backend: "lobby", Model: "product.product", Record: "47", Reason: "no_slot", State: "open", Assignee: "Ann Example", Created: ago(18 * time.Minute),
			Message: "There is no free slot for Chai latte: all 4 are taken.\nDisable a slot at the machine, or archive a drink in Odoo.",
			Answers: []web.Answer{{Name: "slot", Label: "Give it a slot", Value: "Number of the slot"}, {Name: "leave", Label: "Leave it out"}}},
	}
	b.HealthNow = web.Health{Status: web.HealthDegraded, FirstError: "lobby: the machine does not answer"}
	return b
}

func ago(d time.Duration) web.Time { return web.At(Now().Add(-d)) }

func eur(amount int64) []web.Money { return []web.Money{{Amount: amount, Currency: "EUR"}} }

// drinks makes slots of names and prices by turns.
func drinks(currency string, pairs ...any) []web.Slot {
	var slots []web.Slot
	for i := 0; i < len(pairs); i += 2 {
		slots = append(slots, web.Slot{Slot: i / 2, Name: pairs[i].(string), Price: web.Money{Amount: int64(pairs[i+1].(int)), Currency: currency},
			Enabled: true, OdooID: web.ID(strconv.Itoa(31 + i/2))})
	}
	return slots
}

func (b *Board) cup(backend string, number uint64, slot int, kind string, price int64, payment string, before time.Duration, state string) {
	for _, m := range b.Machines {
		if m.Name != backend {
			continue
		}
		c := web.Cup{Key: fmt.Sprintf("crema/%s/%s/%d", m.Version, m.Machine.Serial, number), UUID: web.ID(fmt.Sprintf("00000000-0000-5000-8000-%012d", number)),
			Backend: backend, Serial: m.Machine.Serial, Number: number, Slot: slot, Kind: kind, ProductID: m.Slots[slot].OdooID, Product: m.Slots[slot].Name,
			Price: &web.Money{Amount: price, Currency: "EUR"}, Payment: cmp.Or(payment, "none"), Time: ago(before), TimeTrust: "trusted", State: state}
		if m.Version == "1900" {
			era := uint64(0)
			c.Era = &era
		}
		if state == web.CupBooked {
			c.OdooID = web.ID(strconv.FormatUint(number+9000, 10))
		}
		b.Ledger = append(b.Ledger, c)
	}
}
