package board

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"crema/device"
)

func cents(price float64) int64 { return int64(math.Round(price * 100)) }

// perCall connects for each call: a board that restarted knows nothing of a connection that was kept.
var perCall = &http.Transport{DisableKeepAlives: true}

// errOff is what a board that is off answers.
var errOff = errors.New("the board is off")

// api calls the running board; result may be nil.
func (w *world) api(method, path string, result any) error { return w.send(method, path, "", result) }

// send is api with a body, in JSON.
func (w *world) send(method, path, body string, result any) error {
	says, err := w.fetch(method, "/api/v1/"+path, body)
	if err != nil || result == nil {
		return err
	}
	return json.Unmarshal(says, result)
}

// fetch asks the board for something, by its token.
func (w *world) fetch(method, path, body string) ([]byte, error) {
	if w.emu == nil {
		return nil, errOff
	}
	if w.token == "" {
		token, err := w.emu.ask("read", "/data/crema/api.token")
		if err != nil {
			return nil, err
		}
		w.token = strings.TrimSpace(token)
	}
	request, err := http.NewRequestWithContext(w.ctx, method, w.emu.url(path), strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+w.token)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	answer, err := (&http.Client{Timeout: 5 * time.Minute, Transport: perCall}).Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	says, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, says)
	}
	return says, err
}

// A health is what /healthz says, whatever its status.
type health struct {
	Status     string `json:"status"`
	FirstError string `json:"first_error"`
}

// health asks the board how it is; where that is off it says so, and where it doesn't answer it is zero.
func (w *world) health() (h health) {
	if w.emu == nil {
		return health{FirstError: errOff.Error()}
	}
	answer, err := (&http.Client{Timeout: 5 * time.Second, Transport: perCall}).Get(w.emu.url("/healthz"))
	if err != nil {
		return health{}
	}
	defer answer.Body.Close()
	if json.NewDecoder(answer.Body).Decode(&h) != nil {
		return health{}
	}
	return h
}

// A cup as a machine and the books both name it.
type cup struct {
	pos   int // 0: the lobby's; 1: the kitchen's
	drink string
	cents int64
}

// made is what the machines made.
func (w *world) made() map[cup]int {
	total := map[cup]int{}
	for pos, m := range []*cable{w.lobby, w.kitchen} {
		for _, c := range m.Truth().Cups {
			price := c.Price.Amount
			if m == w.kitchen && c.Kind != device.CupSale { // the 1900 can't tell paid cups from others
				price = 0
			}
			total[cup{pos, c.Name, price}]++
		}
	}
	return total
}

// booked is what stands in Odoo; an error where something is there twice.
func (w *world) booked() (map[cup]int, error) {
	total, seen := map[cup]int{}, map[string]bool{}
	for _, o := range w.odoo.Orders() {
		if seen[o.UUID] || len(o.Products) != 1 {
			return nil, fmt.Errorf("order %s is booked twice or has %d lines", o.UUID, len(o.Products))
		}
		seen[o.UUID] = true
		pos, drink := slices.Index(w.pos[:], o.Config), slices.Index(w.products, o.Products[0])
		if pos < 0 || drink < 0 {
			return nil, fmt.Errorf("order %s is of another machine or drink: %+v", o.UUID, o)
		}
		total[cup{pos, drinks[drink].Name, cents(o.Total)}]++
	}
	return total, nil
}

func count(cups map[cup]int) (n int) {
	for _, c := range cups {
		n += c
	}
	return n
}

// settled waits until each cup that was made is booked once, as that drink at that price, and nothing else is; then the board
// is asked for its own opinion.
func (w *world) settled(limit time.Duration) error {
	made := w.made()
	var wrong error
	if err := w.until("every cup is booked", limit, func() bool {
		booked, err := w.booked()
		wrong = err
		return err != nil || count(booked) >= count(made)
	}); err != nil {
		booked, _ := w.booked()
		return fmt.Errorf("%d cups were made, %d are booked, waiting: %s, for a person to look at: %s: %w", count(made), count(booked), w.unbooked(), w.checkpoints(), err)
	}
	if wrong != nil {
		return wrong
	}
	booked, err := w.booked()
	if err != nil {
		return err
	}
	if !maps.Equal(made, booked) {
		return fmt.Errorf("made %v, booked %v", made, booked)
	}
	var report struct {
		OK       bool
		Findings []struct{ Text string }
	}
	if err := w.api("POST", "check", &report); err != nil {
		return err
	}
	if !report.OK {
		return fmt.Errorf("the board's own check finds %v", report.Findings)
	}
	return nil
}

// notTooMany wants that no drink is booked more often than it was made, at whatever price.
func (w *world) notTooMany() error {
	booked, err := w.booked()
	if err != nil {
		return err
	}
	left := map[cup]int{}
	for c, n := range w.made() {
		left[cup{c.pos, c.drink, 0}] += n
	}
	for c, n := range booked {
		of := cup{c.pos, c.drink, 0}
		if left[of] -= n; left[of] < 0 {
			return fmt.Errorf("more are booked than were made: made %v, booked %v", w.made(), booked)
		}
	}
	return nil
}

// lacks is a control: a second from now cups must still be missing in the books.
func (w *world) lacks(though string) error {
	if err := w.pass(time.Second); err != nil {
		return err
	}
	booked, err := w.booked()
	if err == nil && count(booked) >= count(w.made()) {
		err = fmt.Errorf("the control: the books are right, though %s", though)
	}
	return err
}

// checkpoints are what the board wants a person to look at.
func (w *world) checkpoints() string {
	var page struct {
		Items []struct{ Backend, Reason, Message string }
	}
	if err := w.api("GET", "checkpoints?open=true&limit=20", &page); err != nil {
		return err.Error()
	}
	return fmt.Sprint(page.Items)
}

// unbooked are the cups that the board has and Odoo has not, as its ledger tells of them.
func (w *world) unbooked() string {
	var page struct{ Items []json.RawMessage }
	if err := w.api("GET", "cups?state=seen&limit=20", &page); err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s", page.Items)
}
