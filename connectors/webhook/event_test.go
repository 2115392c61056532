package webhook_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/coffee"
	"crema/connectors/coffee/alarms"
	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/store"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGoldenEvents: what a receiver gets for each event, byte for byte. To change an id, a
// source or a type, or to take a key away, breaks receivers.
func TestGoldenEvents(t *testing.T) {
	b := newBoard(t)
	r := newReceiver(t, b.clock.Now)
	b.production("erp", r.url)
	sale := cup(17)
	booked := cup(17)
	booked.State, booked.OdooID = ledger.Booked, 10183
	counted := ledger.Cup{Seq: 9, Key: "crema/1900/A 7.3/1/0/90210", UUID: ledger.OrderUUID("crema/1900/A 7.3/1/0/90210"), Backend: "lobby", Model: "1900", Serial: "A 7.3", Number: 90210, Era: 1,
		Kind: device.CupCounted, SlotName: `Café <"crème"> & 茶`, Time: noon, TimeTrust: ledger.TimeUntrusted, State: ledger.Parked, Reason: ledger.ReasonUnbound}
	free := cup(18)
	free.Kind, free.Payment, free.Price, free.Product, free.Time = device.CupFree, device.PaymentNone, device.Money{}, 0, time.Time{}
	alarm := alarms.Alarm{Model: "2900", Serial: "29-1", Code: 17, Severity: "warning", Text: "Drip tray full", Since: noon.Add(1500 * time.Millisecond)}
	publishAlarm := func(topic connectors.Topic[alarms.Alarm], at time.Time) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			return connectors.PublishFact(tx, b.host.Events, topic, connectors.Event[alarms.Alarm]{Backend: kitchen, Origin: "kitchen", At: at, Trust: ledger.TimeEstimated, Data: alarm})
		}
	}
	for _, c := range []struct {
		name    string
		publish func(*store.Tx) error
	}{
		{"cup.made", func(tx *store.Tx) error { return publishCup(tx, b, coffee.CupMade, sale) }},
		{"cup.made-1900", func(tx *store.Tx) error { return publishCup(tx, b, coffee.CupMade, counted) }},
		{"cup.made-free", func(tx *store.Tx) error { return publishCup(tx, b, coffee.CupMade, free) }},
		{"cup.booked", func(tx *store.Tx) error { return publishCup(tx, b, coffee.CupBooked, booked) }},
		{"alarm.raised", publishAlarm(coffee.AlarmRaised, noon.Add(2*time.Second))},
		{"alarm.cleared", publishAlarm(coffee.AlarmCleared, noon.Add(time.Hour))},
	} {
		b.update(c.publish)
		b.drain()
		golden(t, c.name, r.body())
	}
	if findings, err := b.host.Test(t.Context(), "erp"); err != nil || len(findings) != 0 {
		t.Fatalf("%v, %v", findings, err)
	}
	id := regexp.MustCompile(`"id":"[0-9a-f-]{36}"`)
	if !id.Match(r.body()) {
		t.Errorf("the test has no id of its own: %s", r.body())
	}
	at := regexp.MustCompile(`"time":"2026-06-01T12:00:[0-9.]+Z"`)
	golden(t, "test", at.ReplaceAll(id.ReplaceAll(r.body(), []byte(`"id":"ID"`)), []byte(`"time":"TIME"`)))
	if ids := r.ids(); len(ids) != 7 || ids[0] != sale.UUID+"-made" || ids[3] != sale.UUID+"-booked" ||
		strings.TrimSuffix(ids[4], "-raised") != strings.TrimSuffix(ids[5], "-cleared") {
		t.Errorf("ids %v", ids)
	}
}

func golden(t *testing.T, name string, body []byte) {
	t.Helper()
	if strings.Contains(string(body), "4711-badge") {
		t.Errorf("%s shows the badge", name)
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, body, "", "\t"); err != nil {
		t.Fatal(err)
	}
	pretty.WriteByte('\n')
	file := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(file, pretty.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(pretty.Bytes(), want) {
		t.Errorf("%s is\n%s\nwant\n%s", name, pretty.Bytes(), want)
	}
}

// TestWhoWantsWhat: each backend gets the events that it chose of the backends that it
// chose, and no other kind of backend anything.
func TestWhoWantsWhat(t *testing.T) {
	b := newBoard(t)
	r := newReceiver(t, b.clock.Now)
	cups, bookings, lobby := newReceiver(t, b.clock.Now), newReceiver(t, b.clock.Now), newReceiver(t, b.clock.Now)
	b.production("all", r.url)
	b.production("cups", cups.url, "events", "cup.made")
	b.production("bookings", bookings.url, "events", "cup.booked, alarm.raised")
	b.production("lobby", lobby.url, "backends", "lobby,garage")
	b.update(func(tx *store.Tx) error {
		one, two := cup(1), cup(2)
		two.Backend = "lobby"
		for _, c := range []ledger.Cup{one, two} {
			for _, topic := range []connectors.Topic[ledger.Cup]{coffee.CupMade, coffee.CupBooked} {
				if err := publishCup(tx, b, topic, c); err != nil {
					return err
				}
			}
		}
		return nil
	})
	b.drain()
	made, booked := func(n int) string { return idOf(n) }, func(n int) string { return cup(n).UUID + "-booked" }
	for name, c := range map[string]struct {
		r    *receiver
		want []string
	}{
		"all":      {r, []string{made(1), booked(1), made(2), booked(2)}},
		"cups":     {cups, []string{made(1), made(2)}},
		"bookings": {bookings, []string{booked(1), booked(2)}},
		"lobby":    {lobby, []string{made(2), booked(2)}},
	} {
		if got := c.r.ids(); !slices.Equal(got, c.want) {
			t.Errorf("%s got %v, want %v", name, got, c.want)
		}
	}
}

// TestEventIsEnqueuedOnce: one that is published anew while it waits is not doubled; later
// it comes with the id that it had.
func TestEventIsEnqueuedOnce(t *testing.T) {
	b := newBoard(t)
	r := newReceiver(t, b.clock.Now)
	b.production("erp", r.url)
	b.made(1, 2, 1)
	b.made(1)
	b.drain()
	if got := r.ids(); !slices.Equal(got, []string{idOf(1), idOf(2)}) {
		t.Errorf("got %v", got)
	}
	b.made(1)
	b.drain()
	if got := r.ids(); !slices.Equal(got, []string{idOf(1)}) {
		t.Errorf("learnt again: %v", got)
	}
}
