package files_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pkg/sftp"
	"golang.org/x/sys/unix"

	"crema/connectors"
	"crema/connectors/connectortest"
	"crema/connectors/files"
	"crema/store/storetest"
)

// A test says by code and in words what is missing; a good one says nothing.
func TestConnection(t *testing.T) {
	dir := t.TempDir()
	_, good := served(t, dir)
	password := connectortest.Secrets{"password": "sesame"}
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, gonePort, _ := net.SplitHostPort(gone.Addr().String())
	gone.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	_, silentPort, _ := net.SplitHostPort(silent.Addr().String())
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, readOnly := served(t, dir, sftp.ReadOnly())
	other := func(w *connectors.Work, given connectortest.Secrets, settings ...string) *connectors.Work {
		all := map[string]string{}
		for k, v := range w.Backend.Settings {
			all[k] = v
		}
		for i := 0; i < len(settings); i += 2 {
			all[settings[i]] = settings[i+1]
		}
		return work(w.Backend.Kind, all, given)
	}
	for _, c := range []struct {
		name  string
		w     *connectors.Work
		codes string
		says  string
	}{
		{"a server", good, "", ""},
		{"fingerprint ignored", other(good, password, "ignore_fingerprint", "true"), "fingerprint_ignored!", ""},
		{"refused", other(good, password, "port", gonePort), "connection_refused", gonePort},
		{"unknown host", other(good, password, "host", "no..body"), "unknown_host", "no..body"},
		{"silent", other(good, password, "port", silentPort, "timeout", "30ms"), "no_answer", "30ms"},
		{"another fingerprint", other(good, password, "fingerprint", "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"), "wrong_fingerprint", good.Backend.Settings["fingerprint"]},
		{"another password", other(good, connectortest.Secrets{"password": "simsim"}), "login_refused", `"crema"`},
		{"no password", other(good, connectortest.Secrets{}), "setting", "private key"},
		{"no directory there", other(good, password, "path", filepath.Join(dir, "none")), "path_missing", "none"},
		{"a file there", other(good, password, "path", file), "no_directory", "file"},
		{"not writable there", readOnly, "not_writable", "read_only"},
		{"for reading only", other(readOnly, password, "read_only", "true"), "", ""},
		{"ignored, and missing", other(good, password, "ignore_fingerprint", "true", "path", filepath.Join(dir, "none")), "fingerprint_ignored! path_missing", ""},
		{"a directory", work(files.OS, map[string]string{"directory": dir}, nil), "", ""},
		{"no directory", work(files.OS, map[string]string{"directory": filepath.Join(dir, "none")}, nil), "path_missing", "none"},
		{"a file", work(files.OS, map[string]string{"directory": file}, nil), "no_directory", "file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			findings, err := files.New().Test(t.Context(), c.w)
			if err != nil {
				t.Fatal(err)
			}
			tested(t, findings, c.codes, c.says)
		})
	}
	if left := names(t, dir); len(left) > 0 {
		t.Errorf("a test leaves %q behind", left)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if findings, err := files.New().Test(ctx, good); !errors.Is(err, context.Canceled) {
		t.Errorf("a test that was given up = %+v, %v", findings, err)
	}
}

// tested compares findings with codes, with "!" behind that of a warning.
func tested(t *testing.T, findings []connectors.Finding, codes, says string) {
	t.Helper()
	var got []string
	for _, f := range findings {
		code := f.Code
		if f.Warning {
			code += "!"
		}
		got = append(got, code)
		if f.Text == "" || f.Fix == "" || strings.Contains(f.Text+f.Fix, "sesame") || strings.Contains(f.Text+f.Fix, "%!") {
			t.Errorf("it says %+v", f)
		}
	}
	if strings.Join(got, " ") != codes {
		t.Errorf("%+v, want %q", findings, codes)
	}
	if len(findings) > 0 && !strings.Contains(findings[0].Text+findings[0].Fix, says) {
		t.Errorf("%+v does not say %q", findings[0], says)
	}
}

// On a disk without room, and on one that is mounted for reading only, the test says so and
// a file is there whole or not at all.
func TestFullDisk(t *testing.T) {
	dir := storetest.Disk(t, 1<<20)
	_, server := served(t, dir)
	for name, w := range map[string]*connectors.Work{"os": work(files.OS, map[string]string{"directory": dir}, nil), "sftp": server} {
		t.Run(name, func(t *testing.T) {
			tree := open(t, w)
			err := tree.Create(t.Context(), "large", strings.NewReader(strings.Repeat("x", 2<<20)))
			if !errors.Is(err, files.ErrFull) {
				t.Errorf("Create = %v", err)
			}
			if left := names(t, dir); len(left) > 0 {
				t.Errorf("left behind: %q", left)
			}
			stuffing := filepath.Join(dir, "stuffing")
			if err := os.WriteFile(stuffing, make([]byte, 2<<20), 0o600); !errors.Is(err, unix.ENOSPC) {
				t.Fatal(err)
			}
			findings, err := files.New().Test(t.Context(), w)
			if err != nil {
				t.Fatal(err)
			}
			tested(t, findings, "disk_full", "no room")
			if err := os.Remove(stuffing); err != nil {
				t.Fatal(err)
			}
			if findings, err := files.New().Test(t.Context(), w); len(findings) > 0 || err != nil {
				t.Errorf("with room again: %+v, %v", findings, err)
			}
		})
	}
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	findings, err := files.New().Test(t.Context(), work(files.OS, map[string]string{"directory": dir}, nil))
	if err != nil {
		t.Fatal(err)
	}
	tested(t, findings, "not_writable", "read_only")
}

// No backend reaches what crema keeps for itself: its keys and tokens lie there.
func TestPrivateDirectories(t *testing.T) {
	data := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	inside := filepath.Join(data, "snapshots")
	if err := errors.Join(os.Symlink(data, link), os.Mkdir(inside, 0o700)); err != nil {
		t.Fatal(err)
	}
	// One that is named from where crema was started, and a file of a secret among others.
	t.Chdir(t.TempDir())
	started, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	etc := t.TempDir()
	if err := errors.Join(os.Mkdir("data", 0o700), os.WriteFile(filepath.Join(etc, "odoo.key"), nil, 0o600), os.Mkdir(filepath.Join(etc, "share"), 0o700)); err != nil {
		t.Fatal(err)
	}
	c := files.New(data, "/no/such/directory", "data", filepath.Join(etc, "odoo.key"))
	for _, dir := range []string{data, link, inside, filepath.Join(link, "snapshots"), filepath.Dir(data), "/", filepath.Join(started, "data"), started, etc} {
		w := work(files.OS, map[string]string{"directory": dir}, nil)
		if _, _, err := c.Open(t.Context(), w); err == nil || !strings.Contains(err.Error(), "keys") {
			t.Errorf("%s was opened: %v", dir, err)
		}
		findings, err := c.Test(t.Context(), w)
		if err != nil {
			t.Fatal(err)
		}
		tested(t, findings, "not_readable", "keys")
	}
	for _, beside := range []string{t.TempDir(), filepath.Join(etc, "share")} {
		if findings, err := c.Test(t.Context(), work(files.OS, map[string]string{"directory": beside}, nil)); len(findings) > 0 || err != nil {
			t.Errorf("%s, beside it: %+v, %v", beside, findings, err)
		}
	}
}

// The settings of a backend are refused by name where they don't fit together.
func TestSettingsOfTheVersions(t *testing.T) {
	c := files.New()
	fits := func(kind *connectors.Kind, settings map[string]string) error {
		return c.CheckSettings(connectors.Backend{Name: "files", Kind: kind, Settings: settings})
	}
	fingerprint := "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"
	for _, right := range []map[string]string{
		{"host": "files.example.com", "username": "crema", "fingerprint": fingerprint},
		{"host": "files.example.com", "username": "crema", "ignore_fingerprint": "true"},
		{"host": "::1", "port": "2222", "username": "crema", "fingerprint": fingerprint, "path": "exchange", "timeout": "1m", "read_only": "true"},
	} {
		if err := fits(files.SFTP, right); err != nil {
			t.Errorf("%v: %v", right, err)
		}
	}
	if err := fits(files.OS, map[string]string{"directory": "/mnt/exchange"}); err != nil {
		t.Error(err)
	}
	for setting, wrong := range map[string]map[string]string{
		"fingerprint": {"host": "a", "username": "crema"},
		"host":        {"username": "crema", "fingerprint": fingerprint},
		"username":    {"host": "a", "fingerprint": fingerprint},
		"timeout":     {"host": "a", "username": "crema", "fingerprint": fingerprint, "timeout": "0s"},
		"directory":   {"host": "a", "username": "crema", "fingerprint": fingerprint, "directory": "/mnt"},
	} {
		if err := fits(files.SFTP, wrong); err == nil || !strings.Contains(err.Error(), setting) {
			t.Errorf("%v: %v, want one of %s", wrong, err, setting)
		}
	}
	if err := fits(files.OS, nil); err == nil || !strings.Contains(err.Error(), "directory") {
		t.Errorf("without a directory: %v", err)
	}
	h := connectors.NewHost(&connectors.Environment{Registry: connectors.NewRegistry()})
	h.Add(c)
	if err := h.Check(); err != nil {
		t.Error(err)
	}
}
