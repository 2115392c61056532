package e2e

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"crema/connectors/odoo/standin"
	"crema/device"
	"crema/device/sim"
	"crema/device/sim/coffee1900"
	"crema/device/sim/coffee2900"
)

const key = "0123456789abcdef0123456789abcdef01234567"

// crema is the built program.
var crema string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "crema-e2e")
	if err != nil {
		panic(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil { // one test is another user
		panic(err)
	}
	crema = filepath.Join(dir, "crema")
	build := exec.Command("go", "build", "-o", crema, "crema")
	build.Stdout, build.Stderr = os.Stdout, os.Stderr
	if err := build.Run(); err != nil {
		fmt.Println("build:", err)
		os.Exit(1)
	}
	// These tests wait for processes, mostly: more of them than processors may run at once.
	flag.Parse()
	if !given("test.parallel") {
		flag.Set("test.parallel", "8")
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// given tells whether a flag stands on the command line.
func given(name string) (is bool) {
	flag.Visit(func(f *flag.Flag) { is = is || f.Name == name })
	return is
}

// length is how long a run is: kills, or whatever a test counts.
func length(short, ci, nightly int) int {
	switch os.Getenv("CREMA_E2E") {
	case "ci":
		return ci
	case "nightly":
		return nightly
	default:
		return short
	}
}

// A world is a board with two machines and an Odoo.
type world struct {
	t    *testing.T
	dir  string
	seed uint64
	rng  *rand.Rand

	key      string // Odoo's
	odoo     *standin.Server
	odooAddr string
	odooHTTP *http.Server

	lobby   *machine                  // a 1900
	kitchen *machine                  // a 2900
	slots   map[string]map[string]int // by machine and code, as the configuration names them

	products []int64 // of drinks, in their order
	prices   []float64
	archived map[int64]bool
	doubts   map[string]bool // keys of cups whose drink the board could not tell
	blind    int             // cups whose price the board can't know any more

	board *exec.Cmd
	log   *os.File
	dead  chan struct{} // closed when the board's process has ended
	ours  atomic.Bool   // the signal that ends it is this test's
}

// A machine is a simulator on its pseudo-terminal.
type machine struct {
	sim.Machine
	name string
	pty  *sim.PTY
}

// drinks are what Odoo sells: names that both machines hold as they are.
var drinks = []struct {
	code, name string
	price      float64
}{
	{"ESP", "Espresso", 1.20}, {"LUN", "Lungo", 1.40}, {"CAP", "Cappuccino", 2.30}, {"MOC", "Mocha", 2.60}, {"TEA", "Tea", 1.00},
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := bareWorld(t)
	w.lobby = w.plugIn("lobby", w.new1900())
	w.kitchen = w.plugIn("kitchen", w.new2900())
	w.configure()
	return w
}

// bareWorld has an Odoo, and neither machines nor a configuration yet.
func bareWorld(t *testing.T) *world {
	t.Helper()
	seed := rand.Uint64()
	if s := os.Getenv("CREMA_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seed = n
	}
	t.Logf("seed %d (CREMA_SEED=%d runs it again)", seed, seed)
	w := &world{t: t, dir: t.TempDir(), key: key, seed: seed, rng: rand.New(rand.NewPCG(seed, 1)), slots: map[string]map[string]int{"lobby": {}, "kitchen": {}},
		archived: map[int64]bool{}, doubts: map[string]bool{}}
	w.openOdoo()
	log, err := os.Create(filepath.Join(w.dir, "board.log"))
	if err != nil {
		t.Fatal(err)
	}
	w.log = log
	t.Cleanup(func() {
		w.kill()
		log.Close()
		if t.Failed() {
			w.tail()
		}
	})
	return w
}

// new1900 begins just before its counters and its epoch go round.
func (w *world) new1900() sim.Machine {
	m := coffee1900.New(coffee1900.Options{Serial: "00184467", Slots: freshSlots(8)})
	m.SetCounters(254, [8]uint16{65530, 65500, 12, 0, 65535, 3, 0, 0})
	return m
}

func (w *world) new2900() sim.Machine {
	return coffee2900.New(coffee2900.Options{Serial: "29-000731", User: "service", Password: "s3cret", Slots: freshSlots(8)})
}

func freshSlots(n int) []device.Slot {
	list := make([]device.Slot, n)
	for i := range list {
		list[i] = device.Slot{Number: i, Name: "-", Volume: 100, Price: device.Money{Currency: "EUR"}, Recipe: &device.Recipe{Coffee: 80, Water: 100, Temperature: 930}}
	}
	return list
}

func (w *world) plugIn(name string, m sim.Machine) *machine {
	w.t.Helper()
	pty, err := sim.OpenPTY(filepath.Join(w.dir, name+".tty"))
	if err != nil {
		w.t.Fatal(err)
	}
	ctx := w.t.Context()
	served := make(chan struct{})
	go func() {
		defer close(served)
		if err := sim.Serve(ctx, m, pty); err != nil && ctx.Err() == nil {
			w.t.Errorf("simulated machine %s: %v", name, err)
		}
	}()
	w.t.Cleanup(func() { <-served; pty.Close() })
	return &machine{m, name, pty}
}

// openOdoo starts the stand-in; restartOdoo takes it away and back on the same address.
func (w *world) openOdoo() {
	w.makeOdoo()
	w.listenOdoo("127.0.0.1:0", w.odoo)
	w.t.Cleanup(func() { w.odooHTTP.Close() })
}

// makeOdoo is a stand-in with what Odoo sells.
func (w *world) makeOdoo() {
	w.products, w.prices = nil, nil
	w.odoo = standin.New(standin.Options{Key: w.key, Database: "prod", Currency: "EUR", Random: int64(w.seed >> 1)})
	tax := w.odoo.AddTax("10 % incl.", 10, true)
	onTop := w.odoo.AddTax("15 %", 15, false)
	category := w.odoo.AddCategory("Coffee")
	for i, d := range drinks {
		taxes := [][]int64{{tax}, {onTop}, nil}[i%3]
		w.products = append(w.products, w.odoo.AddProduct(standin.Product{Name: d.name, Code: d.code, Price: d.price, Taxes: taxes, Categories: []int64{category}}))
		w.prices = append(w.prices, d.price)
	}
	cash, card := w.odoo.AddPaymentMethod("Cash", true), w.odoo.AddPaymentMethod("Card", false)
	w.odoo.AddPOS("Lobby", cash, card)
	w.odoo.AddPOS("Kitchen", cash, card)
}

func (w *world) listenOdoo(addr string, odoo http.Handler) {
	w.t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		w.t.Fatal(err)
	}
	w.odooAddr = l.Addr().String()
	w.odooHTTP = &http.Server{Handler: odoo}
	go w.odooHTTP.Serve(l)
}

func (w *world) restartOdoo(away time.Duration) {
	w.odooHTTP.Close()
	w.pause(away)
	w.listenOdoo(w.odooAddr, w.odoo)
}

// configure writes the board's configuration file.
func (w *world) configure() {
	w.t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "data = \"data\"\nlisten = \"127.0.0.1:0\"\n\n[odoo]\nurl = \"http://%s\"\ndatabase = \"prod\"\napi_key_file = \"odoo.key\"\n", w.odooAddr)
	for _, m := range []struct{ name, version, pos, more string }{
		{"lobby", "1900", "Lobby", "payment = { default = \"Card\" }\n"},
		{"kitchen", "2900", "Kitchen", "username = \"service\"\npassword_file = \"kitchen.password\"\npayment = { cash = \"Cash\", default = \"Card\" }\n"},
	} {
		fmt.Fprintf(&b, "\n[[backend]]\nname = %q\ntype = \"coffee\"\nversion = %q\nport = %q\npos_category = \"Coffee\"\npos = %q\npoll = \"200ms\"\n%s",
			m.name, m.version, m.name+".tty", m.pos, m.more)
		if len(w.slots[m.name]) > 0 {
			var named []string
			for _, d := range drinks {
				if s, ok := w.slots[m.name][d.code]; ok {
					named = append(named, fmt.Sprintf("%q = \"%d\"", d.code, s))
				}
			}
			fmt.Fprintf(&b, "slots = { %s }\n", strings.Join(named, ", "))
		}
	}
	for name, text := range map[string]string{"crema.toml": b.String(), "odoo.key": key + "\n", "kitchen.password": "s3cret\n"} {
		if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
}

// start starts the board's process and does not wait for it to be ready.
func (w *world) start(with ...func(*exec.Cmd)) {
	w.t.Helper()
	w.board = exec.Command(crema, "serve", "--config", filepath.Join(w.dir, "crema.toml"), "--log-level", "debug")
	w.board.Stdout, w.board.Stderr = w.log, w.log
	for _, do := range with {
		do(w.board)
	}
	w.board.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := w.board.Start(); err != nil {
		w.t.Fatal(err)
	}
	dead, cmd := make(chan struct{}), w.board
	w.dead = dead
	w.ours.Store(false)
	go func() {
		defer close(dead)
		err := cmd.Wait()
		var exit *exec.ExitError
		if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signaled() && w.ours.Load() {
			return
		}
		if err != nil {
			w.t.Errorf("the board ended by itself: %v", err)
		}
	}()
}

// kill is SIGKILL, at whatever the board is doing.
func (w *world) kill() {
	if w.board == nil {
		return
	}
	w.ours.Store(true)
	w.board.Process.Kill()
	<-w.dead
	w.board = nil
}

// loseCard is another card in the board: nothing that it knew is left.
func (w *world) loseCard() {
	w.t.Helper()
	if err := os.RemoveAll(filepath.Join(w.dir, "data")); err != nil {
		w.t.Fatal(err)
	}
}

// pause lets real time pass: what is tested here is a process.
func (w *world) pause(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	<-t.C
}

// random is a time between lo and hi.
func (w *world) random(lo, hi time.Duration) time.Duration {
	return lo + time.Duration(w.rng.Int64N(int64(hi-lo)))
}

// api calls the running board; false while it does not answer.
func (w *world) api(method, path string, result any) bool {
	addr, err := os.ReadFile(filepath.Join(w.dir, "data", "api.addr"))
	if err != nil {
		return false
	}
	token, err := os.ReadFile(filepath.Join(w.dir, "data", "api.token"))
	if err != nil {
		return false
	}
	req, err := http.NewRequest(method, "http://"+strings.TrimSpace(string(addr))+"/api/v1/"+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	resp, err := (&http.Client{Timeout: 10 * time.Second}).Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		return false
	}
	if result == nil {
		return true
	}
	if err := json.Unmarshal(body, result); err != nil {
		w.t.Errorf("%s %s: %v: %s", method, path, err, body)
		return false
	}
	return true
}

// until waits for something to come true.
func (w *world) until(what string, limit time.Duration, ok func() bool) {
	w.t.Helper()
	for end := time.Now().Add(limit); !ok(); w.pause(100 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("after %s still not: %s", limit, what)
		}
	}
}

// tail shows the end of the board's log.
func (w *world) tail() {
	b, err := os.ReadFile(w.log.Name())
	if err != nil {
		return
	}
	lines := strings.SplitAfter(string(b), "\n")
	w.t.Logf("the board's last words:\n%s\nwhat failed stands above these words", strings.Join(lines[max(0, len(lines)-200):], ""))
}

// customers buy at a machine until stop is called, which waits for the cup in the making:
// what is made stays as it is after it.
func (w *world) customers(m *machine, mean time.Duration) (stop func()) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	rng := rand.New(rand.NewPCG(w.seed, uint64(len(m.name))))
	wg.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(time.Duration(rng.ExpFloat64() * float64(mean))):
			}
			var onSale []int
			for _, s := range m.Truth().Slots {
				if s.Enabled {
					onSale = append(onSale, s.Number)
				}
			}
			if len(onSale) == 0 {
				continue
			}
			o := sim.Order{Slot: onSale[rng.IntN(len(onSale))], Brew: time.Duration(rng.IntN(100)) * time.Millisecond, Kind: device.CupSale,
				Payment: []device.Payment{device.PaymentCash, device.PaymentCard, device.PaymentBadge}[rng.IntN(3)], Badge: "B-17"}
			if o.Payment != device.PaymentBadge {
				o.Badge = ""
			}
			if rng.IntN(10) == 0 {
				o.Kind, o.Payment, o.Badge = device.CupFree, device.PaymentNone, ""
			}
			_, _ = m.Buy(o) // whoever is refused goes without
		}
	})
	return func() {
		close(done)
		wg.Wait()
		w.until("the last cup at "+m.name+" is finished", patience, func() bool { return m.Truth().State != device.StateBrewing.String() })
	}
}
