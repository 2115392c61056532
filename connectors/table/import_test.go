package table

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// A file of 1,000 records with line ends in its cells at the borders of chunks: ten jobs, one
// after the other; the bad records are named by line, and the good ones kept once.
func TestAsyncImportInChunks(t *testing.T) {
	w, s := newWorld(t), newSample(1000)
	i := w.take("words", s.text)
	if len(w.kept()) > 0 {
		t.Error("records are imported before any job ran")
	}
	if jobs := w.queue.Jobs(t, queue.Filter{Batch: i.Batch}); len(jobs) != 10 || jobs[9].ID != i.Job {
		t.Errorf("%d jobs: %+v", len(jobs), jobs)
	}
	w.idle()
	i = w.get(i.ID)
	w.same(i, s)
	if i.Records != 1000 || len(s.bad) < 70 {
		t.Errorf("%d records, %d of them bad", i.Records, len(s.bad))
	}
	w.view(func(tx *store.Tx) error {
		if !w.points.IsOpen(tx, "", "import", fmt.Sprint(i.ID), ReasonRefused) {
			t.Error("no checkpoint says that records were refused")
		}
		if !chunks.Empty(tx) {
			t.Error("chunks that are done are kept")
		}
		return nil
	})
	again := w.run("words", s.text)
	if again.Changed != 0 || again.Unchanged() != len(s.good) || again.Refused != len(s.bad) {
		t.Errorf("the same file again: %+v", again)
	}
}

// The refused records as a file, corrected and imported again, are all that was missing.
func TestRefusedRecordsAreImportedAgain(t *testing.T) {
	w := newWorld(t)
	i := w.run("words", "key;text;taken\n=1+1;bad;7\nb;\"two\nlines\";\nc;bad;\n;x;\n\"d;open;\n")
	want := "key,text,taken,line,error\r\n" +
		`'=1+1,bad,7,2,"text: ""bad"" is no word; write a good one"` + "\r\n" +
		`c,bad,,5,"text: ""bad"" is no word; write a good one"` + "\r\n" +
		`,x,,6,"key: it is empty; write one, such as k1"` + "\r\n" +
		`,,,7,"a quote "" is missing or too much: put the whole cell into quotes, and write each quote in it twice. It begins with: ""d;open;"` + "\r\n"
	got := w.report(i.ID)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the report (-want +got):\n%s", diff)
	}
	i = w.run("words", string(byteOrderMark)+strings.NewReplacer("bad,", "good,", ",x,", "e,x,", ",,,7", "d,open,,7").Replace(got))
	if kept := w.kept(); i.Refused != 0 || i.Changed != 4 || kept["=1+1"].Text != "good" || kept["e"].Text != "x" || kept["b"].Text != "two\nlines" {
		t.Errorf("%+v, %v", i, kept)
	}
}

// The power is cut after each of the commits of an import, and it goes on when it is back:
// no good record is lost, and none is taken twice.
func TestImportSurvivesPowerCuts(t *testing.T) {
	s := newSample(230)
	for cut := 3; ; cut++ {
		path, fuse := filepath.Join(storetest.Memory(t), "crema.db"), -1
		clock := queuetest.NewClock(time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
		w := &world{t: t, remote: &remote{has: map[string]string{}}}
		onClock := func(t testing.TB, s *store.Store, o ...func(*queue.Config)) *queuetest.Queue {
			q, err := queue.New(s, clock, queue.Config{Channels: "root:4", Grace: time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			return &queuetest.Queue{Queue: q, Clock: clock, Store: s}
		}
		out := func() {}
		db := openAt(t, path, &fuse, func() { out() })
		w.on(db, onClock)
		i := w.take("words", s.text)
		fuse = cut - 3
		ctx, stop := context.WithCancel(t.Context())
		out = stop
		if err := w.queue.RunUntilIdle(ctx); err == nil && fuse > 0 {
			stop()
			db.Close()
			if cut < 8 {
				t.Errorf("an import needed only %d commits", cut)
			}
			return
		}
		stop()
		db.Close() // its last commit is refused, as after a kill
		fuse = -1
		db = openAt(t, path, &fuse, func() {})
		w.on(db, onClock)
		if err := w.x.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.idle()
		if i = w.get(i.ID); i.Done != i.Records { // a job that was cut off at its start waits for its turn
			clock.Advance(time.Hour)
			w.idle()
			i = w.get(i.ID)
		}
		w.same(i, s)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if t.Failed() {
			t.Fatalf("cut at commit %d", cut)
		}
	}
}

// Two files at once, of which one changes what the other brings: each is whole.
func TestTwoImportsAtOnce(t *testing.T) {
	w, s := newWorld(t), newSample(450)
	a := w.take("words", s.text)
	b := w.take("words", strings.NewReplacer(",k0", ",other0", ",k1", ",other1").Replace(s.text))
	w.idle()
	for _, i := range []Import{w.get(a.ID), w.get(b.ID)} {
		if i.State != Done || i.Changed != len(s.good) || i.Refused != len(s.bad) {
			t.Errorf("%+v, want %d changed and %d refused", i, len(s.good), len(s.bad))
		}
	}
	if n := len(w.kept()); n != 2*len(s.good) {
		t.Errorf("%d words, want %d", n, 2*len(s.good))
	}
}

// What goes to another system is kept record by record: a refusal costs that record, an outage
// no attempt and none of what was sent, and a lost answer no record twice.
func TestSendingGoesOnAfterAnOutage(t *testing.T) {
	w := newWorld(t)
	away := &connectors.NetworkError{Err: errors.New("nobody answers")}
	w.remote.away = func(call int) error {
		if call == 3 {
			return away
		}
		return nil
	}
	w.remote.lost = func(call int) error {
		if call == 5 {
			return away
		}
		return nil
	}
	i := w.take("sent", "key,text\na,1\nb,bad\nc,3\nd,4\n")
	for range 3 {
		w.idle()
		w.queue.Clock.Advance(time.Minute)
	}
	i = w.get(i.ID)
	if w.remote.calls != 6 || i.State != Done || i.Refused != 1 || i.Changed != 2 || i.Unchanged() != 1 {
		t.Errorf("%d calls, %+v", w.remote.calls, i)
	}
	if want := map[string]string{"a": "1", "c": "3", "d": "4"}; !maps.Equal(w.remote.has, want) {
		t.Errorf("the other system has %v", w.remote.has)
	}
	if info := w.queue.Info(t, i.Job); info.Attempt > 1 {
		t.Errorf("an outage cost an attempt: %+v", info)
	}
}

// A chunk that fails for good holds back those behind it; requeued, it takes them with it, and
// the import ends anew.
func TestFailedImportGoesOn(t *testing.T) {
	w := newWorld(t)
	broken := errors.New("broken")
	w.remote.away = func(call int) error {
		if broken != nil && call > 150 {
			return queue.Permanent(broken)
		}
		return nil
	}
	var text strings.Builder
	text.WriteString("key,text\n")
	for n := range 320 {
		fmt.Fprintf(&text, "k%d,x\n", n)
	}
	i := w.run("sent", text.String())
	if i.State != Failed || i.Done != 150 || i.Ended.IsZero() {
		t.Fatalf("%+v", i)
	}
	broken = nil
	failed := w.queue.Jobs(t, queue.Filter{Batch: i.Batch, State: queue.StateFailed})
	if err := w.queue.Requeue(t.Context(), failed[0].ID); err != nil {
		t.Fatal(err)
	}
	w.idle()
	if i = w.get(i.ID); i.State != Done || i.Done != 320 || len(w.remote.has) != 320 || w.remote.calls != 321 {
		t.Errorf("%+v, %d calls", i, w.remote.calls)
	}
}

// Cancelled, an import keeps what was done, and says so.
func TestCancelledImport(t *testing.T) {
	w := newWorld(t)
	w.remote.away = func(call int) error {
		if call > 120 {
			return &connectors.NetworkError{Err: errors.New("nobody answers")}
		}
		return nil
	}
	i := w.run("sent", "key,text\n"+strings.Repeat("k,x\n", 320))
	if i.State != Running || i.Done != 120 {
		t.Errorf("before: %+v", i)
	}
	if err := w.x.Cancel(t.Context(), i.ID); err != nil {
		t.Fatal(err)
	}
	w.idle()
	if i = w.get(i.ID); i.State != Cancelled || i.Done != 120 || i.Changed != 1 || i.Ended.IsZero() || w.remote.calls != 121 {
		t.Errorf("%+v", i)
	}
}

// A file and its report are removed when they were kept long enough, with all that there is of
// them; an import that goes on again is not.
func TestImportIsRemoved(t *testing.T) {
	w, s := newWorld(t), newSample(150)
	i := w.run("words", s.text)
	w.queue.Clock.Advance(DefaultKeep - time.Minute)
	w.idle()
	if w.get(i.ID).State != Done {
		t.Error("it is removed too early")
	}
	w.queue.Clock.Advance(time.Hour)
	w.idle()
	w.view(func(tx *store.Tx) error {
		if _, err := w.x.GetImport(tx, i.ID); !errors.Is(err, ErrNoFile) || !refused.Empty(tx) || !importsByBatch.Empty(tx) {
			t.Errorf("something of it is left: %v", err)
		}
		return nil
	})
	if err := w.x.Refused(t.Context(), i.ID, new(strings.Builder)); !errors.Is(err, ErrNoFile) {
		t.Errorf("its report: %v", err)
	}
}

// A file that breaks off, or can't be read to its end, leaves nothing behind, whatever came
// before; one that was cut off by the end of the program is forgotten at the next start.
func TestBrokenUploadImportsNothing(t *testing.T) {
	w := newWorld(t)
	long := "key,text\n" + strings.Repeat("k,"+strings.Repeat("x", 60_000)+"\n", 50)
	torn := errors.New("the line was cut")
	for name, src := range map[string]*tornSource{"torn": {text: long, err: torn}, "too large": {text: "key,text\n" + strings.Repeat("k,0123456789\n", 900_000)}} {
		_, err := w.x.Import(t.Context(), "words", name, src)
		_, tooLarge := errors.AsType[*FileError](err)
		if !errors.Is(err, torn) && !tooLarge {
			t.Errorf("%s: %v", name, err)
		}
	}
	empty := func() bool {
		gone := false
		w.view(func(tx *store.Tx) error { gone = imports.Empty(tx) && chunks.Empty(tx); return nil })
		return gone
	}
	if !empty() || len(w.queue.Jobs(t, queue.Filter{})) > 0 {
		t.Error("something is left of a file that did not come whole")
	}
	w.queue.Update(t, func(tx *store.Tx) error {
		return errors.Join(imports.Put(tx, 7, Import{ID: 7, State: Receiving}), chunks.Put(tx, chunkKey{A: 7, B: 0}, chunk{Rows: []row{{Line: 2}}}))
	})
	if err := w.x.Recover(t.Context()); err != nil || !empty() {
		t.Errorf("after a restart: %v", err)
	}
}

// tornSource is a source that ends in an error.
type tornSource struct {
	text string
	err  error
}

func (s *tornSource) Read(p []byte) (int, error) {
	n := copy(p, s.text)
	if s.text = s.text[n:]; n == 0 && s.err != nil {
		return 0, s.err
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// What can't be imported at all is refused at once, with what to do, and leaves nothing.
func TestHostileFiles(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct{ text, want string }{
		"empty":            {"", "the file is empty"},
		"blank":            {"\n\r\n\n", "the file is empty"},
		"a mark alone":     {"\xEF\xBB\xBF", "the file is empty"},
		"no records":       {"key,text\n\n", "the file has no records"},
		"an unknown one":   {"key,txet\na,b\n", `line 1: there is no column "txet": words has the columns key, text, size, taken`},
		"a missing one":    {"text\na\n", `the column "key" is missing`},
		"twice":            {"key,KEY\na,b\n", `the column "key" is there twice`},
		"nameless":         {"key,,text\na,b,c\n", "a column has no name"},
		"binary":           {"\x7fELF\x02\x01\x00\x00\xff\xfe", "this is no CSV file"},
		"UTF-16":           {"\xff\xfek\x00e\x00y\x00\n\x00", "this is no CSV file"},
		"a picture":        {"\x89PNG\r\n\x1a\n\x00\x00", "this is no CSV file"},
		"one long line":    {strings.Repeat("x", 200_000), "this is no CSV file"},
		"an open quote":    {`"key,text` + "\na,b\n", "this is no CSV file"},
		"a page":           {"<!doctype html>\n<title>x</title>\n", "there is no column"},
		"too many records": {"key\n" + strings.Repeat("k\n", MaxRecords+1), "more than 100000 records"},
	} {
		_, err := w.x.Import(t.Context(), "words", name, strings.NewReader(c.text))
		if _, ok := errors.AsType[*FileError](err); !ok || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, err := w.x.Import(t.Context(), "nothing", "x", strings.NewReader("")); !errors.Is(err, ErrNoTable) || !strings.Contains(err.Error(), "words, sent, bindings") {
		t.Errorf("no such table: %v", err)
	}
	if jobs := w.queue.Jobs(t, queue.Filter{}); len(jobs) > 0 {
		t.Errorf("%d jobs", len(jobs))
	}
	// A line of 1 MB among others is refused by itself.
	i := w.run("words", "key,text\na,1\nb,"+strings.Repeat("x", 1<<20)+"\nc,3\n")
	if lines := w.refusedLines(i.ID); !slices.Equal(slices.Collect(maps.Keys(lines)), []int{3}) || i.Changed != 2 {
		t.Errorf("%v, %+v", lines, i)
	}
}
