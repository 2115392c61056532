package files_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/connectortest"
	"crema/connectors/files"
	"crema/connectors/remote/remotetest"
)

// TestConnectorSuite is what the page, the commands and the queue count on.
func TestConnectorSuite(t *testing.T) {
	plain := func(*connectors.Host) connectors.Connector { return files.New() }
	t.Run("os", func(t *testing.T) {
		connectortest.Connector(t, func(t testing.TB) connectortest.Site {
			return connectortest.Site{New: plain, Backend: connectors.Backend{Name: "share", Kind: files.OS, Settings: map[string]string{"directory": t.TempDir()}}}
		})
	})
	t.Run("sftp", func(t *testing.T) {
		connectortest.Connector(t, func(t testing.TB) connectortest.Site {
			s := &remotetest.SSH{User: "crema", Password: "sesame-opens", Serve: remotetest.Files()}
			s.Start(t)
			settings := s.Settings()
			settings["path"] = t.TempDir()
			return connectortest.Site{New: plain, Backend: connectors.Backend{Name: "office", Kind: files.SFTP, Settings: settings},
				Secrets: map[string]string{"password": "sesame-opens"}, Away: s.Away, Opened: func() int { s.Alone(); return 0 }}
		})
	})
}

// TestAdapterSuite is what synchronizers count on.
func TestAdapterSuite(t *testing.T) {
	suite := func(t *testing.T, open func(t testing.TB) *connectors.Work) {
		connectortest.Adapter(t, func(t testing.TB) connectortest.System[files.File, files.File, func(files.Info) bool] {
			w := open(t)
			client, end, err := files.New().Open(t.Context(), w)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := end(); err != nil {
					t.Error(err)
				}
			})
			a, err := files.NewAdapter(w.On(w.Backend, client), "order-*.csv")
			if err != nil {
				t.Fatal(err)
			}
			return connectortest.System[files.File, files.File, func(files.Info) bool]{Adapter: a, Can: "search read create write delete",
				New:     func(n int) files.File { return files.File{Content: fmt.Appendf(nil, "order %d\n", n)} },
				Written: func(_, w files.File) files.File { return w },
				Own:     func(f *files.File) { f.Modified = time.Time{} }}
		})
	}
	t.Run("os", func(t *testing.T) {
		suite(t, func(t testing.TB) *connectors.Work {
			return work(files.OS, map[string]string{"directory": t.TempDir()}, nil)
		})
	})
	t.Run("sftp", func(t *testing.T) {
		suite(t, func(t testing.TB) *connectors.Work { _, w := served(t, t.TempDir()); return w })
	})
	t.Run("OpenSSH", func(t *testing.T) {
		suite(t, func(t testing.TB) *connectors.Work { return openSSH(t, t.TempDir()) })
	})
}

// Which files are an adapter's, and what new ones are called.
func TestAdapterPattern(t *testing.T) {
	dir := t.TempDir()
	w := work(files.OS, map[string]string{"directory": dir}, nil)
	w = w.On(w.Backend, open(t, w))
	if err := os.Mkdir(filepath.Join(dir, "out"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "*", "out", "out/*/x", "*/x", "out/**", "../*.csv", "/out/*.csv", "out/"} {
		if a, err := files.NewAdapter(w, bad); (err == nil) != (bad == "*") {
			t.Errorf("the pattern %q makes %+v, %v", bad, a, err)
		}
	}
	if _, err := files.NewAdapter(work(files.OS, nil, nil), "*.csv"); err == nil {
		t.Error("an adapter without a client was made")
	}
	a, err := files.NewAdapter(w, "out/order-*.csv")
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	long := strings.Repeat("long", 100)
	made := map[string]string{}
	for _, key := range []string{"17", "", "..", ".", "../../x", "a/b", "a%2Fb", "a b", "é", "\x00", "x.y", "A", "a", long, long + "1", strings.ToUpper(long)} {
		id, err := a.Create(ctx, key, files.File{Content: []byte(key)})
		if err != nil || !strings.HasPrefix(id, "out/order-") || !strings.HasSuffix(id, ".csv") || len(id) > 200 {
			t.Fatalf("Create(%q) = %q, %v", key, id, err)
		}
		if other, twice := made[id]; twice {
			t.Errorf("%q and %q are one file", key, other)
		}
		made[id] = key
		if f, err := a.Read(ctx, id); err != nil || !bytes.Equal(f.Content, []byte(key)) || f.Modified.IsZero() {
			t.Errorf("%q reads as %+v, %v", id, f, err)
		}
	}
	if made["out/order-17.csv"] != "17" || made["out/order-x.y.csv"] != "x.y" {
		t.Errorf("plain keys are %q", made)
	}
	for _, other := range []string{"out/order.csv", "out/drinks.csv", "out/order-1.txt", "order-1.csv"} {
		if err := os.WriteFile(filepath.Join(dir, other), []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Read(ctx, other); !errors.Is(err, connectors.ErrNotInBackend) {
			t.Errorf("Read(%q) = %v", other, err)
		}
		if err := errors.Join(a.Delete(ctx, other), last(os.Stat(filepath.Join(dir, other)))); err != nil {
			t.Errorf("somebody else's file is deleted: %v", err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "out", "order-dir.csv"), 0o755); err != nil {
		t.Fatal(err)
	}
	all, err := a.Search(ctx, nil)
	if err != nil || len(all) != len(made) || !slices.IsSorted(all) {
		t.Errorf("Search = %q, %v", all, err)
	}
	some, err := a.Search(ctx, func(i files.Info) bool { return i.Size == 2 })
	if err != nil || len(some) != 3 { // "17", "..", "é"
		t.Errorf("Search = %q, %v", some, err)
	}
	if err := os.Truncate(filepath.Join(dir, "out/order-17.csv"), files.LargestFile+1); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Read(ctx, "out/order-17.csv"); !refused(err) {
		t.Errorf("a file that is too large = %v", err)
	}
	none, err := files.NewAdapter(w, "none/*.csv")
	if err != nil {
		t.Fatal(err)
	}
	if ids, err := none.Search(ctx, nil); len(ids) > 0 || err != nil {
		t.Errorf("Search of no directory = %q, %v", ids, err)
	}
	if _, err := none.Create(ctx, "1", files.File{}); !refused(err) {
		t.Errorf("Create in no directory = %v", err)
	}
}

func refused(err error) bool {
	_, is := errors.AsType[*connectors.RefusedError](err)
	return is
}
