package board

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// checkMemory runs boards with little memory, whose store has what a long life leaves. The control has less than a
// kernel and crema need.
func checkMemory(ctx context.Context, r *rig) error {
	path, err := r.grown()
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	r.say("a store with %d finished jobs and %d sales has %d MB", grownJobs, grownCups, info.Size()>>20)
	sizes := []int{128}
	if r.nightly {
		sizes = append(sizes, 256, 512)
	}
	for _, memory := range sizes {
		if err := r.little(ctx, path, memory); err != nil {
			return fmt.Errorf("%d MB: %w", memory, err)
		}
	}
	if err := r.little(ctx, path, 72); err == nil {
		return errors.New("the control: it works with 72 MB")
	}
	r.say("control: with 72 MB it doesn't work")
	return nil
}

func (r *rig) little(ctx context.Context, path string, memory int) (err error) {
	w, err := r.newWorld(ctx, uint64(50+memory), setting{size: 768, contents: map[string]string{"crema/crema.db": path}})
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
	if err := errors.Join(w.ready(), w.sell(w.kitchen, 4), w.sell(w.lobby, 4), w.settled(time.Minute)); err != nil {
		return err
	}
	all, err := w.emu.memory("VmRSS")
	if err != nil {
		return err
	}
	own, err := w.emu.memory("RssAnon")
	if err != nil {
		return err
	}
	r.say("%d MB: page after %s, cups booked, resident %d MB, of which %d MB are its own and the rest can be dropped", memory, page.Round(10*time.Millisecond), all>>10, own>>10)
	return w.off()
}
