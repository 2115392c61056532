package coffee2900

import (
	"context"
	"fmt"
	"math"
	"time"

	"crema/device"
)

const (
	numberMax     = math.MaxInt64 // of entries and revisions
	amountMax     = math.MaxInt32 // of ingredients
	ingredientMax = math.MaxInt32
	uptimeMax     = 1 << 33 // seconds; what a Duration can hold
	journalMost   = 16      // entries a READ can ask for (manual 2)
)

// ReadJournal reads up to n entries, 1 to 16, from number from, 1 or more, on; fewer
// where they don't fit one frame. From an overwritten number it begins at the oldest
// kept. A kind or payment that the manual does not have comes as "kind 7" or
// "payment 4", so that one strange entry doesn't hide those after it.
func (m *Machine) ReadJournal(ctx context.Context, from uint64, n int) (device.JournalPage, error) {
	if from < 1 || from > numberMax || n < 1 || n > journalMost {
		return device.JournalPage{}, fmt.Errorf("%s: %d from %d: %w", opJournalRead, n, from, device.ErrBadArgument)
	}
	f, err := m.call(ctx, newRequest(opJournalRead).uint(1, from).uint(2, uint64(n)))
	if err != nil {
		return device.JournalPage{}, err
	}
	p := device.JournalPage{
		Next:        f.uint(2, numberMax),
		Oldest:      f.uint(3, numberMax),
		Overwritten: f.uint(4, numberMax),
	}
	for i, it := range f.list(1) {
		e := readEntry(f.member(1, i, it))
		if f.fault() != nil {
			break
		}
		want := max(from, p.Oldest) + uint64(i)
		if e.Number != want || e.Number >= p.Next {
			f.bad(1, fmt.Sprintf("entry %d under %d, not %d", want, p.Next, e.Number))
			break
		}
		p.Entries = append(p.Entries, e)
	}
	if err := f.fault(); err != nil {
		return device.JournalPage{}, err
	}
	return p, nil
}

// readEntry reads one entry (manual 2, Journal).
func readEntry(f fields) device.Entry {
	e := device.Entry{
		Number: f.uint(1, numberMax),
		Time:   f.time(2),
		Uptime: time.Duration(f.uint(3, uptimeMax)) * time.Second,
		Slot:   int(f.uint(4, slotsMax-1)),
		Kind:   kind(f.uint(5, 1<<32)),
		Used:   map[int]int64{},
	}
	if f.has(6) {
		e.Price = &device.Money{Amount: int64(f.uint(6, numberMax)), Currency: f.text(7)}
	}
	if f.has(8) {
		e.Payment = payment(f.uint(8, 1<<32))
	}
	f.numbers(9, ingredientMax, amountMax, func(id int, n uint64) { e.Used[id] = int64(n) })
	if f.has(10) {
		e.Badge = f.text(10)
	}
	return e
}

func kind(n uint64) device.CupKind {
	switch n {
	case 0:
		return device.CupSale
	case 1:
		return device.CupFree
	case 2:
		return device.CupTest
	case 3:
		return device.CupRemote
	case 4:
		return device.CupAborted
	default:
		return device.CupKind(fmt.Sprintf("kind %d", n))
	}
}

func payment(n uint64) device.Payment {
	switch n {
	case 0:
		return device.PaymentNone
	case 1:
		return device.PaymentCash
	case 2:
		return device.PaymentCard
	case 3:
		return device.PaymentBadge
	default:
		return device.Payment(fmt.Sprintf("payment %d", n))
	}
}

// AckJournal lets the machine overwrite the entries up to and including upTo;
// device.ErrBadArgument for one still to come.
func (m *Machine) AckJournal(ctx context.Context, upTo uint64) error {
	return m.change(ctx, newRequest(opJournalAck).uint(1, upTo))
}
