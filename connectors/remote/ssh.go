package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"golang.org/x/crypto/ssh"

	"crema/connectors"
)

// hostKeys are the kinds of host keys, by the algorithms that sign with them. A system has
// one of each, mostly, and shows the one that is asked for.
var hostKeys = [][]string{
	{ssh.KeyAlgoED25519},
	{ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521},
	{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256},
}

// DialSSH connects to the system of a backend and logs in, with the private key and the
// password of its settings. The system proves by its host key that it has the backend's
// fingerprint before anything of the login goes out. It is bounded by ctx, and each try by
// the backend's timeout; the client is the caller's to close.
//
// Its errors are those of [CheckSSH]; a *connectors.SettingError for a private key that
// can't be read; *connectors.NetworkError where nobody answered;
// *connectors.RefusedError with a *FingerprintError, or a *LoginError, in it.
func DialSSH(ctx context.Context, w *connectors.Work) (*ssh.Client, error) {
	want, err := fingerprintOf(w.Backend)
	if err := errors.Join(err, CheckSSH(w.Backend)); err != nil {
		return nil, err
	}
	auth, err := login(w)
	if err != nil {
		return nil, err
	}
	if w.Backend.Bool(ignore) {
		try := &attempt{}
		return try.dial(ctx, w.Backend, auth, w.Opened())
	}
	var has []Fingerprint
	var last error
	for _, algorithms := range hostKeys {
		try := &attempt{want: want, algorithms: algorithms}
		client, err := try.dial(ctx, w.Backend, auth, w.Opened())
		none := new(ssh.AlgorithmNegotiationError)
		switch {
		case err == nil:
			return client, nil
		case !try.found.IsZero() && try.found != want:
			has = append(has, try.found)
		case errors.As(err, &none): // it has no such key
		default:
			return nil, err
		}
		last = err
	}
	if len(has) > 0 {
		return nil, &connectors.RefusedError{Err: &FingerprintError{Want: want, Has: has}}
	}
	return nil, &connectors.RefusedError{Err: last}
}

// attempt is one connection that is tried.
type attempt struct {
	want       Fingerprint // none: any
	algorithms []string    // of the host key; nil: any
	found      Fingerprint // of the host key that was shown
}

func (a *attempt) check(_ string, _ net.Addr, key ssh.PublicKey) error {
	a.found = ofHostKey(key)
	if !a.want.IsZero() && a.found != a.want {
		return &FingerprintError{Want: a.want, Has: []Fingerprint{a.found}}
	}
	return nil
}

// dial connects and logs in. The system may repeat the secrets when it refuses them.
func (a *attempt) dial(ctx context.Context, b connectors.Backend, auth []ssh.AuthMethod, secrets []string) (*ssh.Client, error) {
	limited := ctx
	if d := b.Duration(timeout); d > 0 {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeoutCause(ctx, d, &SlowError{d})
		defer cancel()
	}
	at := address(b, 22)
	conn, err := new(net.Dialer).DialContext(limited, "tcp", at)
	if err != nil {
		return nil, noAnswer(ctx, limited, err)
	}
	// The handshake knows no context: a connection that is closed ends it.
	stop := context.AfterFunc(limited, func() { conn.Close() })
	c, channels, requests, err := ssh.NewClientConn(conn, at, &ssh.ClientConfig{
		User: b.Text(username), Auth: auth, HostKeyCallback: a.check, HostKeyAlgorithms: a.algorithms, ClientVersion: "SSH-2.0-crema"})
	if !stop() && err == nil { // too late
		c.Close()
		err = context.Cause(limited)
	}
	if err != nil {
		conn.Close() // again, mostly; what matters failed before
		return nil, a.failed(ctx, limited, b, connectors.HideIn(err, secrets...))
	}
	return ssh.NewClient(c, channels, requests), nil
}

// failed sorts the error of a handshake.
func (a *attempt) failed(ctx, limited context.Context, b connectors.Backend, err error) error {
	if limited.Err() != nil || a.found.IsZero() || !a.want.IsZero() && a.found != a.want {
		return noAnswer(ctx, limited, err)
	}
	// The system has proved who it is: what fails now is the login.
	if network := connectors.NoAnswer(ctx, err); network != err {
		return network
	}
	return &connectors.RefusedError{Err: &LoginError{User: b.Text(username), Err: err}}
}

// noAnswer is the error of a connection that nobody answered, or that was given up.
func noAnswer(ctx, limited context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case limited.Err() != nil:
		return &connectors.NetworkError{Err: context.Cause(limited)}
	}
	return connectors.NoAnswer(ctx, err)
}

// SlowError is a system that took longer than the backend's timeout.
type SlowError struct {
	Timeout time.Duration
}

func (e *SlowError) Error() string {
	return fmt.Sprintf("the system took longer than %s", e.Timeout)
}

// address is where a backend's system listens.
func address(b connectors.Backend, usual int64) string {
	at := usual
	if p := b.Int(port); p > 0 {
		at = p
	}
	return net.JoinHostPort(b.Text(host), strconv.FormatInt(at, 10))
}
