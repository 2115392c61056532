package image

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"crema/connectors/odoo/standin"
	"crema/device/sim/coffee1900"
	"crema/web/client"
)

type checkCommand struct {
	Machine  string        `help:"QEMU's machine: virt, or raspi3b, which is slow." enum:"virt,raspi3b" default:"virt"`
	Image    string        `help:"An image that was made before." type:"existingfile" placeholder:"FILE"`
	Patience time.Duration `help:"How long to wait for what a board shall do." default:"3m"`
	Controls bool          `help:"Instead: start boards on which the watchdog, the time and the damage are not as they are looked for, and see that this fails."`
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
	if !c.Controls {
		go tellTime(clock)
	}
	k.clock = clock.LocalAddr().(*net.UDPAddr).Port
	if c.Verbose {
		k.verbose = os.Stdout
	}
	steps := k.steps()
	if c.Controls {
		steps = k.controls()
	}
	for _, s := range steps {
		began := time.Now()
		if err := k.run(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s.what, err)
		}
		fmt.Printf("%s: good, %.0f s\n", s.what, time.Since(began).Seconds())
	}
	if c.Controls || c.Machine == "raspi3b" {
		return nil
	}
	return k.booked() // still, after all of it
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
	good     string   // a configuration
	clock    int      // the port of a time server
	sold     []string // the cups in the ledger when it was looked at last, by their orders' UUIDs
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
