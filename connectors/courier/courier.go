package courier

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"crema/connectors"
	"crema/connectors/table"
	"crema/queue"
	"crema/store"
)

// The settings of a backend of type files that are ours.
const (
	importSetting = "import"
	exportSetting = "export"
	periodSetting = "export_period"
)

// date stands in the name of an exported file for its day or month.
const date = "{date}"

// courier carries files for one exchange.
type courier struct {
	host *connectors.Host
	x    *table.Exchange
}

// args are those of both kinds of job. Time is when the job was enqueued.
type args struct {
	Backend string    `json:"backend"`
	Time    time.Time `json:"time"`
}

var (
	importKind = queue.Kind[args]{Name: "courier.import", Version: 1, Channel: "root.files",
		Describe: func(a args) string { return "import new files of " + a.Backend }}
	exportKind = queue.Kind[args]{Name: "courier.export", Version: 1, Channel: "root.files",
		Describe: func(a args) string { return "export files to " + a.Backend }}
)

// Extend gives the connector of files the flows import and export, and registers their jobs.
// For a host that only says what there is, x may be one without a queue.
func Extend(h *connectors.Host, x *table.Exchange, c connectors.Connector) connectors.Connector {
	k := &courier{host: h, x: x}
	connectors.Handle(h, importKind, func(a args) string { return a.Backend }, k.fetch)
	connectors.Handle(h, exportKind, func(a args) string { return a.Backend }, k.deliver)
	c.Settings = slices.Concat(c.Settings, []connectors.Setting{
		{Name: importSetting, Type: connectors.SettingMap, Label: "Files to import", Help: "Table, and which files have its records; * is any text", Example: `{"drinks":"in/drinks*.csv"}`},
		{Name: exportSetting, Type: connectors.SettingMap, Label: "Files to export", Help: "Table, and its file; {date} is the day", Example: `{"cups":"daily/cups-{date}.csv"}`},
		{Name: periodSetting, Type: connectors.SettingChoice, Label: "What an export covers", Help: "Of what knows days, the cups", Choices: []string{"all", "last_day", "last_month"}, Default: "all"},
	})
	c.Flows = slices.Concat(c.Flows, []connectors.Flow{
		{Name: "import", Text: "Import new files", Needs: importSetting, Start: k.start(importKind)},
		{Name: "export", Text: "Export files", Needs: exportSetting, Start: k.start(exportKind)},
	})
	checked, deleted := c.Check, c.Deleted
	c.Check = func(b connectors.Backend) error {
		var err error
		if checked != nil {
			err = checked(b)
		}
		return errors.Join(err, k.check(b))
	}
	c.Deleted = func(tx *store.Tx, b connectors.Backend) error {
		if deleted != nil {
			if err := deleted(tx, b); err != nil {
				return err
			}
		}
		return forget(tx, b.Name, func(string) bool { return true })
	}
	return c
}

// start enqueues a flow.
func (k *courier) start(kind queue.Kind[args]) func(*store.Tx, connectors.Backend, bool) (queue.ID, error) {
	return func(tx *store.Tx, b connectors.Backend, byHand bool) (queue.ID, error) {
		return queue.Enqueue(tx, k.host.Queue, kind, args{b.Name, k.host.Now().UTC()}, queue.Options{IdentityKey: kind.Name + "/" + b.Name, Backend: b.Name, PullForward: byHand})
	}
}

// check says what is wrong with the files that a backend names.
func (k *courier) check(b connectors.Backend) error {
	var errs []error
	bad := func(setting, entry, wrong, fix string) {
		errs = append(errs, &connectors.SettingError{Setting: setting, Entry: entry, Wrong: wrong, Fix: fix})
	}
	known := func(setting, name string, can func(table.Table) bool) {
		var names []string
		for _, t := range k.x.Tables() {
			if can(t) {
				names = append(names, t.Name)
			}
		}
		if !slices.Contains(names, name) {
			bad(setting, name, fmt.Sprintf("there is no table %q for it", name), "write one of "+strings.Join(names, ", "))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.Map(importSetting))) {
		known(importSetting, name, table.Table.Imports)
		pattern := b.Map(importSetting)[name]
		if _, err := path.Match(pattern, ""); err != nil || !fs.ValidPath(pattern) || strings.ContainsAny(path.Dir(pattern), `*?[\`) {
			bad(importSetting, name, fmt.Sprintf("%q names no files below the backend's directory", pattern), `write a directory and a pattern for the name, such as "in/drinks*.csv"`)
		}
		if path.Base(path.Dir(pattern)) == doneDir {
			bad(importSetting, name, "what was imported is moved there", "choose another directory than done")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.Map(exportSetting))) {
		known(exportSetting, name, func(t table.Table) bool { return t.Export != nil })
		if file := b.Map(exportSetting)[name]; !fs.ValidPath(file) || file == "." {
			bad(exportSetting, name, fmt.Sprintf("%q is no file below the backend's directory", file), `write such as "daily/cups-{date}.csv"`)
		} else if strings.ContainsAny(strings.ReplaceAll(file, date, ""), "{}") {
			bad(exportSetting, name, fmt.Sprintf("%q has braces with something else in it than date", file), "only {date} is replaced")
		}
	}
	return errors.Join(errs...)
}
