package board

import (
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// WatchdogOptions say what a watchdog feeds, and where it keeps why it stopped.
type WatchdogOptions struct {
	// Device is the kernel's watchdog, "/dev/watchdog0"; "" for none.
	Device string
	// Timeout is after how long without food the device restarts the board, in whole
	// seconds; 0 is 30 s. One that can't wait so long waits as long as it did before.
	Timeout time.Duration
	// Note is the file that keeps why the board was restarted; its directory must exist.
	Note string
	// Now is the board's time, for the note; nil means time.Now.
	Now func() time.Time
	// Logger is told which loop is stuck, and where; nil discards.
	Logger *slog.Logger
}

// Watchdog has the board restarted when one of the program's main loops makes no progress
// any more. It feeds the kernel's watchdog, and systemd's where that asks for it, while
// every loop is heard of in time. Safe for concurrent use.
type Watchdog struct {
	o    WatchdogOptions
	log  *slog.Logger
	boot string
	fed  []feeder
	// reset is what the device says for as long as this boot lasts: that it had the board restarted.
	reset bool
	// every is how often the loops are looked at, and what is fed is fed.
	every time.Duration

	// counted is for how long the watchdog itself ran. The loops are measured by it: who
	// was stopped together with it, or got no time of the processor, is not to blame.
	counted atomic.Int64

	starting func(within time.Duration)

	mu     sync.Mutex
	last   Stuck              // what Last tells
	loops  map[*loop]struct{} // those that are waited for
	stuck  []Stuck
	noting sync.WaitGroup // a note is being written or removed
	note   sync.Mutex     // held by who does so

	stop    chan struct{}
	stopped chan struct{}
}

// A feeder is one who must hear from the program.
type feeder interface {
	every() time.Duration // how often, at least; 0: nothing is restarted
	feed() error
	close() error // the end is meant: nothing is to be restarted
}

// loop is one of the program's.
type loop struct {
	name    string
	due     atomic.Int64 // when it must have been heard of, counted
	routine atomic.Int64 // the number of its goroutine; 0: nobody waits for it
}

const (
	defaultWatchdogTimeout = 30 * time.Second
	// watchdogLook is how often the loops are looked at, at least.
	watchdogLook = 5 * time.Second
	// startWithin is what a start may take: a store of some gigabytes is read through more
	// than once where it has to be restored. endWithin is the same of the end.
	startWithin, endWithin = 30 * time.Minute, 2 * time.Minute
)

// OpenWatchdog begins to watch, and arms and feeds the device at once: a start that hangs
// restarts the board as well. An error says what is wrong with the device, and what to do.
func OpenWatchdog(o WatchdogOptions) (*Watchdog, error) {
	boot, err := BootID()
	if err != nil {
		return nil, err
	}
	var fed []feeder
	if s := systemdOf(); s != nil {
		fed = append(fed, s)
	}
	reset := false
	if o.Device != "" {
		if o.Timeout <= 0 {
			o.Timeout = defaultWatchdogTimeout
		}
		d, err := openDevice(o.Device, o.Timeout)
		if err != nil {
			return nil, err
		}
		fed = append(fed, d)
		reset = d.reset
	}
	return newWatchdog(o, boot, reset, fed), nil
}

// newWatchdog watches and feeds from now on. reset tells that the device says that it had
// the board restarted.
func newWatchdog(o WatchdogOptions, boot string, reset bool, fed []feeder) *Watchdog {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	d := &Watchdog{o: o, log: o.Logger, boot: boot, fed: fed, reset: reset, every: watchdogLook, loops: map[*loop]struct{}{}, stop: make(chan struct{}), stopped: make(chan struct{})}
	for _, f := range d.fed {
		if e := f.every(); e > 0 {
			d.every = min(d.every, e)
		}
	}
	d.last = d.readNote(reset)
	d.starting = d.Loop("the start of the program")
	d.starting(startWithin)
	go d.run()
	return d
}

// Loop is another loop to be watched, from its first word on. What it returns is called by
// the loop's own goroutine, which says by it that it is alive, and within which time it will
// say so again at the latest; 0: it has ended, and nobody waits for it any more. A word
// costs less than a microsecond.
func (d *Watchdog) Loop(name string) (alive func(within time.Duration)) {
	l := &loop{name: name}
	return func(within time.Duration) {
		if within <= 0 {
			d.mu.Lock()
			delete(d.loops, l)
			d.mu.Unlock()
			l.routine.Store(0)
			return
		}
		l.due.Store(d.counted.Load() + int64(within))
		if l.routine.Load() == 0 {
			l.routine.Store(routine())
			d.mu.Lock()
			d.loops[l] = struct{}{}
			d.mu.Unlock()
		}
	}
}

// Ready says that the program has started; systemd is told.
func (d *Watchdog) Ready() {
	d.starting(0)
	d.tellSystemd("READY=1")
}

// Ending says that the program was asked to end: it has two minutes for it.
func (d *Watchdog) Ending() {
	d.Loop("the end of the program")(endWithin)
	d.tellSystemd("STOPPING=1")
}

// Close ends the watch for good: the device is told that it is meant, so that nothing is
// restarted.
func (d *Watchdog) Close() error {
	close(d.stop)
	<-d.stopped
	d.noting.Wait()
	var errs []error
	for _, f := range d.fed {
		errs = append(errs, f.close())
	}
	return errors.Join(errs...)
}
