package apikey

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/odoo"
	"crema/connectors/odoo/standin"
	"crema/store"
	"crema/store/secret"
	"crema/store/storetest"
)

const (
	bot   = 5
	given = "91fe91fe91fe91fe91fe91fe91fe91fe91fe91fe"
)

// A rig is a board's keeper on a real store and vault, and the stand-in with the clock of both.
type rig struct {
	*testing.T
	store  *store.Store
	vault  *secret.Vault
	points *connectors.Checkpoints
	erp    *standin.Server
	url    string
	nowMu  sync.Mutex // a call that nobody waits for any more may still look at the clock
	now    time.Time
	file   string // what a person entered
	rotate bool
	blind  bool // the clock can't be believed
	logs   bytes.Buffer
	k      *Keeper
}

func newRig(t *testing.T, ends time.Duration) *rig {
	r := &rig{T: t, store: storetest.Open(t), now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC), file: given, rotate: true}
	keys, err := secret.KeyFiles{Path: filepath.Join(t.TempDir(), "key")}.Open()
	if err != nil {
		t.Fatal(err)
	}
	r.vault, r.points = secret.NewVault(r.store, keys), connectors.NewCheckpoints()
	r.erp = standin.New(standin.Options{Now: r.time})
	r.erp.AllowKeys(true)
	if ends > 0 {
		r.erp.AddKey(bot, "by hand", given, r.now.Add(ends))
	}
	server := httptest.NewServer(r.erp)
	t.Cleanup(server.Close)
	r.url = server.URL
	r.begin()
	t.Cleanup(func() {
		for _, key := range r.erp.Keys(bot) {
			if strings.Contains(r.logs.String(), key.Key) {
				t.Errorf("a key was logged: %s", r.logs.String())
			}
		}
	})
	return r
}

// watch keeps the arguments of each call, and its path.
func (r *rig) watch(sent *[]map[string]any) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		b, err := io.ReadAll(q.Body)
		args := map[string]any{}
		if err == nil && json.Unmarshal(b, &args) == nil {
			args["path"] = q.URL.Path
			*sent = append(*sent, args)
		}
		q.Body = io.NopCloser(bytes.NewReader(b))
		r.erp.ServeHTTP(w, q)
	}))
	r.Cleanup(server.Close)
	r.url = server.URL
	r.begin()
}

// begin is the start of the program.
func (r *rig) begin() {
	log := slog.New(slog.NewTextHandler(&r.logs, nil))
	r.k = New(Config{Store: r.store, Vault: r.vault, Checkpoints: r.points, Given: func() (string, error) { return r.file, nil }, Board: "board-7",
		Rotate: r.rotate, Now: r.time, Trusted: func() bool { return !r.blind }, Logger: log})
	c, err := odoo.New(odoo.Config{URL: r.url, Key: r.k.Key, Logger: log})
	if err != nil {
		r.Fatal(err)
	}
	r.k.odoo = c
}

func (r *rig) commit(ctx context.Context, f func(*store.Tx) error) error {
	return r.store.Update(ctx, f)
}

func (r *rig) look() string {
	r.Helper()
	said, err := r.k.look(r.Context(), r.commit)
	if err != nil {
		r.Fatal(err)
	}
	return said
}

// works is whether Odoo takes the key that the board has now.
func (r *rig) works() bool {
	_, err := r.k.odoo.Whoami(r.Context())
	return err == nil
}

func (r *rig) inUse() string {
	r.Helper()
	key, err := r.k.Key()
	if err != nil {
		r.Fatal(err)
	}
	return key
}

func (r *rig) open() (messages []string) {
	r.Helper()
	err := r.store.View(func(tx *store.Tx) error {
		for id := uint64(1); ; id++ {
			p, err := r.points.Get(tx, id)
			if errors.Is(err, connectors.ErrNoCheckpoint) {
				return nil
			}
			if err != nil {
				return err
			}
			if p.State == connectors.CheckpointOpen {
				messages = append(messages, p.Message)
			}
		}
	})
	if err != nil {
		r.Fatal(err)
	}
	return messages
}

func (r *rig) days(n int) { r.pass(time.Duration(n) * day) }

func (r *rig) pass(d time.Duration) {
	r.nowMu.Lock()
	defer r.nowMu.Unlock()
	r.now = r.now.Add(d)
}

func (r *rig) time() time.Time {
	r.nowMu.Lock()
	defer r.nowMu.Unlock()
	return r.now
}

func (r *rig) commits() uint64 { return r.store.Stats().Commits }

// A key of 90 days is replaced a month before its end, by one that is proved first; the given one stays, an own
// one is revoked a week later. A year of looks has a working key each day and leaves no heap of keys.
func TestAYearOfKeys(t *testing.T) {
	r := newRig(t, 90*day)
	r.look()
	if r.inUse() != given || len(r.erp.Keys(bot)) != 1 {
		t.Fatal("a key of 90 days was replaced at once")
	}
	before := r.commits()
	r.days(1)
	r.look()
	if n := r.commits() - before; n > 1 { // the look's own, which writes nothing
		t.Errorf("a look that finds nothing new makes %d commits", n)
	}
	changed, last := 0, given
	for d := range 365 {
		r.days(1)
		r.begin()
		if !r.works() {
			t.Fatalf("day %d: no working key", d)
		}
		r.look()
		if now := r.inUse(); now != last {
			changed, last = changed+1, now
		}
		if n := len(r.erp.Keys(bot)); n > 6 {
			t.Fatalf("day %d: %d keys", d, n)
		}
		if open := r.open(); len(open) > 0 {
			t.Fatalf("day %d: %v", d, open)
		}
	}
	if changed < 6 || changed > 7 {
		t.Errorf("replaced %d times in a year", changed)
	}
	for _, key := range r.erp.Keys(bot) {
		if key.Name != "by hand" && key.Key != r.inUse() && key.Ends.Sub(r.now) > 30*day {
			t.Errorf("%s was not revoked", key.Name)
		}
	}
	raw := fmt.Sprint(r.dump())
	for _, key := range r.erp.Keys(bot) {
		if strings.Contains(raw, key.Key) {
			t.Error("a key is at rest in clear")
		}
	}
}

// dump is the database file.
func (r *rig) dump() string {
	r.Helper()
	b, err := os.ReadFile(r.store.Path())
	if err != nil {
		r.Fatal(err)
	}
	return string(b)
}

var errKilled = errors.New("killed")

// The board is killed before and after each commit, and each call is lost on its way there and back: there is a
// working key at each moment, and after the next looks one that holds for long; what was lost is at most one key
// for each lost answer.
func TestKilledAtEveryStep(t *testing.T) {
	type kill struct {
		name    string
		commits int // of this run, from 1; 0: none
		after   bool
		fault   *standin.Rule
	}
	var kills []kill
	for n := 1; n <= 6; n++ {
		kills = append(kills, kill{fmt.Sprintf("before commit %d", n), n, false, nil}, kill{fmt.Sprintf("after commit %d", n), n, true, nil})
	}
	for call, times := range map[string]int{"res.users/context_get": 3, "res.users.apikeys/search_read": 1, "res.users.apikeys/generate": 1, "res.users.apikeys/revoke": 1} {
		for _, fault := range []standin.Fault{standin.CloseBeforeCommit, standin.CommitThenClose, standin.CutBody, standin.DatabaseDown, standin.Unauthorized} {
			for skip := range times {
				kills = append(kills, kill{fmt.Sprintf("%s %d: %s", call, skip, fault), 0, false, &standin.Rule{Call: call, Fault: fault, Skip: skip, Times: 1}})
			}
		}
	}
	for _, own := range []bool{false, true} { // the key that is replaced is the given one, or the board's own
		for _, x := range kills {
			r := newRig(t, 20*day)
			if own {
				r.look()
				r.days(65)
			}
			first := r.inUse()
			if x.fault != nil {
				r.erp.Fail(*x.fault)
			}
			n := 0
			commit := func(ctx context.Context, f func(*store.Tx) error) error {
				if n++; n == x.commits && !x.after {
					return errKilled
				}
				if err := r.commit(ctx, f); err != nil {
					return err
				}
				if n == x.commits {
					return errKilled
				}
				return nil
			}
			_, err := r.k.look(t.Context(), commit)
			r.erp.Heal()
			for look := range 3 {
				r.begin()
				if !r.works() {
					t.Fatalf("own %v, %s, look %d: no working key (%v)", own, x.name, look, err)
				}
				r.look()
			}
			left := r.erp.Keys(bot)
			if r.inUse() == first || len(left) > 5 {
				t.Errorf("own %v, %s: %d keys, replaced: %v", own, x.name, len(left), r.inUse() != first)
			}
			r.days(8)
			r.begin()
			r.look()
			for _, key := range r.erp.Keys(bot) {
				if own && key.Key == first {
					t.Errorf("own %v, %s: the one before it was not revoked", own, x.name)
				}
			}
			if lost := len(left) - len(r.erp.Keys(bot)); !r.works() {
				t.Errorf("own %v, %s: no working key after %d were revoked", own, x.name, lost)
			}
		}
	}
}

// Answers that are lost again and again leave three keys at most; then a person is asked, and the warning comes in
// time.
func TestLostAnswersStop(t *testing.T) {
	r := newRig(t, 20*day)
	r.erp.Fail(standin.Rule{Call: "res.users.apikeys/generate", Fault: standin.CommitThenClose})
	for range 10 {
		r.k.look(t.Context(), r.commit)
		r.pass(time.Hour)
	}
	if n := len(r.erp.Keys(bot)); n != 1+mostLost {
		t.Errorf("%d keys in Odoo", n)
	}
	if r.days(8); len(r.open()) > 0 {
		t.Error("warned while there was time")
	}
	r.look()
	if open := r.open(); len(open) != 1 || !strings.Contains(open[0], "remove crema board-7 ") {
		t.Errorf("told: %q", open)
	}
}

// Where Odoo makes no keys, a person is warned at fourteen days and at three, each once, also if it was reviewed;
// another file's key ends that.
func TestWarnsInTime(t *testing.T) {
	for name, tt := range map[string]struct {
		rotate, allowed bool
		says            string
	}{
		"not enabled": {true, false, "Programmatic API keys are not enabled"}, "switched off": {false, true, "`rotate_key`"},
	} {
		r := newRig(t, 40*day)
		r.rotate = tt.rotate
		r.erp.AllowKeys(tt.allowed)
		r.begin()
		var at []int
		for d := range 40 {
			r.look()
			open := r.open()
			if len(open) > 1 {
				t.Fatalf("%s, day %d: %q", name, d, open)
			}
			if len(open) == 1 {
				at = append(at, 40-d)
				if !strings.Contains(open[0], tt.says) || !strings.Contains(open[0], "1 January 2027") || !strings.Contains(open[0], "api_key_file") {
					t.Errorf("%s, day %d: %s", name, d, open[0])
				}
				if err := r.store.Update(t.Context(), func(tx *store.Tx) error {
					return r.points.ResolveCheckpoint(tx, "", Model, "", ReasonKeyEnds) // as a review does
				}); err != nil {
					t.Fatal(err)
				}
			}
			found, err := r.k.Test(t.Context())
			if err != nil || (len(found) == 1) != (d >= 26) || len(found) == 1 && (!found[0].Warning || !strings.Contains(found[0].Text, fmt.Sprintf("in %d days", 40-d)) && d < 39) {
				t.Errorf("%s, day %d: the test finds %+v, %v", name, d, found, err)
			}
			r.days(1)
		}
		if fmt.Sprint(at) != "[14 3]" || r.inUse() != given {
			t.Errorf("%s: warned with %v days left", name, at)
		}
		r.erp.AddKey(bot, "by hand again", "other-key-of-somebody", r.now.Add(80*day))
		r.file = "other-key-of-somebody"
		r.begin()
		r.look()
		if open := r.open(); len(open) > 0 || r.inUse() != r.file {
			t.Errorf("%s: after another key: %q", name, open)
		}
		if s := r.seen(); s.Name != "by hand again" || !s.Ends.Equal(r.now.Add(80*day)) {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

func (r *rig) seen() (s Seen) {
	r.Helper()
	if err := r.store.View(func(tx *store.Tx) (err error) {
		s, err = r.k.Seen(tx)
		return err
	}); err != nil {
		r.Fatal(err)
	}
	return s
}

// The file still holds the key that was replaced: it stays replaced over every start. Only another one counts, at
// once; and where Odoo takes the own one no more, the given one is tried.
func TestTheFileAndTheOwnKey(t *testing.T) {
	r := newRig(t, 20*day)
	r.look()
	own := r.inUse()
	r.begin()
	r.look()
	if own == given || r.inUse() != own {
		t.Fatal("the file's old key came back")
	}
	r.erp.AddKey(bot, "new", "a-key-that-somebody-made", r.now.Add(80*day))
	r.file = "a-key-that-somebody-made"
	r.begin()
	if r.inUse() != r.file {
		t.Error("another key of the file is not used at once")
	}
	r.look()
	r.days(8)
	r.look()
	for _, key := range r.erp.Keys(bot) {
		if key.Key == own {
			t.Error("the own key was not revoked after a person had entered another")
		}
	}
	r = newRig(t, 20*day)
	r.look()
	if r.inUse() == given {
		t.Fatal("it was not replaced")
	}
	for _, key := range r.erp.Keys(bot) {
		if key.Key == r.inUse() {
			r.erp.Delete("res.users.apikeys", 2)
		}
	}
	if r.works() {
		t.Fatal("the key was not removed")
	}
	r.erp.AllowKeys(false)
	r.look()
	if !r.works() || r.inUse() != given {
		t.Error("the given key is not tried")
	}
}

// Own keys that were sealed on another board don't open: the given one is used, and tested, and replaced anew.
func TestOwnKeysOfAnotherBoard(t *testing.T) {
	r := newRig(t, 20*day)
	r.look()
	own := r.inUse()
	keys, err := secret.KeyFiles{Path: filepath.Join(t.TempDir(), "other")}.Open()
	if err != nil {
		t.Fatal(err)
	}
	r.vault = secret.NewVault(r.store, keys)
	r.begin()
	if r.inUse() != given || own == given {
		t.Error("the given key is not used")
	}
	if found, err := r.k.Test(t.Context()); err != nil || len(found) > 0 {
		t.Errorf("the test: %+v, %v", found, err)
	}
	r.look()
	if r.inUse() == given || r.inUse() == own || !r.works() {
		t.Error("the given key was not replaced anew")
	}
}

// What ends never, or nobody can tell, is left alone; so is all while the clock can't be believed. Of several keys
// the first to end counts, and the names that boards give don't.
func TestWhichKey(t *testing.T) {
	r := newRig(t, 0)
	r.erp.AddKey(bot, "for ever", given, time.Time{})
	if said := r.look(); said != "The key does not end." || r.inUse() != given {
		t.Errorf("%s", said)
	}
	r = newRig(t, 2*day)
	r.blind = true
	if r.look(); r.inUse() != given || len(r.open()) > 0 {
		t.Error("by a clock that nobody believes")
	}
	r = newRig(t, 60*day)
	r.rotate = false
	r.begin()
	r.erp.AddKey(bot, "crema other 0123abcd", "x", r.now.Add(day))
	r.erp.AddKey(bot, "of somebody", "y", r.now.Add(10*day))
	r.erp.AddKey(2, "of another user", "z", r.now.Add(day))
	r.look()
	if s := r.seen(); s.Name != "of somebody" || s.Several != 2 || len(r.open()) != 1 || !strings.Contains(r.open()[0], "One of the 2 API keys") {
		t.Errorf("%+v, %q", s, r.open())
	}
	// Ten keys are the most: a person hears why there is no other.
	r = newRig(t, 10*day)
	for i := range 9 {
		r.erp.AddKey(bot, fmt.Sprint("of somebody ", i), fmt.Sprint("k", i), time.Time{})
	}
	r.look()
	if open := r.open(); len(open) != 1 || !strings.Contains(open[0], "Limit of 10") {
		t.Errorf("%q", open)
	}
}
