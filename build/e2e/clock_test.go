package e2e

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"crema/connectors"
	"crema/connectors/coffee"
	"crema/connectors/odoo"
	"crema/device"
	"crema/device/board"
	"crema/device/driver/coffee2900"
	"crema/device/serial"
	"crema/queue"
	"crema/store"
	"crema/store/secret"
	"crema/web"
	"crema/web/client"
	"crema/web/command"
	"crema/web/source"
)

// No process can be given another clock without a library that lies to it, so here the
// parts run in the test, with a kernel of the test's own.

// kernel has a wall clock that is set as the test likes.
type kernel struct {
	booted time.Time

	mu     sync.Mutex
	off    time.Duration
	synced bool
}

func (k *kernel) Wall() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return time.Now().Add(k.off).Round(0)
}

func (k *kernel) Uptime() time.Duration { return time.Since(k.booted) }
func (k *kernel) BootID() string        { return "the test's" }

func (k *kernel) Synchronised() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.synced
}

// set makes it t now.
func (k *kernel) set(t time.Time, synced bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.off, k.synced = time.Until(t), synced
}

// built is when the board's program was made, for this test.
var built = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// boardWith runs the parts of a board on a kernel, until the test ends.
func (w *world) boardWith(k board.Kernel) {
	t := w.t
	t.Helper()
	cfg, err := board.Load(filepath.Join(w.dir, "crema.toml"), board.Overrides{}, command.Checks([]connectors.Connector{coffee.Declared()}))
	must(t, err)
	log := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	clock, err := board.OpenClock(board.ClockOptions{Build: built, Strict: cfg.StrictClock, Kernel: k, Logger: log})
	must(t, err)
	clock.Restore(board.Stamp{})
	db, err := store.Open(filepath.Join(w.dir, "crema.db"), store.Options{Logger: log})
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	all, ctx := errgroup.WithContext(ctx)
	t.Cleanup(func() {
		cancel()
		if err := all.Wait(); err != nil && ctx.Err() == nil {
			t.Error(err)
		}
		must(t, db.Close())
	})

	checkpoints := connectors.NewCheckpoints()
	checkpoints.Now = clock.Now
	jobs, err := queue.New(db, clock, queue.Config{Channels: cfg.Queue.Channels, Logger: log})
	must(t, err)
	erp, err := odoo.New(odoo.Config{URL: cfg.Odoo.URL, Database: cfg.Odoo.Database, Key: func() (string, error) { return key, nil },
		Now: clock.Now, Trusted: clock.Trusted, OnDate: func(t time.Time) { clock.Offer(t, board.SourceDate) }, Logger: log})
	must(t, err)
	keys, err := secret.KeyFiles{Path: filepath.Join(w.dir, "sealing.key")}.Open()
	must(t, err)
	host := connectors.NewHost(&connectors.Environment{Store: db, Queue: jobs, Registry: connectors.NewRegistry(), Checkpoints: checkpoints, Secrets: secret.NewVault(db, keys), Logger: log, Now: clock.Now})
	machines, err := coffee.New(host, coffee.Deps{Clock: clock, Odoo: erp, Build: built,
		Open: func(w *connectors.Work) (device.Machine, error) {
			return coffee2900.New(serial.Dialer(w.Backend.Text("port"), 115200), coffee2900.Options{
				Logger: log, Name: "crema", User: "service", Password: func() (string, error) { return "s3cret", nil }}), nil
		}})
	must(t, err)
	host.Add(machines.Connector())
	must(t, host.Check())
	must(t, host.Sync(ctx, []connectors.Backend{command.Record(cfg.Backends[0])}))
	must(t, w.mkdir("data"))
	token, err := source.Token(ctx, db, filepath.Join(w.dir, "data", client.TokenFile))
	must(t, err)
	parts := &source.Parts{Config: cfg, Store: db, Queue: jobs, Host: host, Machines: machines, Checkpoints: checkpoints, Odoo: erp, Clock: clock, CheckToken: token, Events: new(web.Hub)}
	page := web.New(web.Config{Listen: cfg.Listen, Now: clock.Now, Location: time.UTC, Logger: log}, parts.Deps())
	addr, err := page.Listen()
	must(t, err)
	_, err = client.Announce(filepath.Join(w.dir, "data"), addr)
	must(t, err)
	for _, part := range []func(context.Context) error{clock.Run, jobs.Run, host.Run, parts.Hints, page.Run} {
		all.Go(func() error { return part(ctx) })
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type clockJSON struct {
	Time      time.Time
	TimeTrust string `json:"time_trust"`
	Source    string `json:"time_source"`
}

func (w *world) clock() (c clockJSON) {
	w.api("GET", "status", &c)
	return c
}

type timedCup struct {
	Key, State string
	Time       time.Time
	TimeTrust  string `json:"time_trust"`
}

func (w *world) timedCups() []timedCup {
	var page struct{ Items []timedCup }
	w.api("GET", "cups?limit=100", &page)
	return page.Items
}

// runs counts the catalogue's runs.
func (w *world) runs() (n int) {
	var page struct{ Items []struct{ Kind string } }
	if !w.api("GET", "jobs?limit=500", &page) {
		w.t.Fatal("the jobs can't be listed")
	}
	for _, j := range page.Items {
		if j.Kind == "coffee.catalogue" {
			n++
		}
	}
	return n
}

// TestClockIn1970 is a board without a battery, whose clock begins at the epoch, on a
// network without NTP.
func TestClockIn1970(t *testing.T) {
	t.Parallel()
	w, _ := oneMachine(t, "2900", nil)
	w.kitchen = w.plugIn("kitchen", w.new2900())
	w.write("crema.toml", w.oneBackend("2900")+"schedule = { catalogue = \"* * * * *\" }\n")
	k := &kernel{booted: time.Now()}
	k.set(time.Unix(40, 0), false)
	w.boardWith(k)

	// It goes to work without the time: the drinks are there, and somebody buys one.
	w.until("the backend is in production", patience, func() bool { return w.backend().State == "production" })
	w.until("the drinks are on sale", patience, func() bool { return onSale(w) == len(drinks) })
	w.sell()
	sold := time.Now()
	w.until("the cup is read", patience, func() bool { return len(w.timedCups()) == 1 })
	if c := w.timedCups()[0]; c.TimeTrust != "untrusted" || c.Time.Year() != 1970 {
		t.Errorf("a cup of 1970 is %+v, want its time untrusted", c)
	}
	if c := w.clock(); c.TimeTrust != "untrusted" || c.Time.Year() != 1970 {
		t.Errorf("the board's time is %+v", c)
	}
	contains(t, "the page", w.page(), "The board does not know the time yet", "Schedules wait until the board knows the time: connect it to the network (NTP or Odoo).", "Cups are read and booked all the same.")
	if status, h := w.healthz(); status != 200 || h.Status != "ok" {
		t.Errorf("healthz tells %d %+v", status, h)
	}

	// What somebody starts by hand runs; a cup of 1970 is not booked, and said why.
	w.cmd("sync", "kitchen", "catalogue").expect(t, "crema sync catalogue", 0, "5 drinks")
	w.cmd("sync", "kitchen", "sales").expect(t, "crema sync sales", 1, "the board's clock is not to be trusted yet")
	w.cmd("sync", "kitchen", "clock").expect(t, "crema sync clock", 1, "the board's clock is not to be trusted yet")
	if n := len(w.odoo.Orders()); n != 0 {
		t.Errorf("%d cups are booked in 1970", n)
	}

	// Schedules wait, however the clock runs.
	ran := w.runs()
	for hour := range 2 {
		k.set(time.Unix(int64(hour+1)*3600-1, 0), false)
		end := time.Now().Add(1200 * time.Millisecond) // over the full hour
		w.until("the full hour is past", patience, func() bool { w.clock(); return time.Now().After(end) })
	}
	if n := w.runs(); n != ran {
		t.Errorf("the schedule ran %d times by a clock that nobody trusts", n-ran)
	}

	// The network comes: the kernel is synchronised, three seconds before a full minute.
	noon := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	k.set(noon.Add(-3*time.Second), true)
	truth := func(at time.Time) time.Time { return at.Add(k.off) }
	w.until("the time is trusted", patience, func() bool { return w.clock().TimeTrust == "trusted" })
	w.until("the schedule runs", patience, func() bool { return w.runs() > ran })
	if n, now := w.runs()-ran, k.Wall(); n != 1 || now.Before(noon) {
		t.Errorf("at %s the schedule has run %d times, want once, at %s", now, n, noon)
	}
	if strings.Contains(w.page(), "does not know the time") {
		t.Error("the page still says that the time is not known")
	}
	// Nobody starts the booking: the job that waits for the time looks again in 5 minutes, the test does not wait so long.
	w.until("the cup is booked", patience, func() bool { return len(w.odoo.Orders()) == 1 })
	near(t, "the order's time", w.odoo.Orders()[0].Date, truth(sold))
	w.until("the ledger has the cup as booked", patience, func() bool { return w.timedCups()[0].State == "booked" })
	if c := w.timedCups()[0]; c.TimeTrust == "untrusted" {
		t.Errorf("the cup of 1970 is %+v now", c)
	}
	near(t, "the cup's time in the ledger", w.timedCups()[0].Time, truth(sold))

	// The machine lost its clock as well: what is sold from now on has its time.
	w.sell()
	sold = time.Now()
	w.until("the second cup is booked", patience, func() bool { return len(w.odoo.Orders()) == 2 })
	near(t, "the second order's time", w.odoo.Orders()[1].Date, truth(sold))
	if c := w.timedCups()[1]; c.TimeTrust != "trusted" {
		t.Errorf("the second cup is %+v", c)
	}
}

func near(t *testing.T, what string, got, want time.Time) {
	t.Helper()
	if got.Sub(want).Abs() > 3*time.Second {
		t.Errorf("%s is %s, want %s", what, got, want)
	}
}

func onSale(w *world) (n int) {
	for _, s := range w.kitchen.Truth().Slots {
		if s.Enabled {
			n++
		}
	}
	return n
}

// TestClockNobodyConfirms is a clock that may be right, on a board that takes nobody's
// word but the kernel's: cups are booked all the same, and schedules wait.
func TestClockNobodyConfirms(t *testing.T) {
	t.Parallel()
	w, _ := oneMachine(t, "2900", nil)
	w.kitchen = w.plugIn("kitchen", w.new2900())
	w.write("crema.toml", "clock = \"strict\"\n"+w.oneBackend("2900")+"schedule = { catalogue = \"* * * * *\" }\n")
	k := &kernel{booted: time.Now().Add(-time.Hour)}
	k.set(time.Date(2027, 3, 1, 11, 59, 50, 0, time.UTC), false)
	w.boardWith(k)
	w.until("the drinks are on sale", patience, func() bool { return onSale(w) == len(drinks) })
	ran := w.runs()
	w.works()
	w.until("the ledger has the cup as booked", patience, func() bool { return w.timedCups()[0].State == "booked" })
	if c := w.timedCups()[0]; c.TimeTrust != "untrusted" {
		t.Errorf("the cup is %+v", c)
	}
	k.set(time.Date(2027, 3, 1, 11, 59, 59, 0, time.UTC), false)
	end := time.Now().Add(1500 * time.Millisecond)
	w.until("the full hour is past", patience, func() bool { w.clock(); return time.Now().After(end) })
	if n := w.runs(); n > ran+1 { // the first good test asks for one
		t.Errorf("the schedule ran by a clock that nobody confirmed: %d runs", n)
	}
}
