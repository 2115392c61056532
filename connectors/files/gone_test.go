package files

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/pkg/sftp"

	"crema/connectors"
)

// deaf is the end of a connection by which nothing can be sent any more, and nobody has
// noticed yet: an SSH channel says io.EOF then.
type deaf struct {
	io.WriteCloser
	left *atomic.Int64 // writes until then
}

func (d deaf) Write(p []byte) (int, error) {
	if d.left.Add(-1) < 0 {
		return 0, io.EOF
	}
	return d.WriteCloser.Write(p)
}

// The library has io.EOF for the end of a file, or a list, and for that of the connection.
// Wherever the connection ends, nothing that is cut short passes for whole.
func TestEndOfTheConnectionIsNoEndOfAFile(t *testing.T) {
	dir := t.TempDir()
	for i := range 300 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), make([]byte, 400_000*(1-min(i, 1))), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	whole, lostOnes := 0, 0
	for writes := int64(0); whole < 3; writes++ {
		whole = 0
		for name, run := range map[string]func(*Tree) (bool, error){
			"list": func(tree *Tree) (bool, error) {
				list, err := tree.List(t.Context(), ".")
				return len(list) == 300, err
			},
			"read": func(tree *Tree) (bool, error) {
				in, err := tree.Open(t.Context(), "0")
				if err != nil {
					return false, err
				}
				b, err := io.ReadAll(in)
				return len(b) == 400_000, err
			},
			"read at large": func(tree *Tree) (bool, error) {
				in, err := tree.Open(t.Context(), "0")
				if err != nil {
					return false, err
				}
				n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, in, make([]byte, 150_000))
				return n == 400_000, err
			},
		} {
			tree, left := piped(t, dir)
			left.Store(writes)
			all, err := run(tree)
			_, isLost := errors.AsType[*connectors.NetworkError](err)
			switch {
			case err == nil && all:
				whole++
			case isLost:
				lostOnes++
			default:
				t.Fatalf("%s: after %d packets all is %v, %v", name, writes, all, err)
			}
		}
	}
	if lostOnes < 10 {
		t.Errorf("the connection was lost %d times only", lostOnes)
	}
}

// piped is a tree on a real server of SFTP, without SSH in between.
func piped(t *testing.T, dir string) (*Tree, *atomic.Int64) {
	t.Helper()
	here, there := net.Pipe()
	s, err := sftp.NewServer(there)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve() // until here is closed
	}()
	left := new(atomic.Int64)
	left.Store(1 << 30)
	c, err := sftp.NewClientPipe(here, deaf{here, left})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		here.Close()
		c.Close() // what it is on is closed already
		<-done
	})
	return &Tree{on: &server{client: c, root: dir}}, left
}
