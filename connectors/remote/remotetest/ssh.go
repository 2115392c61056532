package remotetest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/ssh"
)

// SSH is an SSH server, until the test ends. Set its fields before Start.
type SSH struct {
	// Keys are its host keys: "ed25519", "ecdsa", "rsa"; none: one of ed25519.
	Keys []string
	// User and Password log in, and so does Key. An empty password, or no key, does not.
	User, Password string
	Key            ssh.PublicKey
	// Dialogue has it ask for the password in a dialogue, as many servers do.
	Dialogue bool
	// Serve answers what comes by a channel of the subsystem "sftp"; nil: there is none.
	Serve func(ssh.Channel)

	signers  []ssh.Signer
	listener net.Listener

	away  atomic.Bool
	mu    sync.Mutex
	shown int
	open  int
	ended *sync.Cond // open has become less
	conns []net.Conn
	all   sync.WaitGroup
}

// Start has it listen.
func (s *SSH) Start(t testing.TB) {
	t.Helper()
	s.ended = sync.NewCond(&s.mu)
	if s.Keys == nil {
		s.Keys = []string{"ed25519"}
	}
	for _, name := range s.Keys {
		signer, err := ssh.NewSignerFromKey(newKey(t, name))
		if err != nil {
			t.Fatal(err)
		}
		s.signers = append(s.signers, signer)
	}
	var err error
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	s.all.Go(s.accept)
	t.Cleanup(func() {
		s.listener.Close()
		s.Cut()
		s.all.Wait()
	})
}

// newKey makes a private key of a kind.
func newKey(t testing.TB, kind string) (key crypto.PrivateKey) {
	t.Helper()
	var err error
	switch kind {
	case "ed25519":
		_, key, err = ed25519.GenerateKey(rand.Reader)
	case "ecdsa":
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "rsa":
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	default:
		t.Fatalf("there is no key of kind %q", kind)
	}
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Settings are those of a backend that reaches it: host, port, user and the fingerprint
// of its first host key.
func (s *SSH) Settings() map[string]string {
	host, port, _ := net.SplitHostPort(s.listener.Addr().String())
	return map[string]string{"host": host, "port": port, "username": s.User, "fingerprint": s.Fingerprint(0)}
}

// Fingerprint is that of one of its host keys, as ssh-keygen prints it.
func (s *SSH) Fingerprint(i int) string { return ssh.FingerprintSHA256(s.signers[i].PublicKey()) }

// Shown is how many credentials it was shown: passwords, and public keys that somebody
// says to have.
func (s *SSH) Shown() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown
}

// Alone waits until nobody is connected any more.
func (s *SSH) Alone() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.open > 0 {
		s.ended.Wait()
	}
}

// Cut cuts all connections that there are.
func (s *SSH) Cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		c.Close()
	}
	s.conns = nil
}

// Away has it hang up on whoever is, or gets, connected, until back is called.
func (s *SSH) Away() (back func()) {
	s.away.Store(true)
	s.Cut()
	return func() { s.away.Store(false) }
}

func (s *SSH) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		if s.away.Load() {
			conn.Close()
			continue
		}
		s.mu.Lock()
		s.conns = append(s.conns, conn)
		s.open++
		s.mu.Unlock()
		s.all.Go(func() {
			s.serve(conn)
			s.mu.Lock()
			s.open--
			s.ended.Broadcast()
			s.mu.Unlock()
		})
	}
}

func (s *SSH) serve(conn net.Conn) {
	defer conn.Close()
	_, channels, requests, err := ssh.NewServerConn(conn, s.config())
	if err != nil {
		return // who connected gave up, or was not let in
	}
	go ssh.DiscardRequests(requests)
	for c := range channels {
		channel, requests, err := c.Accept()
		if err != nil {
			return
		}
		s.all.Go(func() { s.subsystem(channel, requests) })
	}
}

func (s *SSH) config() *ssh.ServerConfig {
	c := &ssh.ServerConfig{MaxAuthTries: 3}
	for _, signer := range s.signers {
		c.AddHostKey(signer)
	}
	word := func(m ssh.ConnMetadata, word string) (*ssh.Permissions, error) {
		s.count()
		return s.let(m.User() == s.User && s.Password != "" && word == s.Password)
	}
	if s.Dialogue {
		c.KeyboardInteractiveCallback = func(m ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
			answers, err := ask("", "", []string{"Password: "}, []bool{false})
			if err != nil || len(answers) != 1 {
				return nil, errors.New("no answer")
			}
			return word(m, answers[0])
		}
	} else {
		c.PasswordCallback = func(m ssh.ConnMetadata, given []byte) (*ssh.Permissions, error) { return word(m, string(given)) }
	}
	c.PublicKeyCallback = func(m ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		s.count()
		return s.let(m.User() == s.User && s.Key != nil && string(key.Marshal()) == string(s.Key.Marshal()))
	}
	return c
}

func (s *SSH) count() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown++
}

func (s *SSH) let(in bool) (*ssh.Permissions, error) {
	if !in {
		return nil, errors.New("not you")
	}
	return nil, nil
}

func (s *SSH) subsystem(channel ssh.Channel, requests <-chan *ssh.Request) {
	defer channel.Close()
	for r := range requests {
		// The payload is the name, behind its length.
		ok := r.Type == "subsystem" && string(r.Payload[min(4, len(r.Payload)):]) == "sftp" && s.Serve != nil
		if err := r.Reply(ok, nil); err != nil {
			return
		}
		if ok {
			go ssh.DiscardRequests(requests)
			s.Serve(channel)
			return
		}
	}
}
