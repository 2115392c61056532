package board

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"crema/connectors/coffee/ledger"
	"crema/device"
	machine "crema/device/board"
	"crema/queue"
	"crema/store"
)

// An age is what a board has in its store that has run for so long. The jobs are some times ofAChannel, the cups some times 5000.
type age struct{ jobs, cups int }

// manyYears make a store that a board of 128 MB can't hold in what memory is left, and reads again and again from its card: at night. Of
// someYears it can hold most.
var manyYears, someYears = age{100_000, 50_000}, age{30_000, 15_000}

// age is that of the run's boards.
func (r *rig) age() age {
	if r.nightly {
		return manyYears
	}
	return someYears
}

// ofAChannel is how many finished jobs crema keeps of one channel.
const ofAChannel = 10_000

// growStore makes a store like that of a board that has run for long: finished jobs, as many of each of some channels, and booked sales of a
// machine that isn't there any more. Of one channel crema drops the most, see ofAChannel.
func growStore(ctx context.Context, path string, of age, channels int) (err error) {
	db, err := store.Open(path, store.Options{Migrations: []store.Migration{{Version: 1, Name: "the first", Up: func(*store.Tx) error { return nil }}}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	clock, err := machine.OpenClock(machine.ClockOptions{})
	if err != nil {
		return err
	}
	jobs, err := queue.New(db, clock, queue.Config{Channels: "root:4,root.off:0", Keep: queue.KeepAll})
	if err != nil {
		return err
	}
	kind := queue.Kind[string]{Name: "grown"}
	queue.Register(jobs, kind, func(context.Context, *queue.Job[string]) (queue.Done, error) { return nil, nil })
	for n := range of.jobs / ofAChannel { // in several commits
		if err := db.Update(ctx, func(tx *store.Tx) error {
			for range ofAChannel {
				if _, err := queue.Enqueue(tx, jobs, kind, "as long as the arguments of a job of ours are", queue.Options{Channel: fmt.Sprintf("off.%d", n%channels)}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
		if _, err := jobs.SetDoneAll(ctx, queue.Filter{State: queue.StatePending}); err != nil {
			return err
		}
	}
	began := time.Now().AddDate(0, 0, -170)
	for done := uint64(0); done < uint64(of.cups); {
		if err := db.Update(ctx, func(tx *store.Tx) error {
			for n := done; n < done+5000; n++ {
				if err := addSale(tx, n+1, began.Add(time.Duration(n)*5*time.Minute)); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
		done += 5000
	}
	return nil
}

// hasGrown wants that the board's store still has all that was put into it.
func (w *world) hasGrown(of age) error {
	var page struct {
		Items []struct{ Jobs map[string]int }
	}
	if err := w.api("GET", "channels", &page); err != nil {
		return err
	}
	jobs := 0
	for _, channel := range page.Items {
		jobs += channel.Jobs["done"]
	}
	cups, err := w.emu.ask("run", "/system/crema", "export", "cups", "--config", "/etc/crema/crema.toml")
	if err != nil {
		return err
	}
	if sales := strings.Count(cups, "\n") - 1; jobs < of.jobs || sales < of.cups {
		return fmt.Errorf("of %d finished jobs and %d sales the store has %d and %d", of.jobs, of.cups, jobs, sales)
	}
	return nil
}

func addSale(tx *store.Tx, number uint64, at time.Time) error {
	const serial = "29-000001"
	d := drinks[number%uint64(len(drinks))]
	c, _, err := ledger.Add(tx, ledger.Cup{Key: ledger.Key2900(serial, number), Backend: "kitchen", Model: "2900", Serial: serial, Number: number, Slot: int(number) % len(drinks), Kind: device.CupSale,
		Product: 1, SlotName: d.Name, Price: device.Money{Amount: cents(d.Price), Currency: "EUR"}, Payment: device.PaymentCard, Time: at, TimeTrust: ledger.TimeTrusted, Day: at.Format(time.DateOnly)})
	if err != nil {
		return fmt.Errorf("sale %d: %w", number, err)
	}
	return ledger.Book(tx, c.Seq, int64(number))
}
