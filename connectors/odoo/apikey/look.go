package apikey

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"crema/connectors/odoo"
	"crema/store"
)

// step commits on the way, as queue.Job.Step does.
type step func(context.Context, func(*store.Tx) error) error

// look looks at the key in use, warns, replaces it where it is time, and revokes what is due. It says in a sentence
// what it found.
func (k *Keeper) look(ctx context.Context, commit step) (string, error) {
	given, err := k.c.Given()
	if err != nil {
		return "", err
	}
	h, err := k.follow(ctx, commit, given)
	if err != nil {
		return "", err
	}
	if h.Next != nil {
		if h, err = k.prove(ctx, commit, h); err != nil {
			return "", err
		}
	}
	h, keys, err := k.list(ctx, commit, h)
	if err != nil {
		return k.refused(err)
	}
	u, err := k.remember(k.which(h, keys))
	if err != nil {
		return "", err
	}
	if h.Own == nil && !slices.Equal(h.Among, u.among) {
		h.Among = u.among
		if err := commit(ctx, func(tx *store.Tx) error { return k.put(tx, h) }); err != nil {
			return "", err
		}
	}
	var failed error
	if k.due(u) {
		h, u, failed = k.rotate(ctx, commit, h, keys, u)
	}
	if err := commit(ctx, func(tx *store.Tx) error { return k.tell(tx, u) }); err != nil || failed != nil {
		return "", errors.Join(failed, err)
	}
	return k.sentence(u), k.revokeOld(ctx, commit, h)
}

// remember adds why Odoo made no other key when it was asked last.
func (k *Keeper) remember(u use) (use, error) {
	err := k.c.Store.View(func(tx *store.Tx) error {
		old, err := k.Seen(tx)
		if old.Name == u.Name {
			u.Cannot = old.Cannot
		}
		return err
	})
	return u, err
}

// follow takes the own keys of another given key out of use.
func (k *Keeper) follow(ctx context.Context, commit step, given string) (kept, error) {
	h, err := k.read()
	if err != nil { // sealed on another board, say
		k.c.Logger.Error("the board's own API keys do not open; the given one is used", "error", err)
		h = kept{}
	}
	if h.Given == given {
		return h, nil
	}
	if h.Given == "" {
		h.Given = given
		return h, commit(ctx, func(tx *store.Tx) error { return k.put(tx, h) })
	}
	h = h.retire(k.c.Now().Add(revokeAfter), h.Own, h.Next)
	h.Former = slices.Compact(slices.Sorted(slices.Values(append(h.Former, h.Among...))))
	h.Given, h.Own, h.Next, h.Among = given, nil, nil, nil
	return h, commit(ctx, func(tx *store.Tx) error {
		if err := seen.Delete(tx, inUse); err != nil {
			return err
		}
		return k.put(tx, h)
	})
}

// list reads the user's keys by the key in use. Where Odoo doesn't take the board's own any more, and takes the
// given one, that is used from now on.
func (k *Keeper) list(ctx context.Context, commit step, h kept) (kept, []listed, error) {
	keys, err := list(ctx, k.odoo)
	if h.Own == nil || odoo.ClassOf(err) != odoo.Stop {
		return h, keys, err
	}
	if _, again := k.odoo.WithKey(h.Given).Whoami(ctx); again != nil {
		return h, nil, err
	}
	k.c.Logger.Warn("Odoo does not take the board's own API key any more; the given one is used again", "name", h.Own.Name)
	h.Own = nil
	if err := commit(ctx, func(tx *store.Tx) error { return k.put(tx, h) }); err != nil {
		return h, nil, err
	}
	keys, err = list(ctx, k.odoo)
	return h, keys, err
}

// refused ends a look at keys that can't be looked at, by a key that Odoo doesn't take, or by a user who may not:
// whoever needs Odoo tells the first, and the second is no harm.
func (k *Keeper) refused(err error) (string, error) {
	switch odoo.ClassOf(err) {
	case odoo.Stop:
		return "Odoo does not take the key.", nil
	case odoo.Denied, odoo.Refused:
		return "Odoo does not tell when the key ends.", nil
	default:
		return "", err
	}
}

// use is the key in use, as Odoo has it.
type use struct {
	Seen
	scope string
	life  time.Duration // from its making to its end
	own   bool
	among []int64 // the ids of the keys that it may be
}

// ownName is the name of a key that a board has made.
var ownName = regexp.MustCompile(`^crema .+ [0-9a-f]{8}$`)

// which finds the key in use among those of the user.
func (k *Keeper) which(h kept, keys []listed) use {
	if h.Own != nil {
		if i := slices.IndexFunc(keys, func(l listed) bool { return string(l.Name) == h.Own.Name }); i >= 0 {
			return k.using(keys[i], true)
		}
		return use{Seen: Seen{Name: h.Own.Name, Ends: h.Own.Ends}, own: true}
	}
	may := k.candidates(keys)
	if newer := slices.DeleteFunc(slices.Clone(may), func(l listed) bool { return slices.Contains(h.Former, l.ID) }); len(newer) > 0 {
		may = newer
	}
	if len(may) == 0 {
		return use{}
	}
	first := slices.MinFunc(may, func(a, b listed) int {
		if a.Ends.IsZero() || b.Ends.IsZero() { // never is last
			return cmp.Compare(b.Ends.Unix(), a.Ends.Unix())
		}
		return a.Ends.Compare(b.Ends.Time)
	})
	u := k.using(first, false)
	for _, l := range may {
		u.among = append(u.among, l.ID)
	}
	if len(may) > 1 {
		u.Several = len(may)
	}
	return u
}

// candidates are the keys that the given one may be: for calls, not ended, and not made by a board.
func (k *Keeper) candidates(keys []listed) (may []listed) {
	for _, l := range keys {
		ended := !l.Ends.IsZero() && l.Ends.Before(k.c.Now())
		if !ended && (l.Scope == "" || l.Scope == "rpc") && !ownName.MatchString(string(l.Name)) {
			may = append(may, l)
		}
	}
	return may
}

func (k *Keeper) using(l listed, own bool) use {
	u := use{Seen: Seen{Name: string(l.Name), Ends: l.Ends.Time}, scope: string(l.Scope), own: own}
	if !l.Ends.IsZero() && !l.Made.IsZero() {
		u.life = l.Ends.Sub(l.Made.Time)
	}
	return u
}

// left is how long the key still holds; false: for ever, as far as is known, or the clock can't be believed.
func (k *Keeper) left(ends time.Time) (time.Duration, bool) {
	if ends.IsZero() || k.c.Trusted != nil && !k.c.Trusted() {
		return 0, false
	}
	return ends.Sub(k.c.Now()), true
}

// sentence says when the key ends.
func (k *Keeper) sentence(u use) string {
	switch {
	case u.Name == "":
		return "Odoo does not say which of its keys this is, nor when it ends."
	case u.Ends.IsZero():
		return "The key does not end."
	}
	return strings.TrimSuffix(fmt.Sprintf("The key ends on %s. %s", date(u.Ends), u.Cannot), " ")
}

func date(t time.Time) string { return t.UTC().Format("2 January 2006") }

// noCalls is why an Odoo without such a method makes no key, an older one, say.
const noCalls = "this Odoo makes no keys by calls"

// cannot is what Odoo says no with, in its words.
func cannot(err error) string {
	e, ok := errors.AsType[*odoo.Error](err)
	if ok && (e.Status == http.StatusNotFound || e.Name == "builtins.AttributeError") {
		return noCalls
	}
	if ok && e.Message != "" {
		return strings.TrimRight(strings.Join(strings.Fields(e.Message), " "), ".")
	}
	return err.Error()
}
