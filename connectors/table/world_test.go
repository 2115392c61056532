package table

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"strings"
	"testing"

	"crema/connectors"
	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

// words is a table of the test: a key and a text, kept in the store with how often each record
// was taken.
type word struct {
	Key, Text string
	Taken     int
}

var words = store.NewBucket[string, word]("test.words", store.StringKey())

// putWord refuses "bad", after it has written it.
func putWord(tx *store.Tx, r Record) (bool, error) {
	w, _, err := words.Get(tx, r.Text("key"))
	if err != nil {
		return false, err
	}
	changed := w.Text != r.Text("text") || w.Key == ""
	w.Key, w.Text, w.Taken = r.Text("key"), r.Text("text"), w.Taken+1
	if err := words.Put(tx, w.Key, w); err != nil {
		return false, err
	}
	if _, err := r.Int("size", -5); r.Text("size") != "" && err != nil {
		return false, err
	}
	if w.Text == "bad" {
		return false, &RecordError{Column: "text", Wrong: `"bad" is no word`, Fix: "write a good one"}
	}
	return changed, nil
}

func wordTable(s *store.Store) Table {
	return Table{Name: "words", Text: "Words", Import: putWord,
		Columns: []Column{{Name: "key", Required: true, Example: "k1"}, {Name: "text", Example: "hello"}, {Name: "size", Example: "3"}, {Name: "taken", Shown: true}},
		Filters: []Column{{Name: "from"}},
		Export: func(_ context.Context, f Filter) (iter.Seq2[[]string, error], error) {
			if f["from"] == "nowhere" {
				return nil, &FileError{Wrong: "from=nowhere", Fix: "give a key"}
			}
			return func(yield func([]string, error) bool) {
				var list []word
				err := s.View(func(tx *store.Tx) error {
					for _, w := range words.From(tx, f["from"]) {
						list = append(list, w)
					}
					return nil
				})
				if err != nil {
					yield(nil, err)
				}
				for _, w := range list {
					if !yield([]string{w.Key, w.Text, "", fmt.Sprint(w.Taken)}, nil) {
						return
					}
				}
			}, nil
		}}
}

// remote is another system that takes words, and may be away.
type remote struct {
	has   map[string]string
	calls int
	away  func(call int) error // before the call: nothing was done
	lost  func(call int) error // after it: it was done
}

func (r *remote) table() Table {
	return Table{Name: "sent", Columns: []Column{{Name: "key", Required: true}, {Name: "text"}},
		Send: func(_ context.Context, rec Record) (bool, error) {
			r.calls++
			if r.away != nil {
				if err := r.away(r.calls); err != nil {
					return false, err
				}
			}
			if rec.Text("text") == "bad" {
				return false, &RecordError{Column: "text", Wrong: "refused over there"}
			}
			changed := r.has[rec.Text("key")] != rec.Text("text")
			r.has[rec.Text("key")] = rec.Text("text")
			if r.lost != nil {
				if err := r.lost(r.calls); err != nil {
					return false, err
				}
			}
			return changed, nil
		}}
}

// world is a board with an exchange.
type world struct {
	t      testing.TB
	store  *store.Store
	queue  *queuetest.Queue
	x      *Exchange
	points *connectors.Checkpoints
	remote *remote
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, remote: &remote{has: map[string]string{}}}
	w.on(storetest.Open(t), queuetest.New)
	return w
}

// on begins the program on a store.
func (w *world) on(s *store.Store, newQueue func(testing.TB, *store.Store, ...func(*queue.Config)) *queuetest.Queue) {
	w.t.Helper()
	w.store, w.queue, w.points = s, newQueue(w.t, s), connectors.NewCheckpoints()
	var err error
	w.x, err = New(Config{Store: s, Queue: w.queue.Queue, Checkpoints: w.points, Dir: filepath.Join(w.t.TempDir(), "exports"), Now: w.queue.Clock.Now},
		wordTable(s), w.remote.table(), Bindings(s, func(*store.Tx, connectors.Binding) error { return nil }))
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) take(table, text string) Import {
	w.t.Helper()
	i, err := w.x.Import(w.t.Context(), table, "test.csv", strings.NewReader(text))
	if err != nil {
		w.t.Fatal(err)
	}
	return i
}

func (w *world) idle() {
	w.t.Helper()
	if err := w.queue.RunUntilIdle(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) view(f func(*store.Tx) error) {
	w.t.Helper()
	if err := w.store.View(f); err != nil {
		w.t.Error(err)
	}
}

func (w *world) get(id uint64) (i Import) {
	w.t.Helper()
	w.view(func(tx *store.Tx) (err error) { i, err = w.x.GetImport(tx, id); return err })
	return i
}

// run imports a whole file.
func (w *world) run(table, text string) Import {
	w.t.Helper()
	i := w.take(table, text)
	w.idle()
	return w.get(i.ID)
}

// kept is the words of the store, by key.
func (w *world) kept() map[string]word {
	all := map[string]word{}
	w.view(func(tx *store.Tx) error {
		for k, v := range words.All(tx) {
			all[k] = v
		}
		return nil
	})
	return all
}

// report is the refused records as a file.
func (w *world) report(id uint64) string {
	w.t.Helper()
	var out strings.Builder
	if err := w.x.Refused(w.t.Context(), id, &out); err != nil {
		w.t.Error(err)
	}
	return strings.TrimPrefix(out.String(), string(byteOrderMark))
}

// refusedLines is what was refused, by line.
func (w *world) refusedLines(id uint64) map[int]string {
	all := map[int]string{}
	w.view(func(tx *store.Tx) error {
		for _, list := range refused.Prefix(tx, store.Leading(store.Uint64Key(), id)) {
			for _, r := range list {
				if all[r.Line] != "" {
					w.t.Errorf("line %d is refused twice", r.Line)
				}
				all[r.Line] = r.Wrong
			}
		}
		return nil
	})
	return all
}

// sample is a file of records of which the cells before the borders of chunks hold line ends,
// and some are bad: what is good, and what of which line is wrong.
type sample struct {
	text string
	good map[string]string
	bad  map[int]string // a part of what is wrong
}

func newSample(records int) sample {
	s := sample{good: map[string]string{}, bad: map[int]string{}}
	var b strings.Builder
	b.WriteString("text,key,size\r\n")
	for line, n := 2, 1; n <= records; n++ {
		key, text := fmt.Sprintf("k%04d", n), fmt.Sprintf("word %d", n)
		row, wrong := text+","+key+",3", ""
		switch {
		case n%chunkRecords <= 1: // on both sides of a border
			text = fmt.Sprintf("first %d\nsecond, \"quoted\"\n\nfourth", n)
			row = `"` + strings.ReplaceAll(text, `"`, `""`) + `",` + key + ","
		case n%97 == 0:
			row, wrong = "bad,"+key+",", `text: "bad" is no word; write a good one`
		case n%89 == 0:
			row, wrong = text+","+key, "it has 2 cells, and the first line of the file 3"
		case n%83 == 0:
			row, wrong = text+",,3", "key: it is empty; write one, such as k1"
		case n%79 == 0:
			row, wrong = text+","+key+",-6", `size: "-6" is no number that is possible; write a whole number from -5 on`
		case n%73 == 0:
			row, wrong = "w\xF6rd,"+key+",", "it is not UTF-8"
		case n%71 == 0:
			row, wrong = "wo\x00rd,"+key+",", "zero byte"
		case n%67 == 0:
			row, wrong = `5" cup,`+key+",", `a quote " is missing or too much`
		case n%61 == 0:
			row, wrong = `"never closed,`+key+",", `a quote " is missing or too much`
		}
		if wrong != "" {
			s.bad[line] = wrong
		} else {
			s.good[key] = text
		}
		b.WriteString(row + "\r\n")
		line += 1 + strings.Count(row, "\n")
	}
	s.text = b.String()
	return s
}

// same fails the test unless each good record was taken once, and each bad one refused.
func (w *world) same(i Import, s sample) {
	w.t.Helper()
	kept := w.kept()
	for key, text := range s.good {
		if k := kept[key]; k.Text != text || k.Taken != 1 {
			w.t.Errorf("record %s is %q, taken %d times; want %q once", key, k.Text, k.Taken, text)
		}
	}
	if len(kept) != len(s.good) {
		w.t.Errorf("%d records were taken, want %d", len(kept), len(s.good))
	}
	refused := w.refusedLines(i.ID)
	for line, wrong := range s.bad {
		if !strings.Contains(refused[line], wrong) {
			w.t.Errorf("line %d: %q, want %q", line, refused[line], wrong)
		}
	}
	if len(refused) != len(s.bad) || i.Refused != len(s.bad) || i.Changed != len(s.good) || i.Done != i.Records || i.State != Done {
		w.t.Errorf("%+v, %d lines refused, want %d", i, len(refused), len(s.bad))
	}
}

// openAt opens a store that the test closes itself;
// its power is out after so many commits as fuse says; below 0, never.
func openAt(t testing.TB, path string, fuse *int, out func()) *store.Store {
	t.Helper()
	s, err := store.Open(path, store.Options{Stamp: func(*store.Tx) error {
		if *fuse == 0 {
			out()
			return errors.New("the power is out")
		}
		*fuse--
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
