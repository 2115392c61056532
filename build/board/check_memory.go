package board

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// checkMemory runs boards with little memory, whose store has what a long life leaves, and wants that crema keeps little of it in memory: on an empty
// store it has some 18 MB of its own. The control is a crema that keeps
// as much memory of its own as it may take at most: the kernel must end it.
func checkMemory(ctx context.Context, r *rig) error {
	path, err := r.grown()
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	r.say("a store with %d finished jobs and %d sales has %d MB", r.age().jobs, r.age().cups, info.Size()>>20)
	sizes := []int{128}
	if r.nightly {
		sizes = append(sizes, 256, 512)
	}
	for _, memory := range sizes {
		if err := r.little(ctx, path, memory); err != nil {
			return fmt.Errorf("%d MB: %w", memory, err)
		}
	}
	return r.hoards(ctx, sizes[0])
}

// boardOfYears is a world whose board has been there for years.
func (r *rig) boardOfYears(ctx context.Context, path string, part uint64) (*world, error) {
	return r.newWorld(ctx, part, setting{size: 768, contents: map[string]string{"crema/crema.db": path}})
}

func (r *rig) little(ctx context.Context, path string, memory int) (err error) {
	w, err := r.boardOfYears(ctx, path, uint64(1000+memory))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.boot(func(b *boot, _ *disk) { b.memory = memory }); err != nil {
		return err
	}
	page, err := w.emu.page(ctx, 20*time.Second)
	if err != nil {
		return err
	}
	if err := inTurn(w.ready, w.sold(w.kitchen, 4), w.sold(w.lobby, 4), with(w.settled, time.Minute)); err != nil {
		return err
	}
	used, err := w.emu.process()
	if err != nil {
		return err
	}
	r.say("%d MB: page after %s, cups booked, resident %d MB, of which %d MB are its own and the rest can be dropped", memory, page.Round(10*time.Millisecond), used.Resident>>20, used.Own>>20)
	return errors.Join(within("own memory, MB", float64(used.Own)/(1<<20), 35), w.off())
}

// hoards is the control.
func (r *rig) hoards(ctx context.Context, memory int) (err error) {
	if r, err = r.changed("hoarding"); err != nil {
		return err
	}
	w, err := r.newWorld(ctx, 51, setting{fair: []string{"Out of memory", "the program ended"}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.boot(func(b *boot, _ *disk) { b.memory = memory }); err != nil {
		return err
	}
	const words = "Out of memory: Killed process"
	if err := w.says(words, time.Minute); err != nil {
		return fmt.Errorf("the control, a crema that hoards memory: %w", err)
	}
	_, line, _ := strings.Cut(w.emu.console(), words)
	line, _, _ = strings.Cut(line, "\n")
	if !strings.Contains(line, "(crema)") {
		return fmt.Errorf("the control: for want of memory was killed %s", line)
	}
	r.say("control: a crema that keeps 96 MB: %s%s", words, line)
	return nil
}
