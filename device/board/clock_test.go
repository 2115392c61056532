package board

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// fakeKernel is a kernel whose uptime goes on with the time of the test, and whose
// wall clock is set by it.
type fakeKernel struct {
	mu     sync.Mutex
	booted time.Time     // in the test's time
	wall   time.Duration // what the wall clock is ahead of the test's time
	synced bool
	boot   string
}

func (k *fakeKernel) Wall() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return time.Now().Round(0).Add(k.wall)
}

func (k *fakeKernel) Uptime() time.Duration { return time.Since(k.booted) }
func (k *fakeKernel) BootID() string        { return k.boot }

func (k *fakeKernel) Synchronised() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.synced
}

// set sets the wall clock.
func (k *fakeKernel) set(t time.Time, synced bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.wall, k.synced = time.Until(t), synced
}

var (
	build = time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)
	epoch = time.Date(1970, 1, 1, 0, 0, 10, 0, time.UTC)
	noon  = time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)
)

// boot starts a kernel at a wall time, uptime 0.
func boot(id string, wall time.Time) *fakeKernel {
	k := &fakeKernel{booted: time.Now(), boot: id}
	k.set(wall, false)
	return k
}

// open starts crema on a kernel, with what the last one persisted.
func open(t *testing.T, k *fakeKernel, s Stamp, strict bool) *Clock {
	t.Helper()
	c, err := OpenClock(ClockOptions{Build: build, Strict: strict, Kernel: k})
	if err != nil {
		t.Fatal(err)
	}
	c.Restore(s)
	return c
}

// run starts the clock's Run for the rest of the test.
func run(t *testing.T, c *Clock) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
}

// pass lets time go by, and everything that it wakes.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func isClosed(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

func wantTrust(t *testing.T, c *Clock, level TrustLevel, source string) {
	t.Helper()
	if got := c.Trust(); got != (Trust{level, source}) {
		t.Errorf("trust = %+v, want %s by %q", got, level, source)
	}
	if c.Trusted() != (level != Untrusted) {
		t.Errorf("Trusted = %t at %s", c.Trusted(), level)
	}
}

func wantNow(t *testing.T, c *Clock, want time.Time) {
	t.Helper()
	if got := c.Now(); !got.Equal(want) || got.Location() != time.UTC {
		t.Errorf("Now = %s, want %s", got, want)
	}
}

// A board without a clock chip begins in 1970, and is not believed however long.
func TestClockBegins1970(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := open(t, boot("a", epoch), Stamp{}, false)
		run(t, c)
		changed := c.Changed()
		pass(time.Hour)
		wantTrust(t, c, Untrusted, "")
		wantNow(t, c, epoch.Add(time.Hour))
		if c.Board() != time.Hour || isClosed(changed) {
			t.Errorf("board = %s, changed = %t", c.Board(), isClosed(changed))
		}
		if s := c.Stamp(); !s.Wall.IsZero() {
			t.Errorf("a time that nobody believes is persisted: %s", s.Wall)
		}
	})
}

func TestClockKernelSynchronised(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := boot("a", epoch)
		c := open(t, k, Stamp{}, false)
		run(t, c)
		changed := c.Changed()
		pass(30 * time.Second)
		k.set(noon, true)
		pass(checkEvery)
		wantTrust(t, c, Trusted, SourceKernel)
		wantNow(t, c, noon.Add(checkEvery))
		if !isClosed(changed) {
			t.Error("nobody was told of the trust")
		}
		if c.Board() != 30*time.Second+checkEvery {
			t.Errorf("board time jumped with the wall time: %s", c.Board())
		}

		// The network goes: trust holds, and whoever sets the kernel's clock moves nothing.
		changed = c.Changed()
		k.set(epoch, false)
		wantNow(t, c, noon.Add(checkEvery))
		pass(time.Hour)
		wantTrust(t, c, Trusted, SourceKernel)
		wantNow(t, c, noon.Add(checkEvery+time.Hour))
		if isClosed(changed) {
			t.Error("a change was told that nobody sees")
		}
	})
}

// Without another source a clock that can be right is believed after a minute.
func TestClockEstimate(t *testing.T) {
	for name, c := range map[string]struct {
		wall, persisted time.Time
		strict          bool
		want            TrustLevel
	}{
		"later than both":        {noon, noon.Add(-time.Hour), false, Estimated},
		"never persisted":        {noon, time.Time{}, false, Estimated},
		"strict":                 {noon, time.Time{}, true, Untrusted},
		"earlier than persisted": {noon, noon.Add(time.Hour), false, Untrusted},
		"earlier than the build": {build.Add(-time.Hour), time.Time{}, false, Untrusted},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				clock := open(t, boot("b", c.wall), Stamp{Wall: c.persisted, Boot: "a", Trust: Trust{Trusted, SourceDate}}, c.strict)
				run(t, clock)
				changed := clock.Changed()
				pass(estimateAfter - time.Second)
				if clock.Trusted() {
					t.Error("believed before its time")
				}
				pass(checkEvery)
				if got := clock.Trust().Level; got != c.want || isClosed(changed) != (got == Estimated) {
					t.Errorf("trust = %s, want %s; changed = %t", got, c.want, isClosed(changed))
				}
				wantNow(t, clock, c.wall.Add(estimateAfter-time.Second+checkEvery))
			})
		})
	}
}

// Before anybody said what was persisted nothing can be estimated.
func TestClockEstimateWaitsForRestore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := boot("a", noon)
		c, err := OpenClock(ClockOptions{Build: build, Kernel: k})
		if err != nil {
			t.Fatal(err)
		}
		run(t, c)
		pass(time.Hour)
		if c.Trusted() || c.Restored() {
			t.Error("estimated without Restore")
		}
		c.Restore(Stamp{})
		wantTrust(t, c, Estimated, SourceEstimate)
	})
}

// An estimate follows the kernel's clock, and is taken back when that goes where it
// can't be; a jump is told either way.
func TestClockJumpsWhileEstimated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := boot("a", noon)
		c := open(t, k, Stamp{}, false)
		run(t, c)
		pass(2 * estimateAfter)
		c.Stamp() // persisted: noon and two minutes

		changed := c.Changed()
		k.set(noon.Add(48*time.Hour), false)
		pass(checkEvery)
		wantTrust(t, c, Estimated, SourceEstimate)
		wantNow(t, c, noon.Add(48*time.Hour+checkEvery))
		if !isClosed(changed) {
			t.Error("a jump forward was not told")
		}
		changed = c.Changed()
		k.set(epoch, false)
		pass(checkEvery)
		wantTrust(t, c, Untrusted, "")
		if !isClosed(changed) {
			t.Error("a jump back was not told")
		}
		before := c.Board()
		k.set(noon.Add(time.Hour), true)
		pass(checkEvery)
		wantTrust(t, c, Trusted, SourceKernel)
		if c.Board() != before+checkEvery {
			t.Errorf("board went from %s to %s", before, c.Board())
		}
		// An earlier time that is trusted takes the place of a later one that was not.
		if s := c.Stamp(); !s.Wall.Equal(noon.Add(time.Hour + checkEvery)) {
			t.Errorf("persisted %s", s.Wall)
		}
	})
}

// Jumps are noticed by whoever asks, even between two checks.
func TestClockNowNoticesJump(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := boot("a", noon)
		c := open(t, k, Stamp{}, false)
		changed := c.Changed()
		k.set(noon.Add(time.Second), false)
		wantNow(t, c, noon.Add(time.Second))
		if isClosed(changed) {
			t.Error("a second is no jump")
		}
		k.set(noon.Add(time.Minute), false)
		wantNow(t, c, noon.Add(time.Minute))
		if !isClosed(changed) {
			t.Error("a minute is a jump")
		}
	})
}

func TestClockOffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := boot("a", epoch)
		c := open(t, k, Stamp{}, true)
		if c.Offer(build.Add(-time.Second), SourceDate) || c.Offer(time.Time{}, SourcePerson) || c.Trusted() {
			t.Error("a time before the build was believed")
		}
		changed := c.Changed()
		if !c.Offer(noon, SourceDate) || !isClosed(changed) {
			t.Error("the offer was not believed, or not told")
		}
		wantTrust(t, c, Trusted, SourceDate)
		pass(time.Minute)
		wantNow(t, c, noon.Add(time.Minute))

		// A few seconds more or less are the header's, not the clock's.
		changed = c.Changed()
		c.Offer(noon.Add(time.Minute-4*time.Second), SourceDate)
		wantNow(t, c, noon.Add(time.Minute))
		if isClosed(changed) {
			t.Error("nothing changed")
		}
		c.Offer(noon.Add(time.Minute+10*time.Second), SourceDate)
		wantNow(t, c, noon.Add(time.Minute+10*time.Second))
		if !isClosed(changed) {
			t.Error("a correction was not told")
		}
		c.Offer(noon.Add(time.Minute+7*time.Second), SourcePerson)
		wantNow(t, c, noon.Add(time.Minute+7*time.Second))
		wantTrust(t, c, Trusted, SourcePerson)

		// The kernel's clock, once it is synchronised, is the better one.
		k.set(noon.Add(2*time.Minute), true)
		c.Offer(noon.Add(time.Hour), SourcePerson)
		wantTrust(t, c, Trusted, SourceKernel)
		wantNow(t, c, noon.Add(2*time.Minute))
	})
}

// Trust, and a time that only we know, hold over restarts of crema, not of the kernel.
func TestClockRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := boot("a", epoch)
		first := open(t, k, Stamp{}, false)
		pass(10 * time.Second)
		first.Offer(noon, SourceDate)
		pass(20 * time.Second)
		s := persisted(t, first)

		pass(time.Minute) // without crema
		second := open(t, k, s, false)
		wantTrust(t, second, Trusted, SourceDate)
		wantNow(t, second, noon.Add(80*time.Second))
		if second.Board() != 90*time.Second {
			t.Errorf("board = %s", second.Board())
		}
		s = persisted(t, second)

		pass(time.Hour) // without power
		third := open(t, boot("b", epoch), s, false)
		wantTrust(t, third, Untrusted, "")
		wantNow(t, third, epoch)
		if third.Board() != 90*time.Second {
			t.Errorf("board = %s after a power cut", third.Board())
		}
		// What was believed once is still the earliest that it can be.
		if w := third.Stamp().Wall; !w.Equal(noon.Add(80 * time.Second)) {
			t.Errorf("persisted %s", w)
		}
		run(t, third)
		pass(5 * time.Minute)
		wantTrust(t, third, Untrusted, "")

		// It took a while from the kernel's boot to crema's start: that passed as well.
		s = persisted(t, third)
		k = boot("c", noon.Add(-time.Hour))
		pass(2 * time.Minute)
		fourth := open(t, k, s, false)
		if want := 90*time.Second + 5*time.Minute + 2*time.Minute; fourth.Board() != want {
			t.Errorf("board = %s, want %s", fourth.Board(), want)
		}
		wantTrust(t, fourth, Untrusted, "") // noon was before what was persisted
	})
}

// A trust in the kernel's clock holds as well, when the network is gone at the restart.
func TestClockRestartsUnsynchronised(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := boot("a", noon)
		k.set(noon, true)
		s := persisted(t, open(t, k, Stamp{}, true))
		k.set(epoch, false)
		pass(time.Second)
		c := open(t, k, s, true)
		wantTrust(t, c, Trusted, SourceKernel)
		wantNow(t, c, noon.Add(time.Second))
	})
}

// Where the boot can't be told trust is lost, and nothing is counted twice.
func TestClockWithoutBootID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := boot("", noon)
		c := open(t, k, Stamp{}, false)
		c.Offer(noon, SourcePerson)
		pass(time.Minute)
		c = open(t, k, persisted(t, c), true)
		if c.Trusted() || c.Board() != time.Minute {
			t.Errorf("trusted = %t, board = %s", c.Trusted(), c.Board())
		}
	})
}

// persisted is the stamp as the store gives it back.
func persisted(t *testing.T, c *Clock) Stamp {
	t.Helper()
	b, err := json.Marshal(c.Stamp())
	if err != nil {
		t.Fatal(err)
	}
	var s Stamp
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// Whatever happens to the wall clock, to crema and to the kernel: board time never
// goes back, goes on with the time that passes, and trust never ends within a boot.
func TestClockBoardNeverGoesBack(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	synctest.Test(t, func(t *testing.T) {
		k := boot("0", epoch)
		c := open(t, k, Stamp{}, false)
		stamp, last, boots, trusted := c.Stamp(), time.Duration(0), 0, false
		for range 3000 {
			wall := epoch.Add(time.Duration(rnd.Int64N(int64(60 * 365 * 24 * time.Hour))))
			switch rnd.IntN(8) {
			case 0:
				k.set(wall, rnd.IntN(3) == 0)
			case 1:
				c.Offer(wall, SourceDate)
			case 2:
				stamp = persisted(t, c)
			case 3: // crema is killed
				c = open(t, k, persisted(t, c), false)
			case 4: // the power is cut
				if rnd.IntN(5) == 0 {
					boots++
					k = boot(time.Duration(boots).String(), wall)
					c = open(t, k, stamp, false)
					last = stamp.Board // what was told since is forgotten, what was persisted is not
					trusted = false
				}
			default:
				d := time.Duration(rnd.Int64N(int64(time.Minute)))
				before := c.Board()
				pass(d)
				if got := c.Board() - before; got != d {
					t.Fatalf("board went on by %s in %s", got, d)
				}
			}
			c.Now()
			if b := c.Board(); b < last {
				t.Fatalf("board went back from %s to %s", last, b)
			}
			last = c.Board()
			level := c.Trust().Level
			if trusted && level != Trusted {
				t.Fatalf("trust was lost within boot %d", boots)
			}
			trusted = level == Trusted
		}
	})
}

func TestRealKernel(t *testing.T) {
	c, err := OpenClock(ClockOptions{Build: build})
	if err != nil {
		t.Fatal(err)
	}
	id, err := BootID()
	if err != nil || c.BootID() != id || len(id) != 36 {
		t.Errorf("boot id %q, %v", c.BootID(), err)
	}
	if off := time.Since(c.Now()); !c.kernel.Synchronised() && off.Abs() > time.Second {
		t.Errorf("Now is off by %s", off)
	}
	a := c.kernel.Uptime()
	if b := c.kernel.Uptime(); a <= 0 || b < a {
		t.Errorf("uptime %s, then %s", a, b)
	}
}

func TestReadIdentity(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := ReadIdentity(root); got != (Identity{}) {
		t.Errorf("of nothing: %+v", got)
	}
	write("proc/sys/kernel/hostname", "crema-1\n")
	write("etc/machine-id", "0123456789abcdef0123456789abcdef\n")
	a := ReadIdentity(root)
	if a.Hostname != "crema-1" || len(a.Serial) != 16 || a.Serial == "0123456789abcdef" {
		t.Errorf("of a machine id: %+v", a)
	}
	write("proc/device-tree/serial-number", "10000000abcdef01\x00")
	write("proc/device-tree/model", "Raspberry Pi 4 Model B Rev 1.4\x00")
	if got := ReadIdentity(root); got != (Identity{"crema-1", "Raspberry Pi 4 Model B Rev 1.4", "10000000abcdef01"}) {
		t.Errorf("of a Pi: %+v", got)
	}
}
