package coffee2900

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"crema/device"
)

const (
	protocolVersion = 1 // manual 2
	nonceSize       = 16
	slotsMax        = 32 // manual 2: slots are 0 to 31
)

// Connect opens the line, says HELLO and logs in; again after any loss. Events from
// before are forgotten: whoever connects reads everything anew, and finds a restart in
// Identity.Boot. Errors: the dialer's own; device.ErrNoReply where nobody answers;
// *device.WrongModelError where the machine names another model or speaks like a 1900;
// device.ErrLogin after one wrong try, and *device.LockedOutError: wait, for the machine
// counts the wrong ones; device.ErrRestarted where it was powered up meanwhile.
func (m *Machine) Connect(ctx context.Context) (device.Identity, error) {
	m.drop()
	m.forgetEvents()
	line, err := m.dial(ctx)
	if err != nil {
		return device.Identity{}, err
	}
	if err := line.SetReadDeadline(time.Time{}); err != nil {
		line.Close()
		return device.Identity{}, lineLost(err)
	}
	m.conn = open(line, m.log, m.event)
	if err := m.session(ctx); err != nil {
		m.drop()
		return device.Identity{}, err
	}
	return m.identity, nil
}

// relogin begins a session anew on the open line, and tells of a boot count that moved.
// A machine that refuses it is left alone until the next Connect, so that no poll
// hammers its login.
func (m *Machine) relogin(ctx context.Context) error {
	before := m.identity
	if err := m.session(ctx); err != nil {
		m.drop()
		return err
	}
	if before.Serial != m.identity.Serial {
		// Nothing that was meant for one machine may reach another.
		m.drop()
		return fmt.Errorf("machine %s was changed for %s on the open line: %w", before.Serial, m.identity.Serial, device.ErrRestarted)
	}
	if before.Boot != m.identity.Boot {
		m.tell(device.Event{Kind: device.EventRestarted})
	}
	return nil
}

// session says HELLO and logs in.
func (m *Machine) session(ctx context.Context) error {
	id, nonce, err := m.hello(ctx)
	if err != nil {
		return err
	}
	if err := m.login(ctx, nonce); err != nil {
		if no := (refusal{}); errors.As(err, &no) && no.code == codeLogin {
			return m.notRestarted(ctx, id, err)
		}
		return err
	}
	m.identity = id
	return nil
}

// notRestarted looks once more at a machine that refused the login: where it was
// powered up since HELLO it lost the nonce, and password and user may be right.
func (m *Machine) notRestarted(ctx context.Context, id device.Identity, refused error) error {
	now, _, err := m.hello(ctx)
	switch {
	case err != nil:
		return err
	case now.Boot != id.Boot:
		return fmt.Errorf("%s: %w", opLogin, device.ErrRestarted)
	default:
		return refused
	}
}

// hello asks who is there.
func (m *Machine) hello(ctx context.Context) (id device.Identity, nonce []byte, err error) {
	r := newRequest(opHello).text(1, m.o.Name).uints(2, protocolVersion)
	f, _, err := m.once(ctx, r)
	other := errors.Is(err, device.ErrNoReply) && m.conn.ask1900(ctx, m.o.Reply)
	switch {
	case other, errors.Is(err, errForeign):
		return id, nil, &device.WrongModelError{Want: model, Got: "1900"}
	case err != nil:
		return id, nil, err
	}
	// The model first: of another one, nothing else need be as here.
	if got := f.text(1); f.fault() == nil && got != model {
		return id, nil, &device.WrongModelError{Want: model, Got: got}
	}
	id = device.Identity{
		Model:    model,
		Serial:   f.text(2),
		Firmware: f.text(3),
		Boot:     f.uint(5, 1<<63-1),
		Slots:    int(f.uint(7, slotsMax)),
		Clock:    f.time(8),
	}
	if v := f.uint(4, 1<<32); f.fault() == nil && v != protocolVersion {
		return id, nil, fmt.Errorf("HELLO key 4: version %d was not offered: %w", v, device.ErrBadReply)
	}
	nonce = f.bytes(6, nonceSize)
	if f.fault() == nil && id.Serial == "" {
		return id, nil, fmt.Errorf("HELLO key 2: an empty serial number: %w", device.ErrBadReply)
	}
	return id, nonce, f.fault()
}

// noPassword is a password that could not be had. To who looks after the machine it is
// as good as a wrong one: an ErrLogin, with words of its own.
type noPassword struct{ error }

func (noPassword) Is(target error) bool { return target == device.ErrLogin }
func (e noPassword) Unwrap() error      { return e.error }

// login proves the password, which itself never goes over the line.
func (m *Machine) login(ctx context.Context, nonce []byte) error {
	if m.o.Password == nil {
		return fmt.Errorf("no password is configured: %w", device.ErrLogin)
	}
	password, err := m.o.Password()
	if err != nil {
		return noPassword{fmt.Errorf("the machine's password: %w", err)}
	}
	proof := loginProof(password, nonce, m.o.User)
	f, _, err := m.once(ctx, newRequest(opLogin).text(1, m.o.User).bytes(2, proof))
	if err != nil {
		return err
	}
	role := f.text(1)
	if f.fault() == nil {
		m.log.Debug("logged in", "role", role)
	}
	return f.fault()
}

// loginProof is key 2 of LOGIN (manual 2).
func loginProof(password string, nonce []byte, user string) []byte {
	h := hmac.New(sha256.New, []byte(password))
	h.Write(slices.Concat(nonce, []byte(user)))
	return h.Sum(nil)
}
