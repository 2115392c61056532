package files_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sync"
	"testing"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"crema/connectors"
	"crema/connectors/connectortest"
	"crema/connectors/files"
	"crema/connectors/remote/remotetest"
)

// work is that for a backend of the connector, with the defaults of its settings.
func work(kind *connectors.Kind, settings map[string]string, given connectortest.Secrets) *connectors.Work {
	all := map[string]string{}
	for _, s := range files.New().Settings {
		all[s.Name] = s.Default
	}
	maps.Copy(all, settings)
	return connectors.NewWork(&connectors.Environment{Secrets: given}, connectors.Backend{Name: "files", Kind: kind, Settings: all})
}

// open opens a backend's tree until the test ends.
func open(t *testing.T, w *connectors.Work) *files.Tree {
	t.Helper()
	client, end, err := files.New().Open(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := end(); err != nil {
			t.Error(err)
		}
	})
	return client.(*files.Tree)
}

// served is a server whose subsystem is a real one of SFTP, on a directory.
func served(t testing.TB, dir string, options ...sftp.ServerOption) (*remotetest.SSH, *connectors.Work) {
	t.Helper()
	s := &remotetest.SSH{User: "crema", Password: "sesame", Serve: remotetest.Files(options...)}
	s.Start(t)
	settings := s.Settings()
	settings["path"] = dir
	return s, work(files.SFTP, settings, connectortest.Secrets{"password": "sesame"})
}

// media are all that a tree can stand on, each on an empty directory of the test's.
func media(t *testing.T, test func(t *testing.T, w *connectors.Work, dir string)) {
	t.Run("os", func(t *testing.T) {
		dir := t.TempDir()
		test(t, work(files.OS, map[string]string{"directory": dir}, nil), dir)
	})
	t.Run("sftp", func(t *testing.T) {
		dir := t.TempDir()
		_, w := served(t, dir)
		test(t, w, dir)
	})
	t.Run("sftp without extensions", func(t *testing.T) {
		if err := sftp.SetSFTPExtensions("statvfs@openssh.com"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := sftp.SetSFTPExtensions("hardlink@openssh.com", "posix-rename@openssh.com", "statvfs@openssh.com"); err != nil {
				t.Error(err)
			}
		})
		dir := t.TempDir()
		_, w := served(t, dir)
		test(t, w, dir)
	})
	t.Run("OpenSSH", func(t *testing.T) {
		dir := t.TempDir()
		test(t, openSSH(t, dir), dir)
	})
}

// openSSH runs OpenSSH's own server, as the user who tests.
func openSSH(t testing.TB, dir string) *connectors.Work {
	t.Helper()
	sshd, err := exec.LookPath("/usr/sbin/sshd")
	if err != nil {
		t.Skip("OpenSSH's server is not installed")
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if me.Uid == "0" {
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Fatal(err)
		}
	}
	own := t.TempDir()
	path := func(name string) string { return filepath.Join(own, name) }
	hostKey, host := remotetest.NewKey(t, "")
	userKey, public := remotetest.NewKey(t, "")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf("HostKey %s\nAuthorizedKeysFile %s\nSubsystem sftp internal-sftp\nStrictModes no\nUsePAM no\nPermitRootLogin yes\nPasswordAuthentication no\nPidFile none\n", path("host"), path("authorized"))
	if err := errors.Join(os.WriteFile(path("host"), []byte(hostKey), 0o600), os.WriteFile(path("authorized"), ssh.MarshalAuthorizedKey(public), 0o600),
		os.WriteFile(path("config"), []byte(config), 0o600)); err != nil {
		t.Fatal(err)
	}
	// One process for each connection: sshd -i talks to what it is given as standard input.
	logs, err := os.Create(path("log"))
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			f, err := conn.(*net.TCPConn).File()
			conn.Close()
			if err != nil {
				return
			}
			cmd := exec.Command(sshd, "-i", "-e", "-f", path("config"))
			cmd.Stdin, cmd.Stdout, cmd.Stderr = f, f, logs
			err = cmd.Start()
			f.Close()
			if err == nil {
				all.Go(func() { _ = cmd.Wait() }) // the end of the connection is its end
			}
		}
	})
	t.Cleanup(func() {
		listener.Close()
		all.Wait()
		if text, err := os.ReadFile(path("log")); t.Failed() {
			t.Log(string(text), errors.Join(err, logs.Close()))
		}
	})
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return work(files.SFTP, map[string]string{"host": "127.0.0.1", "port": port, "username": me.Username, "fingerprint": ssh.FingerprintSHA256(host), "path": dir},
		connectortest.Secrets{"private_key": userKey})
}

// content reads a file of a tree whole.
func content(ctx context.Context, tree *files.Tree, name string) (string, error) {
	in, err := tree.Open(ctx, name)
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(in)
	return string(b), errors.Join(err, in.Close())
}

// names are those of all files on the disk, the hidden ones too.
func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, _ fs.DirEntry, err error) error {
		if path != "." {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
