package connectors_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"crema/connectors"
	"crema/connectors/connectortest"
	"crema/store"
)

// TestSynchronizersRandom has people change both sides at random, and synchronizers run at
// random, in parallel, with lost answers and power cuts at any of their steps. Whenever
// all is quiet both sides must have what the model says: each record once, and no
// change of anybody lost.
func TestSynchronizersRandom(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for n := range uint64(8) {
		r := newRandomSync(t, rand.New(rand.NewPCG(seed, n)))
		for range 6 {
			for range 12 {
				r.step()
			}
			r.settle()
		}
		if t.Failed() {
			t.Fatalf("run %d of seed %d, rules %v: %s", n, seed, r.rules, strings.Join(r.log, "\n"))
		}
	}
}

// randomSync is the world with its model.
type randomSync struct {
	*world
	rnd   *rand.Rand
	rules [2]connectors.Rule
	count int // makes every value another one
	log   []string
	model map[string]*modelled
}

// modelled is what is known of a record, by its tag: that is its name up to the dot, and
// never changes.
type modelled struct {
	stock       int
	name, price modelField
}

// modelField is a shared field: what it was when all was quiet, and what people made of it
// since.
type modelField struct{ quiet, odoo, backend string }

func newRandomSync(t *testing.T, rnd *rand.Rand) *randomSync {
	all := []connectors.Rule{connectors.OdooWins, connectors.BackendWins, connectors.Ask}
	return &randomSync{world: newWorld(t), rnd: rnd, model: map[string]*modelled{},
		rules: [2]connectors.Rule{all[rnd.IntN(3)], all[rnd.IntN(3)]}}
}

func (r *randomSync) did(format string, args ...any) {
	r.log = append(r.log, fmt.Sprintf(format, args...))
}

func tagOf(name string) string {
	tag, _, _ := strings.Cut(name, ".")
	return tag
}

func (r *randomSync) odooIDs() []string   { return slices.Sorted(maps.Keys(r.odoo.All())) }
func (r *randomSync) remoteIDs() []string { return slices.Sorted(maps.Keys(r.remote.All())) }

func pick(rnd *rand.Rand, ids []string) string { return ids[rnd.IntN(len(ids))] }

// step does one thing.
func (r *randomSync) step() {
	r.count++
	value, price := fmt.Sprintf("%d", r.count), r.count
	switch n := r.rnd.IntN(20); {
	case n < 2:
		tag := fmt.Sprintf("o%d", r.count)
		id := r.newItem(tag+"."+value, price)
		r.model[tag] = &modelled{name: modelField{quiet: value}, price: modelField{quiet: value}}
		r.did("a person makes %s, item %d", tag, id)
	case n < 4:
		tag := fmt.Sprintf("b%d", r.count)
		id := r.newEntry(tag+"."+value, price)
		r.model[tag] = &modelled{name: modelField{quiet: value}, price: modelField{quiet: value}}
		r.did("a person makes %s, entry %s", tag, id)
	case n < 7 && len(r.odoo.All()) > 0:
		id := pick(r.rnd, r.odooIDs())
		r.odoo.Put(id, func(i *item) {
			m := r.model[tagOf(i.Name)]
			if r.rnd.IntN(2) == 0 {
				i.Name, m.name.odoo = tagOf(i.Name)+"."+value, value
			} else {
				i.Price, m.price.odoo = price, value
			}
			r.did("a person changes item %s to %s %d", id, i.Name, i.Price)
		})
	case n < 10 && len(r.remote.All()) > 0:
		id := pick(r.rnd, r.remoteIDs())
		r.remote.Put(id, func(e *entry) {
			m := r.model[tagOf(e.Label)]
			switch r.rnd.IntN(3) {
			case 0:
				e.Label, m.name.backend = tagOf(e.Label)+"."+value, value
			case 1:
				e.Price, m.price.backend = price, value
			default:
				e.Stock, m.stock = price, price
			}
			r.did("a person changes entry %s to %s %d, stock %d", id, e.Label, e.Price, e.Stock)
		})
	case n == 10 && len(r.odoo.All()) > 0:
		r.deleteInOdoo(pick(r.rnd, r.odooIDs()))
	case n == 11 && len(r.bindings()) > 0:
		b := r.bindings()[r.rnd.IntN(len(r.bindings()))]
		r.did("item %d is archived: %t", b.OdooID, !b.Archived)
		update(r.t, r.w.Store, func(tx *store.Tx) error {
			return connectors.NewBinder("kitchen", modelItem).Archive(tx, b.OdooID, !b.Archived)
		})
	case n < 16:
		r.parallel()
	case n < 18:
		r.sync("export", r.rnd.IntN(3))
	default:
		r.sync("import", r.rnd.IntN(3))
	}
}

// deleteInOdoo is a person's, with all that follows from it: the bindings go with the
// record, and the backend's record by the id that they had.
func (r *randomSync) deleteInOdoo(id string) {
	tag := tagOf(r.odoo.All()[id].Name)
	r.odoo.Remove(id)
	var bound []connectors.Binding
	update(r.t, r.w.Store, func(tx *store.Tx) (err error) {
		bound, err = connectors.ForgetOdoo(tx, modelItem, number(r.t, id))
		return err
	})
	r.did("a person deletes item %s, %s, bound to %v", id, tag, bound)
	if len(bound) == 0 {
		// Its export may have been cut off: what the backend has of it nobody knows.
		for entryID, e := range r.remote.All() {
			if tagOf(e.Label) == tag {
				r.remote.Remove(entryID)
				r.again("import", entryID)
			}
		}
	}
	r.again("export", id)
	for _, b := range bound {
		r.remote.Inject(connectortest.Fault{Op: "delete", After: errAway})
		for _, err := r.deleter().Delete(context.Background(), b.External); err != nil; {
			_, err = r.deleter().Delete(context.Background(), b.External)
		}
	}
	delete(r.model, tag)
}

// again is the job that comes again after it was cut off, to find its record gone.
func (r *randomSync) again(direction, id string) {
	for {
		result, err := r.synchronise(r.work(0), direction, id, false)
		if err == nil {
			if result.Effect != connectors.EffectGone {
				r.t.Errorf("%s %s, which is gone: %+v", direction, id, result)
			}
			return
		}
		if errors.As(err, new(*connectors.LockedError)) {
			return // it was not begun, and waits for the creation of another
		}
		if !errors.As(err, new(*connectors.NetworkError)) {
			r.t.Fatalf("%s %s, which is gone: %v", direction, id, err)
		}
	}
}

// work is that of one task, which is cut off at a random step, or never.
func (r *randomSync) work(cut int) *connectors.Work {
	w := connectors.NewWork(r.w.Environment, r.w.Backend)
	w.Trace = func(step string) {
		if cut--; cut == 0 {
			panic("power cut: " + step)
		}
	}
	return w
}

// sync runs one synchronizer of a record: 0 as it should be, 1 with a fault of either
// side, 2 with a cut.
func (r *randomSync) sync(direction string, wrong int) {
	ids := r.remoteIDs()
	if direction == "export" {
		ids = r.odooIDs()
	}
	if len(ids) == 0 {
		return
	}
	id, cut := pick(r.rnd, ids), 0
	switch wrong {
	case 1:
		f := connectortest.Fault{Before: errAway}
		if r.rnd.IntN(2) == 0 {
			f = connectortest.Fault{After: errAway}
		}
		if r.rnd.IntN(2) == 0 {
			r.odoo.Inject(f)
		} else {
			r.remote.Inject(f)
		}
	case 2:
		cut = 1 + r.rnd.IntN(14)
	}
	result := r.run(r.work(cut), direction, id, r.rnd.IntN(4) == 0)
	r.did("%s %s (%d, cut %d): %s", direction, id, wrong, cut, result)
}

// parallel runs several synchronizers at once, many of them of the same records.
func (r *randomSync) parallel() {
	var wg sync.WaitGroup
	for range 3 {
		for direction, ids := range map[string][]string{"export": r.odooIDs(), "import": r.remoteIDs()} {
			if len(ids) == 0 {
				continue
			}
			w, id := r.work(r.rnd.IntN(2)*r.rnd.IntN(15)), pick(r.rnd, ids[max(0, len(ids)-2):])
			r.did("in parallel: %s %s", direction, id)
			wg.Go(func() { r.run(w, direction, id, false) })
		}
	}
	wg.Wait()
}

// run runs a synchronizer, which may be cut off, and says how it ended; an error that is
// none of the world's fails the test.
func (r *randomSync) run(w *connectors.Work, direction, id string, force bool) (end string) {
	defer func() {
		if p := recover(); p != nil {
			end = fmt.Sprint(p)
		}
	}()
	result, err := r.synchronise(w, direction, id, force)
	if err != nil && !errors.As(err, new(*connectors.NetworkError)) && !errors.As(err, new(*connectors.LockedError)) {
		r.t.Errorf("%s %s: %v", direction, id, err)
	}
	return fmt.Sprint(result.Effect, " ", err)
}

func (r *randomSync) synchronise(w *connectors.Work, direction, id string, force bool) (connectors.Result, error) {
	rules := shared(r.rules[0], r.rules[1])
	if direction == "export" {
		x := r.exporter()
		x.Work, x.Shared = w, rules
		return x.Export(context.Background(), number(r.t, id), connectors.ExportOptions{Force: force})
	}
	i := r.importer()
	i.Work, i.Shared = w, rules
	return i.Import(context.Background(), id, connectors.ImportOptions[entry]{Force: force})
}

// settle runs all synchronizers until all is quiet, looks at what is there, and has them
// see what a person decided then.
func (r *randomSync) settle() {
	r.quieten()
	r.did("all is quiet")
	if r.compare() {
		r.quieten()
	}
}

// quieten runs all synchronizers until none has anything to do.
func (r *randomSync) quieten() {
	for round := range 8 {
		busy := false
		for direction, ids := range map[string][]string{"export": r.odooIDs(), "import": r.remoteIDs()} {
			for _, id := range ids {
				result, err := r.synchronise(r.work(0), direction, id, false)
				switch {
				case errors.As(err, new(*connectors.NetworkError)), errors.As(err, new(*connectors.LockedError)):
					busy = true // a fault that was left over, or a creation that is to end first
				case err != nil:
					r.t.Errorf("settle: %s %s: %v", direction, id, err)
				}
				busy = busy || result.Effect == connectors.EffectCreated || result.Effect == connectors.EffectUpdated
			}
		}
		if !busy {
			return
		}
		r.did("round %d", round)
	}
	r.t.Errorf("they go round in circles")
}

// compare holds both sides against the model, and has a person decide what was asked.
func (r *randomSync) compare() (decided bool) {
	items, entries := map[string]item{}, map[string]entry{}
	for id, i := range r.odoo.All() {
		if other, twice := items[tagOf(i.Name)]; twice {
			r.t.Errorf("Odoo has two: %v and %v", i, other)
		}
		i.ID = id
		items[tagOf(i.Name)] = i
	}
	for _, e := range r.remote.All() {
		if other, twice := entries[tagOf(e.Label)]; twice {
			r.t.Errorf("the backend has two: %v and %v", e, other)
		}
		entries[tagOf(e.Label)] = e
	}
	if len(items) != len(r.model) || len(entries) != len(r.model) || len(r.bindings()) != len(r.model) {
		r.t.Errorf("there are %d items, %d entries and %d bindings, want %d", len(items), len(entries), len(r.bindings()), len(r.model))
	}
	open := map[string]bool{}
	for _, c := range r.checkpoints() {
		if record, is := strings.CutPrefix(c, "open conflict "); is {
			open[record] = true
		}
	}
	for tag, m := range r.model {
		i, e := items[tag], entries[tag]
		if b := r.binding(number(r.t, i.ID)); b.External != e.ID {
			r.t.Errorf("%s is bound to %q, not %q", tag, b.External, e.ID)
		}
		if i.Stock != m.stock || e.Stock != m.stock {
			r.t.Errorf("%s has stock %d and %d, want %d", tag, i.Stock, e.Stock, m.stock)
		}
		asked := m.name.judge(r.t, tag+" name", r.rules[0], strings.TrimPrefix(i.Name, tag+"."), strings.TrimPrefix(e.Label, tag+"."))
		asked = m.price.judge(r.t, tag+" price", r.rules[1], fmt.Sprint(i.Price), fmt.Sprint(e.Price)) || asked
		if asked != open[e.ID] {
			r.t.Errorf("%s: a conflict is asked: %t, there is an open checkpoint: %t", tag, asked, open[e.ID])
		}
		if asked {
			r.odoo.Put(i.ID, func(i *item) { i.Name, i.Price = e.Label, e.Price })
			r.did("a person decides %s", tag)
			decided = true
		}
		m.name, m.price = modelField{quiet: strings.TrimPrefix(e.Label, tag+".")}, modelField{quiet: fmt.Sprint(e.Price)}
	}
	return decided
}

// judge tells whether a field has what it may have. What one side alone changed stands on
// both; of what both changed, one of the two, or, where a person is asked, each its own.
func (f modelField) judge(t testing.TB, what string, rule connectors.Rule, odoo, backend string) (asked bool) {
	switch {
	case f.odoo == "" && f.backend == "":
		if odoo != f.quiet || backend != f.quiet {
			t.Errorf("%s: nobody changed it, and it is %s and %s, want %s", what, odoo, backend, f.quiet)
		}
	case f.odoo == "" || f.backend == "":
		if want := f.odoo + f.backend; odoo != want || backend != want {
			t.Errorf("%s: one changed it to %s, and it is %s and %s", what, want, odoo, backend)
		}
	case odoo == backend:
		if odoo != f.odoo && odoo != f.backend {
			t.Errorf("%s: it is %s, want %s or %s", what, odoo, f.odoo, f.backend)
		}
	case rule != connectors.Ask || odoo != f.odoo || backend != f.backend:
		t.Errorf("%s: by the rule %s it is %s and %s, they made it %s and %s", what, rule, odoo, backend, f.odoo, f.backend)
	default:
		return true
	}
	return false
}

func number(t testing.TB, id string) (n int64) {
	if _, err := fmt.Sscan(id, &n); err != nil {
		t.Fatalf("%q is no number: %v", id, err)
	}
	return n
}
