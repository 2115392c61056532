package coffee

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/queue"
	"crema/store"
)

// A cup that was asked for this long ago has nobody who waits for it: it is not made.
// One that was started is looked for so often, and for so long before the job says that
// it does not know.
const (
	brewStale = 10 * time.Minute
	brewLook  = 500 * time.Millisecond
	brewWait  = 5 * time.Minute
)

// brewJob makes one cup. It never repeats itself: what it is about to do is committed
// before the first byte, and once that stands, it only looks at what became of it. A
// cup that could not be started fails at once; nobody may be there any more when the
// machine is ready again.
func (b *Backend) brewJob(ctx context.Context, job *queue.Job[BrewArgs]) (queue.Done, error) {
	token, err := parseToken(job.Args.Token)
	if err != nil {
		return nil, queue.Permanent(err)
	}
	p, begun, err := b.pourOf(job.Args.Token)
	switch {
	case err != nil:
		return nil, err
	case begun:
	case job.Args.Busy != 0 && !b.cfg.Busy.Enabled:
		return nil, queue.Permanent(errors.New("coffee when Odoo is busy was switched off"))
	case job.Interruptions > 0 && job.Args.Busy == 0: // nobody stands there
		return nil, queue.Permanent(errors.New("crema was interrupted before the cup was started: ask for it again"))
	case b.d.Clock.Now().Sub(job.Created) > brewStale:
		return nil, queue.Permanent(fmt.Errorf("the cup was asked for at %s, too long ago: ask for it again", job.Created.Format(time.DateTime)))
	default:
		if err := b.link.Do(ctx, device.PriorityUrgent, func(ctx context.Context, m device.Machine) error {
			return b.startPour(ctx, m, job.Args, token, job.Step)
		}); err != nil {
			if p, begun, perr := b.pourOf(job.Args.Token); perr != nil || !begun || p.State == pourNotMade {
				if job.Args.Busy != 0 && !begun && !errors.Is(err, errNotBusy) {
					return nil, queue.Snooze(err, brewAgain) // a customer's cup may be in the making
				}
				return nil, brewFailed(errors.Join(err, perr))
			}
			// It may be in the making: only look from here on.
		}
	}
	if p, err = b.awaitPour(ctx, job.Args.Token); err != nil {
		return nil, b.machineError(job.Created, lastWait, err)
	}
	switch p.State {
	case pourMade:
		job.SetResult(fmt.Sprintf("one cup of slot %d was made", p.Slot))
		return nil, nil
	case pourDoubt:
		return nil, queue.Permanent(errors.New("the machine was restarted meanwhile: whether the cup was made is not known; see the checkpoint"))
	case pourRestored:
		return nil, queue.Permanent(errors.New("the board's store was restored meanwhile: whether the cup was made is not known; see the checkpoint"))
	default:
		return nil, queue.Permanent(errors.New("no cup was made"))
	}
}

// brewFailed is the end of a cup that was never started.
func brewFailed(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err // the queue is stopping; what comes next finds it interrupted or begun
	}
	return queue.Permanent(fmt.Errorf("no cup was started: %w", err))
}

func parseToken(s string) (t device.Token, err error) {
	n, err := hex.Decode(t[:], []byte(s))
	if err != nil || n != len(t) || len(s) != 2*len(t) {
		return t, fmt.Errorf("%q is no token of 16 hex digits", s)
	}
	return t, nil
}

// pourOf reads what is known of the cup with this token.
func (b *Backend) pourOf(token string) (p pour, ok bool, err error) {
	err = b.d.Store.View(func(tx *store.Tx) error {
		p, ok, err = pours.Get(tx, b.cfg.Name)
		return err
	})
	return p, ok && p.Token == token, err
}

// startPour commits the intent and starts the cup. The 1900's panel is locked before
// and stays so until the cup is counted: nobody else's cup can be taken for it.
func (b *Backend) startPour(ctx context.Context, m device.Machine, args BrewArgs, token device.Token, commit step) error {
	brewer, ok := m.(device.Brewer)
	if !ok {
		return errors.ErrUnsupported
	}
	if b.unsettled {
		return errUnsettled
	}
	tokens := m.Limits().BrewTokens
	if !tokens {
		defer func() {
			// A pending cup keeps the panel locked; everything else frees it, a lock that failed too: it may have been taken all the same.
			end, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWrite)
			defer cancel()
			if err := b.setPanel(end, m); err != nil {
				b.unsettled = true
			}
		}()
		if err := m.Lock(ctx, true); err != nil {
			return err
		}
		if err := b.cupDone(ctx, m); err != nil {
			return err
		}
	}
	l, err := b.lookAt(ctx, m, false)
	if err != nil {
		return err
	}
	if l.status.State != device.StateReady {
		return fmt.Errorf("%w: it is in state %s", device.ErrNotReady, l.status.State)
	}
	if tokens {
		if err := b.endPour(ctx, m, args.Token); err != nil {
			return err
		}
	}
	b.unsettled = !tokens
	if err := commit(ctx, func(tx *store.Tx) error {
		if err := b.apply(tx, l); err != nil {
			return err
		}
		if err := b.busyStill(tx, args); err != nil {
			return err
		}
		return b.intendPour(tx, l, args)
	}); err != nil {
		return err
	}
	b.lookedAt(l)
	made, err := b.makeCup(ctx, brewer, args.Slot, token)
	if err == nil {
		return b.notePour(ctx, args.Token, func(p *pour) {
			if p.Number = made.Number; p.Pressed != 0 {
				p.Pressed = b.d.Clock.Board() // the card may have taken its time since the intent
			}
		})
	}
	if refused(err) {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWrite)
		defer cancel()
		b.unsettled = false
		return errors.Join(err, b.notePour(end, args.Token, func(p *pour) { p.State = pourNotMade }))
	}
	return err
}

// endPour finds out what became of the cup before, whose job was ended before it knew:
// the machine is ready, so that one is done or was never made.
func (b *Backend) endPour(ctx context.Context, m device.Machine, token string) error {
	var p pour
	if err := b.d.Store.View(func(tx *store.Tx) (err error) {
		p, _, err = pours.Get(tx, b.cfg.Name)
		return err
	}); err != nil || p.State != pourPending || p.Token == token {
		return err
	}
	return b.findPour(ctx, m, p)
}

// refused tells whether the machine said that it did not start a cup.
func refused(err error) bool {
	for _, no := range []error{device.ErrBusy, device.ErrNotReady, device.ErrSlotDisabled, device.ErrIngredientEmpty, device.ErrBadArgument, device.ErrUnsupported,
		device.ErrNoCup, device.ErrDoorOpen, device.ErrWires} {
		if errors.Is(err, no) {
			return !errors.Is(err, device.ErrOutcomeUnknown)
		}
	}
	return false
}

// intendPour stores that a cup is about to be started.
func (b *Backend) intendPour(tx *store.Tx, l look, args BrewArgs) error {
	if p, _, err := pours.Get(tx, b.cfg.Name); err != nil || p.State == pourPending && p.Token != args.Token {
		return errors.Join(err, device.ErrBusy)
	}
	m, _, err := ledger.GetMachine(tx, l.id.Model, l.id.Serial)
	if err != nil {
		return err
	}
	p := pour{Token: args.Token, Slot: args.Slot, State: pourPending, Boot: l.at.Boot}
	switch {
	case l.journal:
		p.Mark = max(l.next, 1) - 1
	case !m.Known:
		return errNotAnchored // its raw reading could not tell the cup from a customer's
	case args.Slot == lastChosen:
		p.Era, p.Pressed = m.Era, l.at.Board // every cup from here on is later than the intent
	case args.Slot < 0 || args.Slot >= len(m.N):
		return fmt.Errorf("slot %d: %w", args.Slot, device.ErrBadArgument)
	default:
		p.Era, p.N = m.Era, m.N[args.Slot]
	}
	return pours.Put(tx, b.cfg.Name, p)
}

// notePour changes what is known of a cup, while it is pending.
func (b *Backend) notePour(ctx context.Context, token string, f func(*pour)) error {
	return b.d.Store.Update(ctx, func(tx *store.Tx) error {
		p, ok, err := pours.Get(tx, b.cfg.Name)
		if err != nil || !ok || p.Token != token || p.State != pourPending {
			return err
		}
		f(&p)
		return pours.Put(tx, b.cfg.Name, p)
	})
}

// awaitPour looks until it is known what became of a cup.
func (b *Backend) awaitPour(ctx context.Context, token string) (pour, error) {
	timeout := time.NewTimer(brewWait)
	defer timeout.Stop()
	for {
		p, ok, err := b.pourOf(token)
		if err != nil || !ok || p.State != pourPending {
			return p, err
		}
		if err := b.link.Do(ctx, device.PriorityNormal, func(ctx context.Context, m device.Machine) error {
			if m.Limits().BrewTokens {
				return b.findPour(ctx, m, p)
			}
			return b.pollCups(ctx, m) // its counter tells
		}); err != nil && !errors.Is(err, errClockWait) {
			return p, err
		}
		again := time.NewTimer(brewLook)
		select {
		case <-ctx.Done():
			again.Stop()
			return p, ctx.Err()
		case <-timeout.C:
			again.Stop()
			return p, errBrewing
		case <-again.C:
		}
	}
}

// findPour looks for the cup in the journal of a 2900, which also has those that were
// aborted. The entry is written when the cup is done; until then the machine brews.
func (b *Backend) findPour(ctx context.Context, m device.Machine, p pour) error {
	j, ok := m.(device.JournalReader)
	if !ok {
		return errors.ErrUnsupported
	}
	s, err := m.Status(ctx)
	if err != nil {
		return err
	}
	state := pourNotMade
	if s.State == device.StateBrewing {
		state = pourPending
	}
	for from := p.Mark + 1; ; {
		page, err := j.ReadJournal(ctx, from, journalPage)
		if err != nil {
			return err
		}
		for _, e := range page.Entries {
			switch {
			case p.Number != 0 && e.Number != p.Number, e.Slot != p.Slot:
			case e.Kind == device.CupRemote:
				state = pourMade
			case e.Kind == device.CupAborted && e.Price == nil:
				state = pourNotMade // a customer's has a price
			}
		}
		if len(page.Entries) == 0 || page.Entries[len(page.Entries)-1].Number+1 >= page.Next {
			break
		}
		from = page.Entries[len(page.Entries)-1].Number + 1
	}
	if state == pourPending {
		return nil
	}
	return b.notePour(ctx, p.Token, func(p *pour) { p.State = state })
}
