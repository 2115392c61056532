package files_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"

	"crema/connectors"
	"crema/connectors/connectortest"
	"crema/connectors/files"
	"crema/connectors/remote"
	"crema/connectors/remote/remotetest"
)

// faulty is a server's end of SFTP that fails once so many bytes have come, or gone.
type faulty struct {
	ssh.Channel
	mu       sync.Mutex
	in, out  int // bytes until then; negative: never
	happened func()
}

func (f *faulty) Read(p []byte) (int, error) {
	n, err := f.Channel.Read(p)
	f.count(&f.in, n)
	return n, err
}

func (f *faulty) Write(p []byte) (int, error) {
	f.count(&f.out, len(p))
	return f.Channel.Write(p)
}

func (f *faulty) count(left *int, n int) {
	f.mu.Lock()
	over := *left >= 0 && *left < n
	if *left >= n {
		*left -= n
	} else if over {
		*left = -1
	}
	f.mu.Unlock()
	if over {
		f.happened()
	}
}

// failing is a server of a directory with a large file and many small ones, whose
// connection fails as happened says after so many bytes.
func failing(t *testing.T, in, out int, happened func(*remotetest.SSH)) *connectors.Work {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "large"), make([]byte, 3_000_000), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "many"), 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range 2000 {
		if err := os.WriteFile(filepath.Join(dir, "many", fmt.Sprint(i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := &remotetest.SSH{User: "crema", Password: "sesame"}
	s.Serve = func(c ssh.Channel) {
		remotetest.ServeFiles(&faulty{Channel: c, in: in, out: out, happened: func() { happened(s) }})
	}
	s.Start(t)
	settings := s.Settings()
	settings["path"] = dir
	return work(files.SFTP, settings, connectortest.Secrets{"password": "sesame"})
}

// transfers are the calls that last, with how many bytes of them have come to the server,
// or gone, when it fails.
var transfers = map[string]struct {
	in, out int
	run     func(context.Context, *files.Tree) error
}{
	"reading": {-1, 400_000, func(ctx context.Context, tree *files.Tree) error {
		text, err := content(ctx, tree, "large")
		if err == nil && len(text) != 3_000_000 {
			return fmt.Errorf("it ends after %d bytes, as if that were all", len(text))
		}
		return err
	}},
	"listing": {-1, 60_000, func(ctx context.Context, tree *files.Tree) error {
		list, err := tree.List(ctx, "many")
		if err == nil && len(list) != 2000 {
			return fmt.Errorf("it ends after %d files, as if that were all", len(list))
		}
		return err
	}},
	"writing": {400_000, -1, func(ctx context.Context, tree *files.Tree) error {
		return tree.Create(ctx, "new", strings.NewReader(strings.Repeat("x", 3_000_000)))
	}},
}

// A server that hangs in the middle holds nobody who is told to stop.
func TestCancelWhileTheServerHangs(t *testing.T) {
	for name, c := range transfers {
		t.Run(name, func(t *testing.T) {
			released, enough := make(chan struct{}), errors.New("enough")
			ctx, cancel := context.WithCancelCause(t.Context())
			w := failing(t, c.in, c.out, func(*remotetest.SSH) {
				cancel(enough)
				<-released
			})
			t.Cleanup(func() { close(released) })
			client, end, err := files.New().Open(t.Context(), w)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.run(ctx, client.(*files.Tree)); !errors.Is(err, enough) {
				t.Errorf("%v, want the cause of the end", err)
			}
			if err := end(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
}

// A server that hangs in the middle costs its timeout, and then no attempt of the job.
func TestTimeoutWhileTheServerHangs(t *testing.T) {
	for name, c := range transfers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			released := make(chan struct{})
			w := failing(t, c.in, c.out, func(*remotetest.SSH) { <-released })
			t.Cleanup(func() { close(released) })
			w.Backend.Settings["timeout"] = "2s" // enough to log in on a busy computer
			slow := open(t, w)
			err := c.run(t.Context(), slow)
			_, isNetwork := errors.AsType[*connectors.NetworkError](err)
			if _, isSlow := errors.AsType[*remote.SlowError](err); !isNetwork || !isSlow {
				t.Errorf("%v, want no answer in time", err)
			}
			// The connection was given up: nothing more comes by it.
			if _, err := slow.Stat(t.Context(), "large"); err == nil {
				t.Error("it is used again")
			}
		})
	}
}

// A connection that is cut in the middle is an error, never the end of a file or a list.
func TestConnectionCut(t *testing.T) {
	for name, c := range transfers {
		t.Run(name, func(t *testing.T) {
			w := failing(t, c.in, c.out, func(s *remotetest.SSH) { s.Cut() })
			err := c.run(t.Context(), open(t, w))
			if _, ok := errors.AsType[*connectors.NetworkError](err); !ok {
				t.Errorf("%v, want a lost connection", err)
			}
			left, err := filepath.Glob(filepath.Join(w.Backend.Settings["path"], "new"))
			if len(left) > 0 || err != nil {
				t.Errorf("half a file has its name: %q, %v", left, err)
			}
		})
	}
}

// Whatever becomes of Open, no connection is left behind by it, and none by the end of the
// loan.
func TestClientLifetime(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		change map[string]string
		serve  func(ssh.Channel)
		ok     bool
	}{
		"all is well":         {ok: true},
		"no such directory":   {change: map[string]string{"path": filepath.Join(dir, "none")}},
		"another password":    {change: map[string]string{"username": "nobody"}},
		"no SFTP":             {serve: func(c ssh.Channel) { c.Close() }},
		"no SFTP but noise":   {serve: func(c ssh.Channel) { fmt.Fprint(c, "Welcome to this server!\r\n") }},
		"another fingerprint": {change: map[string]string{"fingerprint": "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := &remotetest.SSH{User: "crema", Password: "sesame", Serve: remotetest.Files()}
			if c.serve != nil {
				s.Serve = c.serve
			}
			s.Start(t)
			settings := s.Settings()
			settings["path"] = dir
			for k, v := range c.change {
				settings[k] = v
			}
			client, end, err := files.New().Open(t.Context(), work(files.SFTP, settings, connectortest.Secrets{"password": "sesame"}))
			if (err == nil) != c.ok || (client == nil) == c.ok || (end == nil) == c.ok {
				t.Fatalf("Open = %v, %v", client, err)
			}
			if c.ok {
				if err := end(); err != nil {
					t.Error(err)
				}
			}
			s.Alone() // or this hangs
		})
	}
}
