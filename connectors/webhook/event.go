package webhook

import (
	"encoding/json"
	"net/url"
	"strconv"
	"time"

	"github.com/google/uuid"

	"crema/connectors"
	"crema/connectors/coffee"
	"crema/connectors/coffee/alarms"
	"crema/connectors/coffee/ledger"
	"crema/device"
)

// typePrefix makes a type of an event's name. Nobody can own a domain below .local, as
// nobody owns what a crema says.
const typePrefix = "local.crema."

// The names of the events that a backend may want.
const (
	cupMade      = "cup.made"
	cupBooked    = "cup.booked"
	alarmRaised  = "alarm.raised"
	alarmCleared = "alarm.cleared"
)

var names = []string{cupMade, cupBooked, alarmRaised, alarmCleared}

// event is a CloudEvent 1.0 as its JSON format has it.
type event struct {
	SpecVersion string          `json:"specversion"`
	ID          string          `json:"id"`
	Source      string          `json:"source"`
	Type        string          `json:"type"`
	Subject     string          `json:"subject"`
	Time        time.Time       `json:"time,omitzero"`
	TimeTrust   string          `json:"timetrust,omitempty"` // an extension
	ContentType string          `json:"datacontenttype"`
	Data        json.RawMessage `json:"data"`
}

func newEvent(name, id, source, subject string, at time.Time, trust string, data any) (event, error) {
	raw, err := json.Marshal(data)
	if at.IsZero() {
		trust = ""
	}
	return event{SpecVersion: "1.0", ID: id, Source: source, Type: typePrefix + name, Subject: subject, Time: at.UTC(), TimeTrust: trust,
		ContentType: "application/json", Data: raw}, err
}

// sourceOf names a machine by what it is, whatever its backend is called.
func sourceOf(model, serial string) string {
	return "/crema/" + url.PathEscape(model) + "/" + url.PathEscape(serial)
}

// money is an amount in minor units, as the API has it.
type money struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// cup is the data of an event about a cup. Who gave a badge to whom is nobody's business
// elsewhere: it is left out.
type cup struct {
	Key       string     `json:"key"`
	UUID      string     `json:"uuid"`
	Backend   string     `json:"backend"`
	Model     string     `json:"model"`
	Serial    string     `json:"serial"`
	Number    uint64     `json:"number"`
	Era       *uint64    `json:"era"`
	Slot      int        `json:"slot"`
	Kind      string     `json:"kind"`
	Product   string     `json:"product"`
	ProductID *string    `json:"product_id"`
	Price     *money     `json:"price"`
	Payment   string     `json:"payment"`
	Time      *time.Time `json:"time"`
	TimeTrust string     `json:"time_trust"`
	State     string     `json:"state"`
	Reason    string     `json:"reason"`
	OdooID    *string    `json:"odoo_id"`
}

// aboutCup makes the event of this name about a cup: it has one id however often it is told.
func aboutCup(name, suffix string) func(connectors.Event[ledger.Cup]) (event, error) {
	return func(e connectors.Event[ledger.Cup]) (event, error) {
		c := e.Data
		data := cup{
			Key: c.Key, UUID: c.UUID, Backend: c.Backend, Model: c.Model, Serial: c.Serial, Number: c.Number, Slot: c.Slot, Kind: string(c.Kind),
			Product: c.SlotName, ProductID: odooID(c.Product), Payment: string(c.Payment), Time: moment(c.Time), TimeTrust: c.TimeTrust,
			State: string(c.State), Reason: c.Reason, OdooID: odooID(c.OdooID),
		}
		if c.Model == coffee.Coffee1900.VersionName() {
			data.Era = &c.Era
		}
		if (c.Kind == device.CupSale || c.Kind == device.CupCounted) && c.Price.Currency != "" {
			data.Price = &money{c.Price.Amount, c.Price.Currency}
		}
		if data.Payment == "" {
			data.Payment = "none"
		}
		return newEvent(name, c.UUID+suffix, sourceOf(c.Model, c.Serial), "cup/"+c.UUID, e.At, e.Trust, data)
	}
}

// odooID is an id of Odoo; null where there is none.
func odooID(n int64) *string {
	if n == 0 {
		return nil
	}
	s := strconv.FormatInt(n, 10)
	return &s
}

// moment is a time; null where nobody knows it.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// alarm is the data of an event about an alarm.
type alarm struct {
	UUID     string    `json:"uuid"`
	Backend  string    `json:"backend"`
	Model    string    `json:"model"`
	Serial   string    `json:"serial"`
	Code     int       `json:"code"`
	Severity string    `json:"severity"`
	Text     string    `json:"text"`
	Since    time.Time `json:"since"`
}

// alarmSpace is the namespace of alarms' uuids, a random one made once.
var alarmSpace = uuid.UUID{0x8e, 0x51, 0xd2, 0x07, 0x4c, 0x9b, 0x4e, 0x63, 0xb1, 0xfa, 0x26, 0x90, 0xc3, 0x7d, 0x58, 0xee}

// aboutAlarm makes the event of this name about an alarm: one that came at that moment has
// one uuid, when it is raised and when it is cleared.
func aboutAlarm(name, suffix string) func(connectors.Event[alarms.Alarm]) (event, error) {
	return func(e connectors.Event[alarms.Alarm]) (event, error) {
		a := e.Data
		source := sourceOf(a.Model, a.Serial)
		id := uuid.NewSHA1(alarmSpace, []byte(source+"/"+strconv.Itoa(a.Code)+"/"+a.Since.UTC().Format(time.RFC3339Nano))).String()
		return newEvent(name, id+suffix, source, "alarm/"+id, e.At, e.Trust, alarm{
			UUID: id, Backend: e.Backend.Name, Model: a.Model, Serial: a.Serial, Code: a.Code, Severity: a.Severity, Text: a.Text, Since: a.Since.UTC()})
	}
}

// testEvent says that nothing happened: a receiver that accepts it has shown that it could.
func testEvent(backend string, at time.Time) (event, error) {
	return newEvent("test", uuid.NewString(), "/crema/backend/"+backend, "test", at, "", struct {
		Backend string `json:"backend"`
		Message string `json:"message"`
	}{backend, "This is a test of the webhook. Nothing happened."})
}
