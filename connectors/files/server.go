package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path"
	"strings"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"crema/connectors"
	"crema/connectors/remote"
)

// server is a medium at the other end of SFTP.
type server struct {
	conn    *ssh.Client
	client  *sftp.Client
	root    string // as the server calls it, from / on
	timeout time.Duration
	secrets []string // which the server may repeat in what it says
}

// openServer logs in to the server of a backend and finds its directory there.
func openServer(ctx context.Context, w *connectors.Work) (*server, error) {
	conn, err := remote.DialSSH(ctx, w)
	if err != nil {
		return nil, err
	}
	s := &server{conn: conn, timeout: w.Backend.Duration("timeout"), secrets: w.Opened()}
	if err := s.guard(ctx, func() error { return s.begin(w.Backend.Text("path")) }); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *server) begin(dir string) (err error) {
	if s.client, err = sftp.NewClient(s.conn); err != nil {
		return fmt.Errorf("the server does not speak SFTP: %w", err)
	}
	if s.root, err = s.client.RealPath(path.Clean(dir)); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	info, err := s.client.Stat(s.root)
	if err != nil {
		return fmt.Errorf("%s: %w", s.root, err)
	}
	if !info.IsDir() {
		return fmt.Errorf("%s: %w", s.root, errNoDirectory)
	}
	return nil
}

// guard runs call, and cuts the connection where it ends with ctx or has no answer within
// the timeout.
func (s *server) guard(ctx context.Context, call func() error) error {
	limited := ctx
	if s.timeout > 0 {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeoutCause(ctx, s.timeout, &remote.SlowError{Timeout: s.timeout})
		defer cancel()
	}
	stop := context.AfterFunc(limited, func() { s.conn.Close() })
	err := connectors.HideIn(call(), s.secrets...)
	switch {
	case stop():
		return lost(ctx, err)
	case ctx.Err() != nil:
		return context.Cause(ctx)
	default:
		return &connectors.NetworkError{Err: context.Cause(limited)}
	}
}

var errLost = errors.New("the connection to the server was lost")

// lost turns the many errors of a connection that is gone into one.
func lost(ctx context.Context, err error) error {
	if errors.Is(err, sftp.ErrSSHFxConnectionLost) || errors.Is(err, sftp.ErrSSHFxNoConnection) || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) {
		return &connectors.NetworkError{Err: errLost}
	}
	return connectors.NoAnswer(ctx, err)
}

func (s *server) list(dir string) ([]fs.FileInfo, error) {
	real, err := s.real(dir, true)
	if err != nil {
		return nil, err
	}
	return s.client.ReadDir(real)
}

func (s *server) stat(name string) (fs.FileInfo, error) {
	real, err := s.real(name, true)
	if err != nil {
		return nil, err
	}
	return s.client.Lstat(real)
}

func (s *server) open(name string) (io.ReadCloser, error) {
	real, err := s.real(name, true)
	if err != nil {
		return nil, err
	}
	info, err := s.client.Lstat(real)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, ErrIrregular
	}
	f, err := s.client.Open(real)
	if err != nil {
		return nil, err
	}
	return &remoteFile{f, s}, nil
}

func (s *server) create(name string) (output, error) {
	real, err := s.real(name, false)
	if err != nil {
		return nil, err
	}
	f, err := s.client.OpenFile(real, os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return nil, err
	}
	return &remoteFile{f, s}, nil
}

func (s *server) link(from, to string) error {
	if _, ok := s.client.HasExtension("hardlink@openssh.com"); !ok {
		return errors.ErrUnsupported
	}
	return s.both(from, to, s.client.Link)
}

func (s *server) exists(name string) (bool, error) {
	real, err := s.real(name, false)
	if err == nil {
		_, err = s.client.Lstat(real)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

func (s *server) rename(from, to string) error {
	if _, ok := s.client.HasExtension("posix-rename@openssh.com"); ok {
		return s.both(from, to, s.client.PosixRename)
	}
	return s.both(from, to, func(from, to string) error {
		if err := s.client.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return s.client.Rename(from, to)
	})
}

// both does something with two names.
func (s *server) both(from, to string, do func(from, to string) error) error {
	realFrom, err := s.real(from, false)
	if err != nil {
		return err
	}
	realTo, err := s.real(to, false)
	if err != nil {
		return err
	}
	return do(realFrom, realTo)
}

func (s *server) remove(name string) error {
	real, err := s.real(name, false)
	if err != nil {
		return err
	}
	return s.client.Remove(real)
}

func (s *server) mkdir(name string) error {
	there, err := s.exists(name)
	if err == nil && there {
		err = fs.ErrExist // SFTP has no word for it
	}
	if err != nil {
		return err
	}
	real, err := s.real(name, false)
	if err != nil {
		return err
	}
	return s.client.Mkdir(real)
}

// keep has nothing to do: a server that has been told to sync a file keeps its name.
func (s *server) keep(string) error { return nil }

func (s *server) room() (uint64, bool) {
	if _, ok := s.client.HasExtension("statvfs@openssh.com"); !ok {
		return 0, false
	}
	v, err := s.client.StatVFS(s.root)
	if err != nil {
		return 0, false
	}
	return v.Frsize * v.Bavail, true
}

// close ends the connection first, so that nothing waits for a server that hangs. It was
// cut, mostly, where that fails.
func (s *server) close() error {
	err := s.conn.Close()
	if s.client != nil {
		s.client.Close() // a connection that is closed already
	}
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// real finds what a name stands for at the server: each link in it is followed as long as
// it leads to what is below the root, the last part's only with last.
func (s *server) real(name string, last bool) (string, error) {
	const most = 40 // links, as the kernel has it
	done, rest := "", strings.Split(name, "/")
	for links := 0; len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		switch {
		case part == "" || part == ".":
			continue
		case part == ".." && done == "":
			return "", ErrOutside
		case part == "..":
			if done = path.Dir(done); done == "." {
				done = ""
			}
			continue
		}
		next := path.Join(done, part)
		if len(rest) == 0 && !last {
			return path.Join(s.root, next), nil
		}
		at := path.Join(s.root, next)
		info, err := s.client.Lstat(at)
		if err != nil {
			return "", err
		}
		if info.Mode().Type() != fs.ModeSymlink {
			done = next
			continue
		}
		target, err := s.client.ReadLink(at)
		switch links++; {
		case err != nil:
			return "", err
		case links > most:
			return "", fmt.Errorf("%s: %w: too many links", name, ErrOutside)
		case path.IsAbs(target):
			return "", ErrOutside
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	return path.Join(s.root, done), nil
}

// remoteFile is a file at the server.
type remoteFile struct {
	*sftp.File
	on *server
}

// Sync brings the file to the server's disk, if the server can do that.
func (f *remoteFile) Sync() error {
	if _, ok := f.on.client.HasExtension("fsync@openssh.com"); !ok {
		return nil
	}
	return f.File.Sync()
}
