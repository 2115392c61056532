package store_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"crema/store"
)

var rounds = flag.Int("rounds", 0, "rounds of the damage test; 0 is as many as take some seconds")

// model is what a store holds after a commit, which has a number.
type model struct {
	values map[string][]byte
	drawn  uint64 // numbers drawn from a sequence
}

// A victim is a store that is damaged round by round, and what is known of it.
type victim struct {
	t     *testing.T
	rnd   *rand.Rand
	o     store.Options
	path  string
	s     *store.Store
	round string

	all   []model        // by number; the first is empty
	line  []int          // numbers of the commits that led to what there is
	taken map[string]int // good snapshots, and the commits they hold
	live  bool           // damaged while it was open
}

// Stores are damaged at random: pages zeroed, bits turned, files cut or longer, page
// upon page, with and without a clean close, at rest and while it runs, and snapshots
// too. What is there afterwards is a state that was committed, no older than the
// newest good snapshot, to the byte; and it is told if it is not the last.
func TestRoundsOfDamage(t *testing.T) {
	t.Parallel()
	n := *rounds
	switch {
	case n == 0 && testing.Short():
		n = 60
	case n == 0:
		n = 500
	}
	v := &victim{
		t: t, rnd: rand.New(rand.NewPCG(seed(t), 0)),
		path:  filepath.Join(t.TempDir(), "crema.db"),
		o:     store.Options{MaxSize: 8 << 20, Snapshots: filepath.Join(t.TempDir(), "snapshots"), Migrations: []store.Migration{{Version: 1}}},
		all:   []model{{}},
		line:  []int{0},
		taken: map[string]int{},
	}
	ends := map[string]int{}
	v.open()
	for i := range n {
		v.round = fmt.Sprint("round ", i)
		damage := v.runAndDamage()
		end := v.recover(damage)
		ends[end]++
		if t.Failed() {
			t.Fatalf("%s, after %s: %s", v.round, damage, end)
		}
	}
	if err := v.s.Close(); err != nil {
		t.Error(err)
	}
	t.Logf("%d rounds: %v", n, ends)
	if n >= 100 && (ends["unharmed"] == 0 || ends[store.FromPreviousCommit] == 0 || ends["snapshot"] == 0) {
		t.Error("not all ways were gone")
	}
}

func (v *victim) fatalf(format string, args ...any) {
	v.t.Helper()
	v.t.Fatalf(v.round+": "+format, args...)
}

func (v *victim) open() {
	s, err := store.OpenOrRestore(v.path, v.o)
	if err != nil {
		v.fatalf("OpenOrRestore: %v", err)
	}
	v.s = s
}

// runAndDamage commits, takes snapshots, ends the store with or without a close and
// damages its file, or does so first.
func (v *victim) runAndDamage() (damage string) {
	v.live = v.rnd.IntN(6) == 0
	steps := 1 + v.rnd.IntN(5)
	for i := range steps {
		if v.live && i == 0 {
			page := 2 + v.rnd.Int64N(max(v.s.Stats().Size/4096-2, 1))
			zeroPage(v.t, v.path, page)
			damage = fmt.Sprintf("zeroing page %d while it ran", page)
		}
		v.commit()
		if v.rnd.IntN(6) == 0 {
			v.snapshot()
		}
	}
	used := v.s.Stats().Size
	cut, err := os.ReadFile(v.path)
	if err != nil {
		v.fatalf("%v", err)
	}
	if err := v.s.Close(); err != nil {
		v.fatalf("Close: %v", err)
	}
	if v.rnd.IntN(2) == 0 {
		write(v.t, v.path, cut)
		damage += " (cut)"
	}
	if !v.live {
		damage = v.damage(v.path, used) + damage
	}
	for path := range maps.Clone(v.taken) {
		if v.rnd.IntN(8) == 0 {
			damage += ", of a snapshot " + v.damage(path, fileSize(v.t, path))
			delete(v.taken, path)
		}
	}
	return damage
}

var things = store.NewBucket[string, []byte]("things", store.StringKey())

// commit changes some values; it may fail only if the file was damaged.
func (v *victim) commit() {
	last := v.all[v.line[len(v.line)-1]]
	next := model{values: maps.Clone(last.values), drawn: last.drawn}
	if next.values == nil {
		next.values = map[string][]byte{}
	}
	number := len(v.all)
	var puts, deletes []string
	for range 1 + v.rnd.IntN(8) {
		key := fmt.Sprintf("key %04d", v.rnd.IntN(600))
		if v.rnd.IntN(3) == 0 {
			deletes = append(deletes, key)
			continue
		}
		puts = append(puts, key)
	}
	for _, key := range deletes {
		delete(next.values, key)
	}
	for i, key := range puts {
		next.values[key] = bytes.Repeat([]byte{byte(number), byte(i)}, 1+v.rnd.IntN(1<<v.rnd.IntN(11)))
	}
	err := v.s.Update(v.t.Context(), func(tx *store.Tx) (err error) {
		if next.drawn, err = things.Next(tx); err != nil {
			return err
		}
		for _, key := range deletes {
			err = errors.Join(err, things.Delete(tx, key))
		}
		for _, key := range puts {
			err = errors.Join(err, things.Put(tx, key, next.values[key]))
		}
		return errors.Join(err, count.Put(tx, "commit", number))
	})
	var d *store.DamagedError
	switch {
	case err == nil:
		v.all = append(v.all, next)
		v.line = append(v.line, number)
	case !v.live || !errors.As(err, &d):
		v.fatalf("Update: %v", err)
	}
}

func (v *victim) snapshot() {
	err := v.s.Rotate(v.t.Context())
	var d *store.DamagedError
	if err != nil && (!v.live || !errors.As(err, &d)) {
		v.fatalf("snapshot: %v", err)
	}
	there := map[string]bool{}
	for i, info := range v.s.Snapshots() {
		path := filepath.Join(v.o.Snapshots, info.Name)
		there[path] = true
		if err == nil && i == 0 {
			v.taken[path] = v.line[len(v.line)-1]
		}
	}
	maps.DeleteFunc(v.taken, func(path string, _ int) bool { return !there[path] })
}

// damage does something to the file of which that many bytes are used.
func (v *victim) damage(path string, used int64) string {
	b, err := os.ReadFile(path)
	if err != nil {
		v.fatalf("%v", err)
	}
	what := ""
	pages := int(used / 4096)
	page := func() []byte { return b[v.rnd.IntN(pages)*4096:][:4096] }
	switch v.rnd.IntN(9) {
	case 0:
		what = "nothing"
	case 1, 2:
		what = "zeroing pages"
		for range 1 + v.rnd.IntN(3) {
			clear(page())
		}
	case 3, 4:
		what = "turning bits"
		for range 1 + v.rnd.IntN(3) {
			page()[v.rnd.IntN(4096)] ^= 1 << v.rnd.IntN(8)
		}
	case 5:
		what = "cutting"
		b = b[:v.rnd.IntN(int(used))]
	case 6:
		what = "adding to the end"
		for range 1 + v.rnd.IntN(10_000) {
			b = append(b, byte(v.rnd.Uint32()))
		}
	case 7:
		what = "one page over another"
		copy(page(), page())
	case 8:
		what = "a header"
		clear(b[v.rnd.IntN(2)*4096:][:4096])
	}
	write(v.t, path, b)
	return what
}

// recover opens the store, and holds what it finds against what was committed.
func (v *victim) recover(damage string) string {
	v.open()
	// A file that was closed is not read through when it is opened. What its check
	// finds, the next opening mends.
	if err := v.s.Check(v.t.Context()); err != nil {
		var d *store.DamagedError
		if !errors.As(err, &d) || !errors.As(v.s.Err(), &d) {
			v.fatalf("Check: %v, the store says %v", err, v.s.Err())
		}
		if err := v.s.Close(); err != nil {
			v.fatalf("Close: %v", err)
		}
		v.open()
	}
	if err := v.s.Check(v.t.Context()); err != nil {
		v.fatalf("after %s: %v", damage, err)
	}
	number, rest, is := v.read()
	at := -1
	for i, n := range v.line {
		if n == number {
			at = i
		}
	}
	newest := 0
	for _, n := range v.taken {
		newest = max(newest, n)
	}
	switch lost := len(v.line) - 1 - at; {
	case at < 0:
		v.fatalf("after %s: commit %d was never made, or is not of this line", damage, number)
	case lost > 0 && !is:
		v.fatalf("after %s: the last %d commits are lost, and nobody is told", damage, lost)
	case lost > 1 && rest.From == store.FromPreviousCommit && !v.live:
		v.fatalf("after %s: %d commits back: %v", damage, lost, rest)
	case number < newest:
		v.fatalf("after %s: commit %d, a good snapshot holds %d: %v", damage, number, newest, rest)
	}
	v.line = v.line[:at+1]
	if err := v.s.Update(v.t.Context(), store.SettleRestoration); err != nil {
		v.fatalf("settle: %v", err)
	}
	switch {
	case !is:
		return "unharmed"
	case rest.From == store.FromPreviousCommit, rest.From == store.FromNothing:
		return rest.From
	}
	return "snapshot"
}

// read compares all that is there with the model of the commit that it says it is.
func (v *victim) read() (number int, rest store.Restoration, is bool) {
	err := v.s.View(func(tx *store.Tx) (err error) {
		if number, _, err = count.Get(tx, "commit"); err != nil {
			return err
		}
		if number >= len(v.all) {
			v.fatalf("there is a commit %d", number)
		}
		rest, is, err = store.PendingRestoration(tx)
		want := v.all[number].values
		n := 0
		for key, value := range things.All(tx) {
			n++
			if w, ok := want[key]; !ok || !bytes.Equal(w, value) {
				v.t.Errorf("%s: commit %d: %s = %x, want %x", v.round, number, key, value, w)
			}
		}
		if n != len(want) {
			v.t.Errorf("%s: commit %d has %d values, want %d", v.round, number, n, len(want))
		}
		return err
	})
	if err != nil {
		v.fatalf("read: %v", err)
	}
	// The numbers go on where they stood.
	undone := errors.New("undone")
	err = v.s.Update(v.t.Context(), func(tx *store.Tx) error {
		n, err := things.Next(tx)
		if want := v.all[number].drawn + 1; err == nil && n != want {
			v.t.Errorf("%s: commit %d: the next number is %d, want %d", v.round, number, n, want)
		}
		return errors.Join(err, undone)
	})
	if !errors.Is(err, undone) {
		v.fatalf("draw a number: %v", err)
	}
	return number, rest, is
}
