package shopsign

import (
	"slices"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/coffee"
	"crema/connectors/connectortest"
	"crema/queue"
	"crema/store"
)

// TestSign is a sign's life: prices get there, a changed one at once, a removed line again;
// a press of the button is told once.
func TestSign(t *testing.T) {
	for _, kind := range []*connectors.Kind{Sign1, Sign2} {
		t.Run(kind.VersionName(), func(t *testing.T) {
			sign := newServer(t)
			demo, client := newOdoo(t)
			board := connectortest.NewBoard(t)
			board.Seal(t, "hall", "token", token)

			host := connectors.NewHost(board.Environment)
			host.Add(New(host, client))
			called := connectortest.Record(t, board.Events, StaffCalled)
			if err := host.Check(); err != nil {
				t.Fatal(err)
			}
			if err := host.Sync(t.Context(), []connectors.Backend{sign.backend(kind)}); err != nil {
				t.Fatal(err)
			}
			if findings, err := host.Test(t.Context(), "hall"); err != nil || len(findings) > 0 {
				t.Fatalf("the test finds %+v, %v", findings, err)
			}

			start := func(flow string) queue.Info {
				t.Helper()
				job := board.Start(t, host, "hall", flow)
				if job.State != queue.StateDone {
					t.Fatalf("the job of %s is %s: %s", flow, job.State, job.Error)
				}
				return job
			}
			start("prices")
			want := []string{"Cappuccino 1.80", "Double espresso 1.90", "Espresso 1.20", "Hot water 0.50", "Latte macchiato 2.10", "Lungo 1.40"}
			if got := sign.shown(); !slices.Equal(got, want) {
				t.Errorf("the sign shows %q, want %q", got, want)
			}

			// The coffee machine's catalogue has found another price.
			first := productOf(t, board, "0")
			demo.SetPrice(first, 9.99)
			err := board.Store.Update(t.Context(), func(tx *store.Tx) error {
				return connectors.PublishFact(tx, board.Events, coffee.DrinkWritten, connectors.Event[connectors.RecordEvent[coffee.Drink]]{
					Data: connectors.RecordEvent[coffee.Drink]{Record: coffee.Drink{Product: first}}})
			})
			if err != nil {
				t.Fatal(err)
			}
			board.RunUntilIdle(t)
			if got := sign.shown(); !slices.ContainsFunc(got, func(line string) bool { return strings.HasSuffix(line, " 9.99") }) {
				t.Errorf("the sign shows %q", got)
			}

			// Somebody presses the button, twice.
			for _, presses := range []int{1, 0, 1} {
				for range presses {
					sign.press(board.Now())
				}
				start("presses")
				start("presses") // finds it again, since the sign's clock may differ
				board.Jobs.Clock.Advance(time.Minute)
			}
			if got := called.Got(); len(got) != 2 || got[0].Data.Number != 1 || got[1].Data.Number != 2 || got[1].Origin != "hall" {
				t.Errorf("the staff was called %+v", got)
			}
			if open := board.Open(t); len(open) != 1 || open[0].Reason != "staff_called" {
				t.Errorf("the checkpoints are %+v", open)
			}
		})
	}
}

// productOf is the product that a line is bound to.
func productOf(t testing.TB, b *connectortest.Board, line string) (id int64) {
	t.Helper()
	if err := b.Store.View(func(tx *store.Tx) (err error) {
		id, _, err = connectors.NewBinder("hall", ModelProduct).ToOdoo(tx, line)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return id
}
