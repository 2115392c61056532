package coffee2900

import (
	"context"
	"errors"
	"fmt"

	"crema/device"
)

// nextSeq numbers the next request. It goes round after 256, so no seq of the last
// eight ever stands for another request (manual 1).
func (m *Machine) nextSeq() byte {
	m.seq++
	return m.seq
}

// call asks for an operation that needs a login, and reads the reply. Where the
// machine wants the login again (error 18), it logs in once and repeats the call:
// a request answered so was not executed. Other refusals come back as errors.
func (m *Machine) call(ctx context.Context, r *request) (fields, error) {
	f, _, err := m.try(ctx, r)
	return f, err
}

// history is what became of a call on the line.
type history struct {
	relogin bool // it met a machine that had forgotten the login
	before  int  // how often its frame had gone out until then
}

func (m *Machine) try(ctx context.Context, r *request) (fields, history, error) {
	f, sent, err := m.once(ctx, r)
	var no refusal
	if !errors.As(err, &no) || no.code != codeLoginNeeded {
		return f, history{}, err
	}
	h := history{relogin: true, before: sent}
	m.log.Info("the machine wants the login again", "operation", r.op.String())
	// Had the frame gone out twice, the first may have been executed before a restart.
	if err := m.relogin(ctx); err != nil {
		return fields{}, h, unknown(r.op, sent-1, fmt.Errorf("%s: log in again: %w", r.op, err))
	}
	f, _, err = m.once(ctx, r)
	if err != nil && (!errors.As(err, &no) || no.code == codeLoginNeeded) {
		err = unknown(r.op, sent-1, err)
	}
	return f, h, err
}

// once sends one request and reads its reply. A link that is down is closed. The
// driver writes no bad CBOR: where the machine finds some (error 1), noise has passed
// the FCS, as it does once in 65,536 times. Nothing was done, so it asks again, under
// another seq, since the machine remembers its answer to this one.
func (m *Machine) once(ctx context.Context, r *request) (fields, int, error) {
	f, sent, err := m.send(ctx, r)
	if no := (refusal{}); errors.As(err, &no) && no.code == codeBadCBOR {
		var again int
		f, again, err = m.send(ctx, r)
		sent += again
	}
	return f, sent, err
}

func (m *Machine) send(ctx context.Context, r *request) (fields, int, error) {
	if m.conn == nil {
		return fields{}, 0, fmt.Errorf("%s: %w", r.op, device.ErrAway)
	}
	got, sent, err := m.conn.exchange(ctx, m.nextSeq(), r, m.o.Reply)
	if sent > 1 {
		m.log.Debug("repeated a request", "operation", r.op.String(), "sent", sent)
	}
	if err != nil {
		// The session closes a HELLO's or LOGIN's connection itself, when it has looked round.
		down := errors.Is(err, device.ErrNoReply) || errors.Is(err, device.ErrLineLost)
		if down && r.op != opHello && r.op != opLogin {
			m.drop()
		}
		return fields{}, sent, unknown(r.op, sent, err)
	}
	if got.typ == typeERR {
		return fields{}, sent, readRefusal(r.op, got.body)
	}
	return readFields(r.op.String(), got.body), sent, nil
}

// unknown adds device.ErrOutcomeUnknown to the error of a change that may have reached
// the machine.
func unknown(op operation, sent int, err error) error {
	if sent <= 0 || !op.changes() || errors.Is(err, device.ErrOutcomeUnknown) {
		return err
	}
	return fmt.Errorf("%w; %w", err, device.ErrOutcomeUnknown)
}

// change asks for an operation whose reply has no keys.
func (m *Machine) change(ctx context.Context, r *request) error {
	_, err := m.call(ctx, r)
	return err
}

// drop closes a connection that is of no use any more.
func (m *Machine) drop() {
	if err := m.Close(); err != nil {
		m.log.Debug("closing the line", "err", err)
	}
}
