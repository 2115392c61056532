package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"crema/connectors/odoo/standin"
	"crema/device/sim"
	"crema/device/sim/coffee1900"
	"crema/web"
	"crema/web/client"
)

type checkCommand struct {
	Machine  string        `help:"QEMU's machine: virt, or raspi3b, which is slow." enum:"virt,raspi3b" default:"virt"`
	Image    string        `help:"An image that was made before." type:"existingfile" placeholder:"FILE"`
	Patience time.Duration `help:"How long to wait for what a board shall do." default:"3m"`
	Verbose  bool          `short:"v" help:"Show the board's screen."`
}

// Run checks an image; the file itself is left as it is.
func (c *checkCommand) Run(ctx context.Context) error {
	work, err := os.MkdirTemp("", "crema-image-check-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	began := time.Now()
	image := filepath.Join(work, "card.img")
	if c.Image == "" {
		deb, err := fetchFirmware(ctx, work)
		if err != nil { // no chip is here that would ask for it
			fmt.Printf("without Wi-Fi's firmware: %v\n", err)
		}
		if err := pack(ctx, ".", deb, image); err != nil {
			return err
		}
		fmt.Printf("made in %.0f s\n", time.Since(began).Seconds())
	} else if err := run(ctx, "", nil, "cp", "--sparse=always", c.Image, image); err != nil {
		return err
	}
	odoo, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	books := standin.Demo(standin.Options{Key: odooKey, Database: "demo", Currency: "EUR"})
	site := &http.Server{Handler: books, ReadHeaderTimeout: time.Minute}
	defer site.Close()
	go site.Serve(odoo)
	k := &check{emulated: emulated{kind: c.Machine, image: image, work: work, machine: coffee1900.New(coffee1900.Options{})}, patience: c.Patience, books: books,
		good: fmt.Sprintf(goodConfig, odoo.Addr().(*net.TCPAddr).Port)}
	clock, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer clock.Close()
	go tellTime(clock)
	k.clock = clock.LocalAddr().(*net.UDPAddr).Port
	if c.Verbose {
		k.verbose = os.Stdout
	}
	for _, s := range k.steps() {
		began := time.Now()
		if err := k.run(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s.what, err)
		}
		fmt.Printf("%s: good, %.0f s\n", s.what, time.Since(began).Seconds())
	}
	return nil
}

const (
	odooKey    = "0123456789abcdef0123456789abcdef01234567"
	code       = "correct horse battery staple"
	goodConfig = `[odoo]
url          = "http://10.0.2.2:%d"    # the computer, as QEMU's network has it
database     = "demo"
api_key_file = "odoo.key"

[[backend]]
name         = "lobby"
type         = "coffee"
version      = "1900"
port         = "/dev/ttyAMA0"
pos_category = "Coffee"
pos          = "Lobby machine"
payment      = { default = "Card" }
`
	// An address that QEMU's DHCP does not give, and a good network.txt where the gateway is QEMU's.
	given       = "10.0.2.77"
	goodNetwork = "address = \"" + given + "/24\"\r\nname_servers = \"10.0.2.3\"\r\ngateway = \"%s\"\r\ntime_servers = \"10.0.2.2:%d\"\r\n"
	// What is wrong with the configuration where pos_category is misspelt.
	wrongInBad = "crema.toml:11: backend.pos_categories"
)

// A check is a board on its way from the first start to a power cut too many.
type check struct {
	emulated
	patience time.Duration
	books    *standin.Server
	good     string // a configuration
	clock    int    // the port of a time server
}

// A step is what a person writes onto the card, and how the board must be after it is started with it.
type step struct {
	what    string
	address string // that the board is asked at; "" is the one that DHCP gives it
	files   map[string]string
	look    func(ctx context.Context, s *boot) error
	after   func(ctx context.Context) error // with the power off
}

// run starts the board for a step, and then takes its power away.
func (k *check) run(ctx context.Context, s step) error {
	if err := k.toCard(ctx, s.files); err != nil {
		return err
	}
	on, err := k.start(ctx, s.address)
	if err != nil {
		return err
	}
	err = s.look(ctx, on)
	on.cut()
	if err == nil && s.after != nil {
		err = s.after(ctx)
	}
	if err != nil {
		lines := strings.Split(on.shown(), "\n")
		return fmt.Errorf("%w\nThe board's screen showed:\n%s", err, strings.Join(lines[max(0, len(lines)-40):], "\n"))
	}
	return nil
}

func (k *check) steps() []step {
	bad := strings.Replace(k.good, "pos_category", "pos_categories", 1)
	return []step{
		{what: "no configuration",
			look: func(ctx context.Context, s *boot) error {
				return errors.Join(k.held(ctx, s, "There is no crema.toml"), k.line(ctx), k.kernel())
			},
			after: func(ctx context.Context) error { return k.says(ctx, "There is no crema.toml") }},
		{what: "a bad configuration, and none before",
			files: map[string]string{"crema.toml": bad, "odoo.key": odooKey, "setup-code": code + "\r\n"},
			look:  func(ctx context.Context, s *boot) error { return k.held(ctx, s, wrongInBad) },
			after: func(ctx context.Context) error {
				return errors.Join(k.says(ctx, wrongInBad), k.has(ctx, "odoo.key", true), k.has(ctx, "setup-code", true))
			}},
		{what: "a good configuration, and an address that is given", address: given,
			files: map[string]string{"crema.toml": k.good, "network.txt": fmt.Sprintf(goodNetwork, "10.0.2.2", k.clock)},
			look: func(ctx context.Context, s *boot) error {
				return errors.Join(k.atWork(ctx, s), k.knowsTime(ctx, s), k.sells(ctx, s, 1), client.New(s.url, code).PauseChannel(ctx, "root.catalogue", true))
			},
			after: func(ctx context.Context) error {
				return errors.Join(k.says(ctx, "crema.toml is in force"), k.says(ctx, "network.txt is in force"),
					k.has(ctx, "odoo.key", false), k.has(ctx, "setup-code", false), k.has(ctx, "crema.toml", true))
			}},
		{what: "bad ones after a power cut", address: given,
			files: map[string]string{"crema.toml": bad, "network.txt": fmt.Sprintf(goodNetwork, "10.0.3.2", k.clock)},
			look: func(ctx context.Context, s *boot) error {
				return errors.Join(k.atWork(ctx, s), k.kept(ctx, s), k.sells(ctx, s, 2), k.told(ctx, s, wrongInBad))
			},
			after: func(ctx context.Context) error {
				return errors.Join(k.says(ctx, wrongInBad), k.says(ctx, "network.txt:3: gateway"))
			}},
		{what: "another good one after a power cut, DHCP again, a Wi-Fi that the emulator has not, and the kernel hangs",
			files: map[string]string{"crema.toml": "watchdog_timeout = \"10s\"\n" + k.good + "location = \"Lobby\"\n", "network.txt": "wifi = \"Kitchen\"\n", "wifi-passphrase": code},
			look: func(ctx context.Context, s *boot) error {
				return errors.Join(k.atWork(ctx, s), k.kept(ctx, s), k.told(ctx, s, ""), k.moved(ctx, s, "Lobby"), k.shows(ctx, s, "wlan0: this board has no Wi-Fi chip"), k.hangs(ctx, s))
			},
			after: func(ctx context.Context) error {
				return errors.Join(k.says(ctx, "is in force: the Wi-Fi network \"Kitchen\""), k.has(ctx, "wifi-passphrase", false), k.damage())
			}},
		{what: "a damaged partition of what it keeps",
			look:  func(ctx context.Context, s *boot) error { return k.held(ctx, s, "What crema keeps can't be read") },
			after: func(ctx context.Context) error { return k.says(ctx, "What crema keeps can't be read") }},
	}
}

// held: a page, which everybody sees, says why crema does not run, and so does the screen.
func (k *check) held(ctx context.Context, s *boot, why string) error {
	return s.until(ctx, k.patience, func(ctx context.Context) error {
		q, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
		if err != nil {
			return err
		}
		a, err := http.DefaultClient.Do(q)
		if err != nil {
			return err
		}
		defer a.Body.Close()
		text, err := io.ReadAll(a.Body)
		if err != nil {
			return err
		}
		if a.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(text), why) || strings.Contains(string(text), odooKey) {
			return fmt.Errorf("the page does not say %q but %d:\n%s", why, a.StatusCode, text)
		}
		if !strings.Contains(s.shown(), why) {
			return fmt.Errorf("the screen does not say %q", why)
		}
		return nil
	})
}

// atWork: crema answers whoever has the code of the card, and its machine is at work.
func (k *check) atWork(ctx context.Context, s *boot) error {
	return s.until(ctx, k.patience, func(ctx context.Context) error {
		b, err := client.New(s.url, code).Backend(ctx, "lobby")
		if err == nil && (b.State != "production" || b.Machine.Serial == "") {
			err = fmt.Errorf("the machine is not at work but %s, %s", b.State, b.Machine.State)
		}
		return err
	})
}

// sells: a cup of the first drink that Odoo knows is booked, and all before it, once; want is how many there are then.
func (k *check) sells(ctx context.Context, s *boot, want int) error {
	if err := s.until(ctx, k.patience, func(ctx context.Context) error {
		b, err := client.New(s.url, code).Backend(ctx, "lobby")
		if err != nil {
			return err
		}
		slot := slices.IndexFunc(b.Slots, func(s web.Slot) bool { return s.Enabled && s.OdooID != "" })
		if slot < 0 {
			return errors.New("no drink of the machine is known to Odoo")
		}
		_, err = k.machine.Buy(sim.Order{Slot: slot}) // refused while a slot is written
		return err
	}); err != nil {
		return err
	}
	return s.until(ctx, k.patience, func(ctx context.Context) error {
		if k.kind == "raspi3b" { // its network is not to be relied on: that the cup is in the ledger is enough
			cups, err := client.New(s.url, code).Cups(ctx, web.CupFilter{Backend: "lobby"})
			if err == nil && len(cups.Items) != want {
				err = fmt.Errorf("%d cups are in the ledger instead of %d", len(cups.Items), want)
			}
			return err
		}
		if n := len(k.books.Orders()); n != want {
			return fmt.Errorf("%d cups are booked instead of %d", n, want)
		}
		return nil
	})
}

// knowsTime: crema trusts the clock, since the kernel says that it is kept right. Nothing else here would tell it: Odoo is not asked over TLS.
func (k *check) knowsTime(ctx context.Context, s *boot) error {
	return s.until(ctx, k.patience, func(ctx context.Context) error {
		st, err := client.New(s.url, code).Status(ctx)
		if err == nil && (st.TimeTrust != "trusted" || st.TimeSource != "kernel") {
			err = fmt.Errorf("the clock is %s by %q, not trusted by the kernel", st.TimeTrust, st.TimeSource)
		}
		return err
	})
}

// kept: what a person did on the board before the power was cut is still so.
func (k *check) kept(ctx context.Context, s *boot) error {
	channels, err := client.New(s.url, code).Channels(ctx)
	if err != nil {
		return err
	}
	for _, c := range channels {
		if c.Name == "root.catalogue" && c.Paused {
			return nil
		}
	}
	return errors.New("the channel that was paused before the power cut is not paused")
}

// told: the page has a checkpoint about the configuration that says what is wrong, none for "".
func (k *check) told(ctx context.Context, s *boot, wrong string) error {
	page, err := client.New(s.url, code).Checkpoints(ctx, web.CheckpointFilter{State: "open", Reason: "setup_refused"})
	if err != nil {
		return err
	}
	message := ""
	for _, p := range page.Items {
		message += p.Message
	}
	if !strings.Contains(message, wrong) || wrong == "" && message != "" {
		return fmt.Errorf("the page says %q of the configuration, not %q", message, wrong)
	}
	return nil
}

// shows: the screen at the board shows something.
func (k *check) shows(ctx context.Context, s *boot, what string) error {
	return s.until(ctx, k.patience, func(context.Context) error {
		if !strings.Contains(s.shown(), what) {
			return fmt.Errorf("the screen does not show %q", what)
		}
		return nil
	})
}

// moved: the new configuration is in force.
func (k *check) moved(ctx context.Context, s *boot, location string) error {
	b, err := client.New(s.url, code).Backend(ctx, "lobby")
	if err == nil && b.Location != location {
		err = fmt.Errorf("the machine is at %q, not %q", b.Location, location)
	}
	return err
}

// says: the card says it too.
func (k *check) says(ctx context.Context, what string) error {
	text, _ := k.onCard(ctx, "crema-says.txt")
	if !strings.Contains(text, what) || strings.Contains(text, odooKey) {
		return fmt.Errorf("crema-says.txt on the card does not say %q but %q", what, text)
	}
	return nil
}

// has: a file is on the card, or not.
func (k *check) has(ctx context.Context, name string, want bool) error {
	if _, ok := k.onCard(ctx, name); ok != want {
		return fmt.Errorf("%s is on the card: %v, want %v", name, ok, want)
	}
	return nil
}

// kernel: it takes a journal's last block that was written in part for what it is. Older ones don't mount the card then.
func (k *check) kernel() error {
	text, err := os.ReadFile(filepath.Join(k.work, "vmlinuz")) // since the board was started with it
	if err == nil && !bytes.Contains(text, []byte("JBD2: Find incomplete commit block")) {
		err = errors.New("the kernel is too old: make the file system of /perm without metadata_csum")
	}
	return err
}

// damage takes away what the kernel knows the file system by.
func (k *check) damage() error {
	card, err := os.OpenFile(k.image, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = card.WriteAt(make([]byte, 4096), permAt)
	return errors.Join(err, card.Close())
}
