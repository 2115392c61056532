package table

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"crema/connectors"
	"crema/queue"
	"crema/store"
)

// DefaultKeep is how long a file and its report are kept after its end.
const DefaultKeep = 7 * 24 * time.Hour

// Config is what an [Exchange] stands on.
type Config struct {
	Store       *store.Store
	Queue       *queue.Queue
	Checkpoints *connectors.Checkpoints
	// Dir is the directory of the exported files, which is made when it is needed.
	Dir string
	// Now is the wall clock; nil: time.Now.
	Now func() time.Time
	// Keep is how long a file and its report are kept after its end, in board time; 0: DefaultKeep.
	Keep   time.Duration
	Logger *slog.Logger // nil: no logs
}

// Exchange imports and exports files in the background. It is safe for concurrent use.
type Exchange struct {
	Config
	tables []Table
}

// What is not there.
var (
	// ErrNoTable means that there is no table of that name, or none that can do that.
	ErrNoTable = errors.New("there is no such table")
	// ErrNoFile means that there is no import or export of that number, or no longer.
	ErrNoFile = errors.New("there is no such file, or no longer")
)

// New makes the exchange of these tables, and registers its kinds of job. Call it before the
// queue runs, and [Exchange.Recover] then. One without a queue says what tables there are,
// and can do nothing else.
func New(c Config, tables ...Table) (*Exchange, error) {
	x := &Exchange{Config: c, tables: tables}
	if x.Now == nil {
		x.Now = time.Now
	}
	if x.Keep == 0 {
		x.Keep = DefaultKeep
	}
	if x.Logger == nil {
		x.Logger = slog.New(slog.DiscardHandler)
	}
	var errs []error
	for i, t := range tables {
		errs = append(errs, t.declared())
		if slices.ContainsFunc(tables[:i], func(o Table) bool { return o.Name == t.Name }) {
			errs = append(errs, fmt.Errorf("table %q: it is there twice", t.Name))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if x.Queue == nil {
		return x, nil
	}
	queue.Register(x.Queue, importKind, x.importChunk)
	queue.Register(x.Queue, exportKind, x.exportFile)
	queue.Register(x.Queue, removeKind, x.remove)
	x.Queue.OnBatchFinished(x.ended)
	return x, nil
}

// Tables lists the tables in the order in which they were given.
func (x *Exchange) Tables() []Table { return slices.Clone(x.tables) }

// table finds one that can do what is wanted; ErrNoTable names those that can.
func (x *Exchange) table(name string, can func(Table) bool) (Table, error) {
	var names []string
	for _, t := range x.tables {
		if !can(t) {
			continue
		}
		if t.Name == name {
			return t, nil
		}
		names = append(names, t.Name)
	}
	return Table{}, fmt.Errorf("table %q: %w for this; there are %s", name, ErrNoTable, listOr(names, "none"))
}

// Recover forgets what an end of the program cut off: imports whose file had not come
// whole, and exported files that nobody knows. Call it once, before the queue runs.
func (x *Exchange) Recover(ctx context.Context) error {
	kept := map[string]bool{}
	err := x.Store.Update(ctx, func(tx *store.Tx) error {
		clear(kept)
		var cut []uint64
		for id, i := range imports.All(tx) {
			if i.State == Receiving {
				cut = append(cut, id)
			}
		}
		for _, id := range cut {
			if err := forgetImport(tx, id); err != nil {
				return err
			}
		}
		for id := range exports.All(tx) {
			kept[x.path(id)] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	files, err := os.ReadDir(x.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, f := range files {
		if path := filepath.Join(x.Dir, f.Name()); !kept[path] {
			err = errors.Join(err, os.Remove(path))
		}
	}
	return err
}
