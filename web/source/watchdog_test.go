package source

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"crema/connectors"
	"crema/device/board"
	"crema/store"
	"crema/store/storetest"
)

func TestStuck(t *testing.T) {
	db, path := storetest.Open(t), t.TempDir()+"/watchdog"
	open := func() *board.Watchdog {
		t.Helper()
		d, err := board.OpenWatchdog(board.WatchdogOptions{Note: path})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	synctest.Test(t, func(t *testing.T) {
		d := open()
		defer d.Close()
		p := &Parts{Dog: d, Store: db}
		if err := p.stuckNow(); err != nil {
			t.Errorf("all is well: %v", err)
		}
		d.Loop("the queue")(time.Minute)
		time.Sleep(2 * time.Minute)
		if h := p.health(t.Context()); h.Status != "broken" || !strings.HasPrefix(h.FirstError, "the queue has made no progress since 00:01:00 UTC: start crema again") {
			t.Errorf("health is %+v", h)
		}
	})
	checkpoints := connectors.NewCheckpoints()
	for range 2 {
		d := open()
		if err := TellStuck(t.Context(), db, checkpoints, d); err != nil {
			t.Fatal(err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	err := db.View(func(tx *store.Tx) error {
		p, err := checkpoints.Get(tx, 1)
		if p.Model != ModelBoard || p.Record != "the queue" || p.Reason != ReasonStuck || !strings.Contains(p.Message, "so crema was started again") {
			t.Errorf("the checkpoint is %+v", p)
		}
		if n, _ := checkpoints.Open(tx); n != 1 {
			t.Errorf("%d checkpoints are open, want one", n)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
