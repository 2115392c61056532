package courier_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/connectortest"
	"crema/connectors/courier"
	"crema/connectors/files"
	"crema/connectors/remote/remotetest"
	"crema/connectors/table"
	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// words is the table of the test: how often each word was taken.
var words = store.NewBucket[string, int]("test.words", store.StringKey())

func wordTable() table.Table {
	return table.Table{Name: "words", Columns: []table.Column{{Name: "word", Required: true}}, Filters: []table.Column{{Name: "from"}, {Name: "to"}},
		Import: func(tx *store.Tx, r table.Record) (bool, error) {
			w := r.Text("word")
			if w == "bad" {
				return false, &table.RecordError{Column: "word", Wrong: "it is bad"}
			}
			n, _, err := words.Get(tx, w)
			return true, errors.Join(err, words.Put(tx, w, n+1))
		},
		Export: func(_ context.Context, f table.Filter) (iter.Seq2[[]string, error], error) {
			return func(yield func([]string, error) bool) {
				for n := range 3 {
					if f["from"] == "2026-02-01" && n == 2 { // in the middle of the file
						yield(nil, errors.New("no more words"))
						return
					}
					if !yield([]string{fmt.Sprintf("word %d of %s to %s", n, f["from"], f["to"])}, nil) {
						return
					}
				}
			}, nil
		}}
}

// world is a board with a backend of type files.
type world struct {
	t     *testing.T
	dir   string // the backend's
	store *store.Store
	queue *queuetest.Queue
	host  *connectors.Host
	x     *table.Exchange
	c     connectors.Connector
	ssh   *remotetest.SSH // of a backend at a server
}

func newWorld(t *testing.T, kind *connectors.Kind, settings map[string]string) *world {
	w := &world{t: t, dir: t.TempDir(), store: storetest.Open(t)}
	w.queue = queuetest.New(t, w.store)
	points := connectors.NewCheckpoints()
	var err error
	w.x, err = table.New(table.Config{Store: w.store, Queue: w.queue.Queue, Checkpoints: points, Dir: t.TempDir(), Now: w.queue.Clock.Now}, wordTable())
	if err != nil {
		t.Fatal(err)
	}
	zurich, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		t.Fatal(err)
	}
	w.host = connectors.NewHost(&connectors.Environment{Store: w.store, Queue: w.queue.Queue, Registry: connectors.NewRegistry(), Checkpoints: points,
		Secrets: connectortest.Secrets{"password": "sesame"}, Now: w.queue.Clock.Now, Zone: zurich})
	w.c = courier.Extend(w.host, w.x, files.New())
	w.host.Add(w.c)
	if err := w.host.Check(); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{"import": `{"words":"in/w*.csv"}`, "export": `{"words":"daily/words-{date}.csv"}`}
	if kind == files.OS {
		all["directory"] = w.dir
	} else {
		w.ssh = &remotetest.SSH{User: "crema", Password: "sesame", Serve: remotetest.Files()}
		w.ssh.Start(t)
		maps.Copy(all, w.ssh.Settings())
		all["path"] = w.dir
	}
	maps.Copy(all, settings)
	if err := w.host.Sync(t.Context(), []connectors.Backend{{Name: "office", Kind: kind, FromFile: true, Settings: all}}); err != nil {
		t.Fatal(err)
	}
	w.queue.Update(t, func(tx *store.Tx) error { return w.host.Backends().SetState(tx, "office", connectors.Production) })
	return w
}

// put writes a file of the backend.
func (w *world) put(name, text string) {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		w.t.Fatal(err)
	}
}

// tree is all files of the backend, by name.
func (w *world) tree() map[string]string {
	w.t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			var text []byte
			text, err = os.ReadFile(path)
			name, _ := filepath.Rel(w.dir, path)
			all[name] = strings.TrimPrefix(string(text), "\uFEFF")
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func (w *world) start(flow string) queue.ID {
	w.t.Helper()
	id, err := w.host.Start(w.t.Context(), "office", flow)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// work lets everything happen that does by itself, within some minutes.
func (w *world) work(minutes int) {
	w.t.Helper()
	for range minutes * 3 {
		if err := w.queue.RunUntilIdle(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
		w.queue.Clock.Advance(20 * time.Second)
	}
}

func (w *world) taken() map[string]int {
	all := map[string]int{}
	if err := w.store.View(func(tx *store.Tx) error {
		for k, n := range words.All(tx) {
			all[k] = n
		}
		return nil
	}); err != nil {
		w.t.Error(err)
	}
	return all
}

// On a directory and at a server: new files are imported once each, and moved, with what was
// refused beside them; one that is still written waits, and what does not fit stays.
func TestImportFlow(t *testing.T) {
	for _, kind := range []*connectors.Kind{files.OS, files.SFTP} {
		t.Run(kind.VersionName(), func(t *testing.T) {
			w := newWorld(t, kind, nil)
			w.put("in/w1.csv", "word\na\nbad\nb\n")
			w.put("in/w2.csv", "word\nc\n")
			w.put("in/w3.csv", "nothing\nof it\n")
			w.put("in/other.csv", "word\nother\n")
			job := w.start("import")
			if err := w.queue.RunUntilIdle(t.Context()); err != nil {
				t.Fatal(err)
			}
			if len(w.taken()) > 0 {
				t.Error("files are taken at the first look")
			}
			w.put("in/w2.csv", "word\nc\nd\n") // it was being written
			w.work(5)
			if info := w.queue.Info(t, job); info.State != queue.StateDone || info.Attempt > 1 {
				t.Errorf("%+v", info)
			}
			if want := map[string]int{"a": 1, "b": 1, "c": 1, "d": 1}; !maps.Equal(w.taken(), want) {
				t.Errorf("taken: %v", w.taken())
			}
			tree := w.tree()
			var names []string
			for name := range tree {
				names = append(names, strings.NewReplacer("/1-", "/N-", "/2-", "/N-", "/3-", "/N-").Replace(name))
			}
			slices.Sort(names)
			want := []string{"in/done/N-w1.csv", "in/done/N-w1.errors.csv", "in/done/N-w2.csv", "in/done/refused-w3.csv", "in/done/refused-w3.errors.csv", "in/other.csv"}
			if diff := cmp.Diff(want, names); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			for name, text := range tree {
				switch {
				case strings.HasSuffix(name, "w1.errors.csv") && text != "word,line,error\r\nbad,3,word: it is bad\r\n",
					strings.HasSuffix(name, "w3.errors.csv") && !strings.Contains(text, `there is no column "nothing"`),
					strings.HasSuffix(name, "w2.csv") && text != "word\nc\nd\n":
					t.Errorf("%s: %q", name, text)
				}
			}
			// The same again is another file by now.
			w.put("in/w2.csv", "word\nc\nd\n")
			w.start("import")
			w.work(3)
			if w.taken()["c"] != 2 {
				t.Errorf("put there again: %v", w.taken())
			}
		})
	}
}

// A server that is away costs no attempt, whenever it goes, and no file is imported twice for it.
func TestImportFlowOutage(t *testing.T) {
	w := newWorld(t, files.SFTP, nil)
	w.put("in/w1.csv", "word\na\n")
	job := w.start("import")
	for range 4 { // before the first look, between the looks, before the move
		back := w.ssh.Away()
		w.work(2)
		back()
		if err := w.queue.RunUntilIdle(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.queue.Clock.Advance(20 * time.Second)
	}
	w.work(5)
	info := w.queue.Info(t, job)
	if tree := w.tree(); info.State != queue.StateDone || info.Attempt > 1 || w.taken()["a"] != 1 || tree["in/done/1-w1.csv"] == "" || len(tree) != 1 {
		t.Errorf("%+v, taken %v, files %v", info, w.taken(), tree)
	}
}

// Where nothing can be moved, a file is imported once, however often it is looked at, touched
// or followed by a restart; changed, it is imported anew.
func TestImportFlowReadOnly(t *testing.T) {
	w := newWorld(t, files.OS, map[string]string{"read_only": "true"})
	w.put("in/w1.csv", "word\na\n")
	for range 2 {
		w.start("import")
		w.work(3)
	}
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(filepath.Join(w.dir, "in/w1.csv"), later, later); err != nil {
		t.Fatal(err)
	}
	w.start("import")
	w.work(3)
	if w.taken()["a"] != 1 {
		t.Errorf("taken: %v", w.taken())
	}
	w.put("in/w1.csv", "word\na\nb\n")
	w.start("import")
	w.work(3)
	if want := map[string]int{"a": 2, "b": 1}; !maps.Equal(w.taken(), want) {
		t.Errorf("changed: %v", w.taken())
	}
	if tree := w.tree(); len(tree) != 1 {
		t.Errorf("something was written: %v", tree)
	}
}

// An export is one file a table, whole, with what stands for {date}; a schedule writes it.
func TestScheduledExport(t *testing.T) {
	for _, kind := range []*connectors.Kind{files.OS, files.SFTP} {
		t.Run(kind.VersionName(), func(t *testing.T) {
			w := newWorld(t, kind, map[string]string{"export_period": "last_month"})
			w.start("export")
			w.work(1)
			want := map[string]string{"daily/words-2026-05.csv": "word\r\nword 0 of 2026-05-01 to 2026-05-31\r\nword 1 of 2026-05-01 to 2026-05-31\r\nword 2 of 2026-05-01 to 2026-05-31\r\n"}
			if diff := cmp.Diff(want, w.tree()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			w.queue.Clock.Jump(-80 * 24 * time.Hour) // in March, to report February, which fails in the middle
			id := w.start("export")
			if err := w.queue.RunUntilIdle(t.Context()); err != nil {
				t.Fatal(err)
			}
			if info := w.queue.Info(t, id); info.State == queue.StateDone || !strings.Contains(info.Error, "no more words") {
				t.Errorf("%+v", info)
			}
			if diff := cmp.Diff(want, w.tree()); diff != "" {
				t.Errorf("half a file is there (-want +got):\n%s", diff)
			}
		})
	}
}

// What can be no files is refused when the backend is made, each by its table.
func TestSettings(t *testing.T) {
	h := connectors.NewHost(&connectors.Environment{Registry: connectors.NewRegistry()})
	x, err := table.New(table.Config{}, wordTable())
	if err != nil {
		t.Fatal(err)
	}
	c := courier.Extend(h, x, files.New())
	h.Add(c)
	if err := h.Check(); err != nil {
		t.Fatal(err)
	}
	for setting, bad := range map[string]map[string]string{
		"import": {`{"words":"../in/*.csv"}`: "names no files", `{"words":"*/x.csv"}`: "names no files", `{"words":"in/[.csv"}`: "names no files", `{"words":"in/done/*.csv"}`: "is moved there", `{"no.words":"in/*.csv"}`: `no table "no.words" for it; write one of words`},
		"export": {`{"words":"/etc/passwd"}`: "is no file below", `{"words":"../x.csv"}`: "is no file below", `{"words":"{day}.csv"}`: "braces", `{"no.words":"x.csv"}`: `no table "no.words" for it`},
	} {
		for value, want := range bad {
			err := c.CheckSettings(connectors.Backend{Name: "office", Kind: files.OS, Settings: map[string]string{"directory": "/tmp", setting: value}})
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "words") {
				t.Errorf("%s = %s: %v", setting, value, err)
			}
		}
	}
	w := newWorld(t, files.OS, map[string]string{"import": ""})
	if _, err := w.host.Start(t.Context(), "office", "import"); err == nil || !strings.Contains(err.Error(), "import has nothing to do: a setting is missing: import") {
		t.Errorf("nothing to import: %v", err)
	}
}
