// Command crema puts a coffee machine into Odoo: README.md says how. This file is its
// parts list; every part explains itself in its own package.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"crema/connectors"
	"crema/connectors/coffee"
	"crema/connectors/courier"
	"crema/connectors/files"
	"crema/connectors/odoo"
	"crema/connectors/odoo/apikey"
	"crema/connectors/remote"
	"crema/connectors/table"
	"crema/connectors/webhook"
	"crema/device"
	"crema/device/board"
	"crema/device/driver/coffee1900"
	"crema/device/driver/coffee2900"
	"crema/device/gpio"
	"crema/device/serial"
	"crema/device/sim/demo"
	"crema/device/sim/simulate"
	"crema/queue"
	"crema/store"
	"crema/store/secret"
	"crema/web"
	"crema/web/client"
	"crema/web/command"
	"crema/web/source"
)

type commandLine struct {
	command.Globals

	Serve    serveCommand     `cmd:"" help:"Run the appliance."`
	Demo     demoCommand      `cmd:"" help:"Run it on two simulated machines, with customers, and a stand-in for Odoo. Nothing to set up."`
	Simulate simulate.Command `cmd:"" help:"Be a coffee machine on a pseudo-terminal."`
	command.Commands
}

func main() {
	if err := secret.HideMemory(); err != nil {
		fmt.Fprintln(os.Stderr, "crema:", err) // and goes on: a kernel that can't is no reason for no coffee
	}
	if len(os.Args) > 1 && os.Args[1] == gpio.GuardCommand { // before all that costs memory
		os.Exit(guard(os.Args[2:]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program but for the process around it. It returns the exit code: 0 done,
// 1 failed, 2 wrong usage.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	declared, _, _, err := connected(&connectors.Environment{Registry: connectors.NewRegistry()}, coffee.Deps{Line: gpio.Chips{}.Same}, "", nil)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	line := commandLine{Globals: command.Globals{Schema: command.Schema{Migrations: migrations(), Examine: source.Examine}, Connectors: declared.Connectors(), Matrix: declared.Matrix}}
	helped := false
	parser, err := kong.New(&line, kong.Name("crema"),
		kong.Description("Puts a coffee machine into Odoo: drinks and prices go down to it, cups come up, each booked exactly once."),
		kong.Vars{"default_config": board.DefaultFile}, kong.Writers(stdout, stderr), kong.Exit(func(int) { helped = true }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.BindTo(stdout, (*io.Writer)(nil)))
	if err != nil {
		panic("BUG: " + err.Error())
	}
	chosen, err := parser.Parse(args)
	if helped {
		return 0
	}
	if err == nil {
		err = chosen.Run(&line.Globals, slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: line.LogLevel})))
	}
	var usage *kong.ParseError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage), command.IsUsage(err):
		fmt.Fprintf(stderr, "crema: %v\n", err)
		return 2
	default:
		fmt.Fprintf(stderr, "crema: %v\n", err)
		return 1
	}
}

type serveCommand struct {
	Listen string `help:"Address of the page and the API." placeholder:"ADDR"`
}

// Run is the appliance by its configuration file.
func (s *serveCommand) Run(ctx context.Context, g *command.Globals, out io.Writer, log *slog.Logger) error {
	load := func() (*board.Config, error) {
		cfg, err := g.Load(s.Listen)
		if err == nil {
			err = cfg.Complete()
		}
		return cfg, err
	}
	return serve(ctx, load, log, func(url, _ string) { fmt.Fprintln(out, "listening on", url) })
}

// serve opens what is on the disk, runs the appliance until ctx ends, and closes it.
// load reads the configuration, now and when the queue is reloaded. ready is told the address of the page, and a path that logs in once.
func serve(ctx context.Context, load func() (*board.Config, error), log *slog.Logger, ready func(url, login string)) error {
	// What crema keeps in memory is small, so it would be collected all the time: a quarter to half of the processor's time went there.
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(96 << 20)
	cfg, err := load()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return unwritable(cfg.Data, err)
	}
	keys, err := command.SealingKeys(cfg.Data).Open()
	if err != nil {
		return unwritable(cfg.Data, err)
	}
	clock, err := board.OpenClock(board.ClockOptions{Build: board.BuildTime(), Strict: cfg.StrictClock, Logger: log})
	if err != nil {
		return err
	}
	dog, err := board.OpenWatchdog(board.WatchdogOptions{
		Device: cfg.Watchdog, Timeout: cfg.WatchdogTimeout, Note: filepath.Join(cfg.Data, "watchdog"), Now: clock.Now, Logger: log})
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, dog.Ending)()
	return errors.Join(opened(ctx, cfg, load, keys, clock, dog, log, ready), dog.Close())
}

// opened opens the store, runs the appliance, watched by dog, and closes the store.
func opened(ctx context.Context, cfg *board.Config, load func() (*board.Config, error), keys *secret.Keys, clock *board.Clock, dog *board.Watchdog, log *slog.Logger, ready func(url, login string)) error {
	db, err := store.OpenOrRestore(filepath.Join(cfg.Data, command.StoreName), store.Options{
		Migrations: migrations(), Snapshots: filepath.Join(cfg.Data, command.SnapshotsName), Logger: log, Stamp: source.ClockStamp(clock), Alive: dog.Loop("the store")})
	if errors.Is(err, store.ErrLocked) {
		return fmt.Errorf("%w: crema runs on %s already; stop that one, or give this one another directory with --data", err, cfg.Data)
	}
	if err != nil {
		return unwritable(cfg.Data, err)
	}
	err = source.RestoreClock(db, clock)
	if err == nil {
		err = appliance(ctx, cfg, load, db, clock, dog, command.OpenVault(ctx, db, keys, log), log, ready)
	}
	return ended(err, db.Close())
}

// ended is the error of a board that ended and that of its store's end, told once where one damage is both.
func ended(err, closed error) error {
	damaged, ok := errors.AsType[*store.DamagedError](err)
	if !ok {
		return errors.Join(err, closed)
	}
	return fmt.Errorf("%s is damaged: %w: start crema again, it puts the newest good snapshot in its place", damaged.Path, damaged.Err)
}

// unwritable says what to do about a data directory that can't be written.
func unwritable(data string, err error) error {
	if !errors.Is(err, fs.ErrPermission) && !errors.Is(err, syscall.EROFS) && !errors.Is(err, syscall.ENOTDIR) {
		return err
	}
	if errors.Is(err, syscall.EROFS) {
		return fmt.Errorf("the data directory %s can't be written: %w: make its file system writable; a card that turns read-only by itself is worn out, replace it", data, err)
	}
	return fmt.Errorf("the data directory %s can't be written: %w: give it to the user that runs crema, or name another with `data` or --data", data, err)
}

// migrations are the steps of the store's schema, in order; a released one is never
// changed. The first is the schema that the buckets begin with.
func migrations() []store.Migration {
	return []store.Migration{{Version: 1, Name: "the first", Up: func(*store.Tx) error { return nil }}}
}

// appliance wires the parts and runs them until ctx ends or one of them fails.
func appliance(ctx context.Context, cfg *board.Config, load func() (*board.Config, error), db *store.Store, clock *board.Clock, dog *board.Watchdog, vault *secret.Vault, log *slog.Logger, ready func(url, login string)) error {
	checkpoints := connectors.NewCheckpoints()
	checkpoints.Now = clock.Now
	if err := source.TellStuck(ctx, db, checkpoints, dog); err != nil {
		return err
	}
	if err := source.TellDiskErrors(ctx, db, checkpoints, "/", cfg.Data); err != nil { // as where the store is full
		log.Warn("can't tell of the errors in the file system of what crema keeps", "error", err)
	}
	runs, serial := source.NewRuns(), board.ReadIdentity("/").Serial
	jobs, err := queue.New(db, clock, queue.Config{
		Channels: cfg.Queue.Channels, Timeouts: cfg.Queue.Timeouts, Limit: cfg.Queue.Limit, Runner: &cfg.Queue.Runner, Board: serial, Logger: log,
		Observe: runs.Observe, OnParked: checkpoints.TellParked, Alive: dog.Loop("the queue")})
	if err != nil {
		return err
	}
	source.RegisterTest(jobs)
	key, err := command.Absorb(ctx, vault, "odoo", `api_key_file under [odoo]`, command.Secret(cfg.Odoo.APIKey, cfg.Odoo.APIKeyFile), log)
	if err != nil {
		return err
	}
	keeper := apikey.New(apikey.Config{Store: db, Vault: vault, Checkpoints: checkpoints, Given: key, Board: serial, Rotate: cfg.Odoo.RotateKey,
		Now: clock.Now, Trusted: clock.Trusted, Logger: log})
	erp, err := theOdoo(cfg.Odoo, clock, keeper.Key, log)
	if err != nil {
		return err
	}
	if err := keeper.Watch(ctx, jobs, cfg.Timezone, erp); err != nil {
		return err
	}
	records, err := command.Backends(ctx, cfg, vault, log)
	if err != nil {
		return err
	}
	events, listeners := new(web.Hub), connectors.NewEvents(jobs, checkpoints, log)
	checkpoints.Events = listeners
	source.CheckpointHints(listeners, events)
	host, machines, exchange, err := connected(&connectors.Environment{
		Store: db, Queue: jobs, Registry: connectors.NewRegistry(), Checkpoints: checkpoints, Events: listeners, Secrets: vault, Logger: log, Now: clock.Now, Zone: cfg.Timezone,
	}, coffee.Deps{Clock: clock, Odoo: erp, Key: keeper, Open: open, Line: gpio.Chips{}.Same, Build: board.BuildTime(), Changed: source.MachineHints(events),
		Alive: func(backend string) func(time.Duration) { return dog.Loop("the line of " + backend) }}, cfg.Data, cfg.Private())
	if err != nil {
		return err
	}
	if err := host.Sync(ctx, records); err != nil { // before anything runs
		return err
	}
	if err := exchange.Recover(ctx); err != nil {
		return err
	}
	token, err := source.Token(ctx, db, filepath.Join(cfg.Data, client.TokenFile))
	if err != nil {
		return err
	}
	parts := &source.Parts{
		Config: cfg, Version: board.Version(), Store: db, Queue: jobs, Host: host, Machines: machines, Checkpoints: checkpoints, Listeners: listeners, Odoo: erp, Key: keeper, Files: exchange, Clock: clock, Dog: dog,
		CheckToken: token, Events: events, Runs: runs, Logger: log, Load: load}
	page := web.New(web.Config{Listen: cfg.Listen, Hosts: cfg.Hosts, Hostname: parts.Hostname(), Now: clock.Now, Location: cfg.Timezone, Alive: dog.Loop("the page"), Logger: log}, parts.Deps())
	addr, err := page.Listen()
	if err != nil {
		return err
	}
	remove, err := client.Announce(cfg.Data, addr) // the commands find the board by it
	if err != nil {
		return unwritable(cfg.Data, err)
	}
	defer remove()
	ready("http://"+addr.String(), page.LoginPath())
	dog.Ready()

	return source.Together(ctx, func(ctx context.Context) error { return source.KeepTrust(ctx, db, clock, log) },
		clock.Run, jobs.Run, host.Run, parts.Hints, parts.Reloads, parts.KeepStore, page.Run)
}

// theOdoo is the client of the one Odoo; it does no I/O yet.
func theOdoo(cfg board.Odoo, clock *board.Clock, key func() (string, error), log *slog.Logger) (*odoo.Client, error) {
	roots, err := cfg.CAFile.Pool()
	if err != nil {
		return nil, err
	}
	c := odoo.Config{
		URL: cfg.URL, Host: cfg.Host, RootCAs: roots, Proxy: odoo.Proxy(cfg.Proxy.Reveal()), Database: cfg.Database, User: cfg.User, Key: key, Logger: log,
		Now: clock.Now, Trusted: clock.Trusted, OnDate: func(t time.Time) { clock.Offer(t, board.SourceDate) }}
	if cfg.Fingerprint != "" {
		if c.Fingerprint, err = remote.ParseTLSFingerprint(cfg.Fingerprint); err != nil {
			return nil, err
		}
	}
	return odoo.New(c)
}

// connected is a host with all connectors, none of which reaches what is private. Of an environment without a store they only say what there
// is to configure.
func connected(e *connectors.Environment, machine coffee.Deps, data string, private []string) (*connectors.Host, *coffee.Machines, *table.Exchange, error) {
	host := connectors.NewHost(e)
	machines, err := coffee.New(host, machine)
	if err != nil {
		return nil, nil, nil, err
	}
	exchange, err := table.New(table.Config{Store: e.Store, Queue: e.Queue, Checkpoints: e.Checkpoints, Dir: filepath.Join(data, "exports"), Now: e.Now, Logger: e.Logger},
		machines.Drinks(), machines.Slots(), machines.Cups(), table.Bindings(e.Store, machines.CheckBinding))
	if err != nil {
		return nil, nil, nil, err
	}
	host.Add(machines.Connector())
	host.Add(courier.Extend(host, exchange, files.New(private...)))
	host.Add(webhook.New(host))
	return host, machines, exchange, host.Check()
}

// open is the switchboard of the drivers. It does no I/O on the line yet.
func open(w *connectors.Work) (device.Machine, error) {
	b, log := w.Backend, w.Logger.With("machine", w.Backend.Name)
	switch version := b.Kind.VersionName(); version {
	case "1900":
		machine := coffee1900.New(serial.Dialer(b.Text("port"), 9600), coffee1900.Options{Logger: log})
		wiring := coffee1900.Wiring{
			Busy: b.Text("gpio_busy"), Flow: b.Text("gpio_flow"), Cup: b.Text("gpio_cup"), Door: b.Text("gpio_door"),
			Start: b.Text("gpio_start"), Inhibit: b.Text("gpio_inhibit"), Reset: b.Text("gpio_reset"), Pull: b.Settings["gpio_pull"] != "false"}
		if wiring.Empty() {
			return machine, nil
		}
		return machine.With(coffee1900.NewHeader(gpio.Chips{Consumer: "crema, " + b.Name}, wiring, coffee1900.HeaderOptions{Logger: log})), nil
	case "2900":
		return coffee2900.New(serial.Dialer(b.Text("port"), 115200), coffee2900.Options{Logger: log, Name: "crema", User: b.Text("username"),
			Password: func() (string, error) { return w.Secrets.Secret(b.Name, "password") }}), nil
	default:
		return nil, fmt.Errorf("there is no driver for a Coffee %q", version)
	}
}

// guard is the second process that a board with outputs has: see package gpio.
func guard(outputs []string) int {
	if err := gpio.Stand(os.Stdin, gpio.Chips{Consumer: "crema, the guard"}, outputs); err != nil {
		fmt.Fprintln(os.Stderr, "crema, the guard of the outputs:", err)
		return 1
	}
	return 0
}

type demoCommand struct {
	Listen string  `help:"Address of the page and the API, ${default} if none is named." default:"127.0.0.1:8080" placeholder:"ADDR"`
	Buy    float64 `help:"Customers at each machine, in cups a minute on the average." default:"40" placeholder:"RATE"`
}

// Run is the appliance on simulated machines, with a stand-in for Odoo.
func (d *demoCommand) Run(ctx context.Context, g *command.Globals, out io.Writer, log *slog.Logger) error {
	dir, release, err := g.DemoDir()
	if err != nil {
		return err
	}
	defer release()
	return demo.World{Dir: dir, Listen: d.Listen, Buy: d.Buy}.Run(ctx, out, log, func(ctx context.Context, config string) error {
		load := func() (*board.Config, error) {
			return board.Load(config, board.Overrides{}, command.Checks(g.Connectors))
		}
		cfg, err := load()
		if err != nil {
			return err
		}
		return serve(ctx, load, log, func(url, login string) {
			fmt.Fprintf(out, "listening on %s\n\nOpen  %s%s  (this link logs in once; later the token in %s does)\nEverything is kept in %s. Ctrl-C ends the demo; run again, it goes on where it was.\nThe commands find it by its directory: crema job list --data %s\n",
				url, url, login, filepath.Join(cfg.Data, client.TokenFile), dir, dir)
		})
	})
}
