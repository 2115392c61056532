package board

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"crema/connectors/odoo/standin"
	"crema/device"
	"crema/device/sim/coffee1900"
	"crema/device/sim/coffee2900"
)

// A world is what stands around one board: its card, a 1900 and a 2900, and an Odoo, all on this computer. They stay while
// the board is switched off and on.
type world struct {
	*rig
	ctx    context.Context
	dir    string
	random *rand.Rand
	files  string // the file system of the card
	card   string // its image
	initrd string
	key    string // of Odoo

	odoo        *standin.Server
	server      *http.Server
	certificate tls.Certificate
	ahead       atomic.Int64 // how far Odoo's clock, and that by which the board starts, is ahead of this computer's
	port        int          // Odoo's
	products    []int64      // Odoo's ids of the drinks
	pos         [2]int64     // and of the lobby's and the kitchen's points of sale
	lobby       *cable
	kitchen     *cable

	disk  *disk        // while the board is on
	lines net.Listener // where the disk is served
	emu   *emulator
	token string   // of the board's API
	fair  []string // words of what the board may complain of, see sound

	stop context.CancelFunc
	wait sync.WaitGroup
}

// drinks are what Odoo sells, in the order of their ids.
var drinks = []standin.Product{
	{Name: "Espresso", Code: "ESP", Price: 1.20}, {Name: "Lungo", Code: "LUN", Price: 1.40}, {Name: "Cappuccino", Code: "CAP", Price: 2.30}, {Name: "Tea", Code: "TEA", Price: 1.00},
}

// A setting changes one world before its board is first switched on.
type setting struct {
	files    string            // the card's file system; "": ext4
	size     int               // of the card in MB; 0: 192
	config   string            // lines at the top of the configuration
	lobby    string            // lines of the lobby's machine in it
	both     string            // lines of both machines
	port     string            // of the lobby's machine; "": /dev/ttyS0
	fair     []string          // words of what the board may complain of; all else that it complains of is an error
	initrd   map[string][]byte // files that the board starts with, by name
	contents map[string]string // files on the card, by name below its top; from this computer
}

// newWorld makes a world whose chance is that part of the run's. Close it.
func (r *rig) newWorld(ctx context.Context, part uint64, s setting) (*world, error) {
	dir, err := os.MkdirTemp(r.dir, "world-")
	if err != nil {
		return nil, err
	}
	w := &world{rig: r, dir: dir, random: r.random(part), files: s.files, fair: s.fair, card: filepath.Join(dir, "card.img"), initrd: filepath.Join(dir, "initrd"),
		key: fmt.Sprintf("%040x", 4711)}
	if w.files == "" {
		w.files = "ext4"
	}
	w.ctx, w.stop = context.WithCancel(ctx)
	if err := inTurn(w.openOdoo, with(w.makeCard, s), with(w.configure, s)); err != nil {
		return nil, errors.Join(err, w.close())
	}
	w.lobby = &cable{Machine: coffee1900.New(coffee1900.Options{Serial: "00184467", Slots: emptySlots(), Gap: time.Second}), path: filepath.Join(dir, "lobby"), in: true}
	w.kitchen = &cable{Machine: coffee2900.New(coffee2900.Options{Serial: "29-000731", User: "service", Password: "s3cret", Slots: emptySlots()}), path: filepath.Join(dir, "kitchen"), in: true}
	for _, c := range []*cable{w.lobby, w.kitchen} {
		w.wait.Go(func() { c.run(w.ctx) })
	}
	return w, nil
}

func emptySlots() []device.Slot {
	list := make([]device.Slot, 8)
	for i := range list {
		list[i] = device.Slot{Number: i, Name: "-", Volume: 100, Price: device.Money{Currency: "EUR"}, Recipe: &device.Recipe{Coffee: 80, Water: 100, Temperature: 930}}
	}
	return list
}

func (w *world) openOdoo() error {
	w.odoo = standin.New(standin.Options{Key: w.key, Database: "prod", Currency: "EUR", Random: w.random.Int64(),
		Now: func() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }})
	category := w.odoo.AddCategory("Coffee")
	for _, d := range drinks {
		d.Categories = []int64{category}
		w.products = append(w.products, w.odoo.AddProduct(d))
	}
	card := w.odoo.AddPaymentMethod("Card", false)
	w.pos = [2]int64{w.odoo.AddPOS("Lobby", card), w.odoo.AddPOS("Kitchen", card)}
	certificate, pem, err := certified()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(w.dir, "odoo.pem"), pem, 0o644); err != nil {
		return err
	}
	w.certificate = certificate
	if w.port, err = freePort(); err != nil {
		return err
	}
	return w.odooOn()
}

// odooOn lets Odoo answer, at the same address as before.
func (w *world) odooOn() error {
	l, err := tls.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", w.port), &tls.Config{Certificates: []tls.Certificate{w.certificate}})
	if err != nil {
		return err
	}
	server := &http.Server{Handler: w.odoo, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)} // a board that loses its power hangs up
	w.server = server
	w.wait.Go(func() { server.Serve(l) }) //nolint:errcheck // odooOff ends it
	return nil
}

// odooOff takes Odoo away: connections are refused.
func (w *world) odooOff() error { return w.server.Close() }

// makeCard makes an empty card, or one with some contents.
func (w *world) makeCard(s setting) error {
	size := s.size
	if size == 0 {
		size = 192
	}
	f, err := os.Create(w.card)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Truncate(int64(size)<<20), f.Close()); err != nil {
		return err
	}
	if w.files == "f2fs" {
		_, err = run(w.ctx, w.dir, "mkfs.f2fs", "-q", w.card)
		return err
	}
	contents := filepath.Join(w.dir, "contents")
	for name, from := range s.contents {
		to := filepath.Join(contents, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.Link(from, to); err != nil {
			return err
		}
	}
	// With checksums Linux 6.1 doesn't mount a card whose last journal block was written in part: see doc.go.
	args := []string{"-q", "-t", "ext4", "-O", "^metadata_csum"}
	if len(s.contents) > 0 {
		args = append(args, "-d", contents)
	}
	_, err = run(w.ctx, w.dir, "mke2fs", append(args, w.card)...)
	return err
}

// configure writes what the board starts from: the rig's, and this world's configuration.
func (w *world) configure(s setting) error {
	base, err := os.ReadFile(w.rig.initrd)
	if err != nil {
		return err
	}
	certificate, err := os.ReadFile(filepath.Join(w.dir, "odoo.pem"))
	if err != nil {
		return err
	}
	port := s.port
	if port == "" {
		port = "/dev/ttyS0"
	}
	var a archive
	for name, content := range s.initrd {
		a.add(name, 0o700, content)
	}
	for name, text := range map[string]string{"crema.toml": s.config + fmt.Sprintf(configuration, hostAddress, w.port, port, s.lobby+s.both, s.both), "odoo.key": w.key + "\n", "kitchen.password": "s3cret\n", "odoo.pem": string(certificate)} {
		a.add("etc/crema/"+name, 0o600, []byte(text))
	}
	a.end()
	return os.WriteFile(w.initrd, append(base, a.Bytes()...), 0o644)
}

const configuration = `data   = "/data/crema"
listen = "0.0.0.0:8080"

[odoo]
url          = "https://%s:%d"
database     = "prod"
api_key_file = "odoo.key"
ca_file      = "odoo.pem"

[[backend]]
name         = "lobby"
type         = "coffee"
version      = "1900"
port         = "%s"
pos_category = "Coffee"
pos          = "Lobby"
%s
[[backend]]
name          = "kitchen"
type          = "coffee"
version       = "2900"
port          = "/dev/ttyUSB0"
username      = "service"
password_file = "kitchen.password"
pos_category  = "Coffee"
pos           = "Kitchen"
%s`

func (w *world) close() error {
	err := w.unplug()
	w.stop()
	if w.server != nil {
		w.server.Close()
	}
	w.wait.Wait()
	return err
}
