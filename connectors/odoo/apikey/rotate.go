package apikey

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"crema/connectors/odoo"
	"crema/queue"
	"crema/store"
)

const (
	day = 24 * time.Hour
	// soon is how long before its end a key is replaced at the earliest, and least at the latest: a job that runs
	// once a day and finds Odoo away has another try or two.
	soon, least = 30 * day, 36 * time.Hour
	// revokeAfter is how long a key that was replaced still works: two snapshots of the store, and more, are newer
	// by then.
	revokeAfter = 7 * day
	// mostLost is how many keys may lie in Odoo whose text was lost with an answer.
	mostLost = 3
	// askAgain is how long to wait after such an answer.
	askAgain = time.Hour
)

// lives are the times that Odoo is asked for, the longest first: who may have which is a setting of the user's groups.
var lives = []time.Duration{90 * day, 30 * day, 7 * day, day}

// due tells whether it is time for another key: a month before the end, but of a short-lived own one only when two
// thirds of its life are over.
func (k *Keeper) due(u use) bool {
	left, ends := k.left(u.Ends)
	if !k.c.Rotate || !ends {
		return false
	}
	return left <= k.threshold(u)
}

func (k *Keeper) threshold(u use) time.Duration {
	if !u.own || u.life == 0 {
		return soon
	}
	return max(min(soon, u.life/3), least)
}

// rotate has Odoo make another key, and uses it. What Odoo doesn't allow is in what is returned as the reason.
func (k *Keeper) rotate(ctx context.Context, commit step, h kept, keys []listed, u use) (kept, use, error) {
	if lost := k.lost(h, keys); len(lost) >= mostLost {
		u.Cannot = fmt.Sprintf("The answers with %d new keys were lost on the way: remove %s in Odoo", len(lost), strings.Join(lost, ", "))
		return h, u, nil
	}
	u.Cannot = ""
	next, err := k.make(ctx, h, u)
	switch class := odoo.ClassOf(err); {
	case err == nil:
	case class == odoo.Refused, class == odoo.Denied:
		u.Cannot = cannot(err)
		return h, u, nil
	case class == odoo.Unknown:
		return h, u, queue.Snooze(err, askAgain)
	default:
		return h, u, err
	}
	h.Next = &next
	if err := commit(ctx, func(tx *store.Tx) error { return k.put(tx, h) }); err != nil {
		return h, u, err
	}
	if h, err = k.prove(ctx, commit, h); err != nil {
		return h, u, err
	}
	if h.Own == nil || h.Own.Key != next.Key {
		u.Cannot = "Odoo made another key and does not take it"
		return h, u, nil
	}
	return h, use{Seen: Seen{Name: next.Name, Ends: next.Ends}, own: true}, nil
}

// errTooShort is an Odoo that makes no key which ends later than the one in use.
var errTooShort = &odoo.Error{Class: odoo.Refused, Model: model, Method: "generate", Err: errors.New("no key that ends later is made for this user")}

// make has Odoo make the longest-lived key that it allows.
func (k *Keeper) make(ctx context.Context, h kept, u use) (made, error) {
	refused := error(errTooShort)
	for _, life := range lives {
		m := made{Name: k.prefix() + eightDigits(), Ends: k.c.Now().Add(life - time.Hour).UTC().Truncate(time.Second)} // clocks differ
		if !m.Ends.After(u.Ends) {
			break
		}
		var err error
		if m.Key, err = generate(ctx, k.odoo, h.inUse(), u.scope, m.Name, m.Ends); err == nil {
			return m, nil
		}
		e, ok := errors.AsType[*odoo.Error](err)
		if !ok || e.Name != "odoo.exceptions.ValidationError" {
			return made{}, err
		}
		refused = err // longer than this user may have
	}
	return made{}, refused
}

func (k *Keeper) prefix() string { return "crema " + k.c.Board + " " }

func eightDigits() string {
	var b [4]byte
	_, _ = rand.Read(b[:]) // it never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}

// lost names the board's keys in Odoo whose text it doesn't have.
func (k *Keeper) lost(h kept, keys []listed) (names []string) {
	known := append([]made(nil), h.Old...)
	for _, m := range []*made{h.Own, h.Next} {
		if m != nil {
			known = append(known, *m)
		}
	}
	for _, l := range keys {
		name := string(l.Name)
		ours := strings.HasPrefix(name, k.prefix()) && ownName.MatchString(name)
		if ours && (l.Ends.IsZero() || l.Ends.After(k.c.Now())) && !slices.ContainsFunc(known, func(m made) bool { return m.Name == name }) {
			names = append(names, name)
		}
	}
	return names
}

// prove calls Odoo with the new key, and uses it from then on; one that Odoo doesn't take is given up.
func (k *Keeper) prove(ctx context.Context, commit step, h kept) (kept, error) {
	_, err := k.odoo.WithKey(h.Next.Key).Whoami(ctx)
	switch {
	case err == nil:
		h = h.retire(k.c.Now().Add(revokeAfter), h.Own)
		h.Own, h.Next = h.Next, nil
	case odoo.ClassOf(err) == odoo.Stop:
		k.c.Logger.Warn("Odoo made an API key and does not take it", "name", h.Next.Name)
		h = h.retire(k.c.Now(), h.Next)
		h.Next = nil
	default:
		return h, hide(err, h.Next.Key)
	}
	err = commit(ctx, func(tx *store.Tx) error { return k.put(tx, h) })
	if err == nil && h.Own != nil {
		k.c.Logger.Info("the API key of Odoo was replaced by one of the board's own", "name", h.Own.Name, "ends", h.Own.Ends)
	}
	return h, err
}

// revokeOld removes from Odoo what was replaced long enough ago. What Odoo doesn't have, or doesn't let go, is
// forgotten: it ends by itself.
func (k *Keeper) revokeOld(ctx context.Context, commit step, h kept) error {
	if k.c.Trusted != nil && !k.c.Trusted() {
		return nil
	}
	for len(h.Old) > 0 {
		now := k.c.Now()
		i := slices.IndexFunc(h.Old, func(m made) bool { return !m.Revoke.After(now) || !m.Ends.After(now) })
		if i < 0 {
			return nil
		}
		old := h.Old[i]
		if old.Ends.After(now) && old.Key != h.inUse() {
			err := revoke(ctx, k.odoo, old.Key)
			if class := odoo.ClassOf(err); err != nil && class != odoo.Refused && class != odoo.Denied {
				return err
			}
			if err != nil {
				k.c.Logger.Info("a replaced API key is not revoked, it ends by itself", "name", old.Name, "ends", old.Ends, "error", err)
			}
		}
		h.Old = slices.Delete(slices.Clone(h.Old), i, i+1)
		if err := commit(ctx, func(tx *store.Tx) error { return k.put(tx, h) }); err != nil {
			return err
		}
	}
	return nil
}
