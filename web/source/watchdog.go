package source

import (
	"context"
	"fmt"

	"crema/connectors"
	"crema/device/board"
	"crema/store"
)

// ModelBoard is the model of checkpoints about the board itself.
const ModelBoard = "board"

// ReasonStuck is the checkpoint of a loop of crema that made no progress; the record is its
// name, "kernel" where the board was restarted and no loop of crema's is to blame.
const ReasonStuck = "stuck"

// TellStuck opens a checkpoint about why the watchdog had crema restarted, if it had.
func TellStuck(ctx context.Context, db *store.Store, checkpoints *connectors.Checkpoints, dog *board.Watchdog) error {
	s, ok := dog.Last()
	if !ok {
		return nil
	}
	p := connectors.Checkpoint{Model: ModelBoard, Record: s.Loop, Reason: ReasonStuck, Message: stuckWords(s, dog.SameBoot(s))}
	if s.Loop == "" {
		p.Record = "kernel"
	}
	err := db.Update(ctx, func(tx *store.Tx) error {
		_, err := checkpoints.OpenCheckpoint(tx, p)
		return err
	})
	if err != nil {
		return err
	}
	return dog.Told()
}

// stuckWords says what happened and what to do.
func stuckWords(s board.Stuck, sameBoot bool) string {
	if s.Loop == "" {
		return "The board's watchdog restarted it, as it heard nothing from crema any more, and nothing was noted before: the kernel hung, or crema was gone. " +
			"Nothing is lost. If it comes again, look at the board's power supply and card."
	}
	what := "the board was restarted"
	if sameBoot {
		what = "crema was started again"
	}
	text := fmt.Sprintf("A part of crema, %s, made no progress from %s on, so %s. Nothing is lost. If it comes again, report this with crema's log; a card that stands still does it too.",
		s.Loop, s.Since.Format("2006-01-02 15:04:05 MST"), what)
	if s.Doing != "" {
		text += " It was in " + s.Doing + "."
	}
	return text
}

// stuckNow says which loop makes no progress; nil while all do.
func (p *Parts) stuckNow() error {
	if p.Dog == nil {
		return nil
	}
	stuck := p.Dog.Stuck()
	if len(stuck) == 0 {
		return nil
	}
	then := "start crema again"
	if p.Dog.Restarts() {
		then = "the board restarts by itself"
	}
	return fmt.Errorf("%s has made no progress since %s: %s", stuck[0].Loop, stuck[0].Since.Format("15:04:05 MST"), then)
}
