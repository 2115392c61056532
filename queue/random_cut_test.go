package queue_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing/synctest"

	"crema/store"
)

// A tape keeps what is in a store's file before each of its commits.
type tape struct {
	path   string
	mu     sync.Mutex
	on     bool
	images [][]byte
}

// stamp is called by the store at the end of each transaction that wrote something, before it goes to disk.
func (t *tape) stamp(*store.Tx) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.on {
		return nil
	}
	image, err := os.ReadFile(t.path)
	t.images = append(t.images, image)
	return err
}

func (t *tape) start() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.on, t.images = true, nil
}

// end gives the states of the file before, between and after the commits.
func (t *tape) end() ([][]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.on = false
	if len(t.images) == 0 {
		return nil, nil
	}
	image, err := os.ReadFile(t.path)
	return append(t.images, image), err
}

// cut takes the power away between two commits.
func (r *random) cut() string {
	path := r.newFile()
	f, err := os.Create(path)
	if err != nil {
		r.Fatal(err)
	}
	_, err = r.store.Snapshot(context.Background(), f)
	if err := errors.Join(err, f.Close()); err != nil {
		r.Fatal(err)
	}
	r.goOnFrom(path, r.m)
	return "power cut" + r.about()
}

// crashLoop takes the power away so often that what runs is parked.
func (r *random) crashLoop() string {
	for range 4 {
		r.note(r.cut())
		r.m.prune()
		r.compare()
	}
	return r.cut()
}

func (r *random) newFile() string {
	r.files++
	return filepath.Join(r.dir, fmt.Sprintf("cut-%d.db", r.files))
}

// goOnFrom starts a program on what a cut has left at path, which is what was has.
func (r *random) goOnFrom(path string, was *model) {
	old := r.store.Path()
	r.close()
	was.now(r.m)
	r.m = was
	if err := os.Remove(old); err != nil {
		r.Fatal(err)
	}
	r.openStore(path)
	r.m.cut()
	r.program()
	r.open()
}

// stepCut does one operation and takes the power away in the middle of its first commit, or at the end of its last one.
func (r *random) stepCut() {
	before := r.m.clone()
	r.armed = true
	r.tape.start()
	op := r.step()
	r.armed = false
	synctest.Wait()
	images, err := r.tape.end()
	if err != nil {
		r.Fatal(err)
	}
	r.note(op)
	r.compare()
	commits := len(images) - 1
	if commits < 1 {
		return
	}
	left, was := images[commits], r.m
	what := fmt.Sprintf("power cut after the last of %d commits", commits)
	if r.IntN(4) > 0 {
		left, what = torn(r.Rand, images[0], images[1])
		what = fmt.Sprintf("power cut in the first of %d commits: %s", commits, what)
		was = before
		r.cuts++
	}
	path := r.newFile()
	if err := os.WriteFile(path, left, 0o600); err != nil {
		r.Fatal(err)
	}
	r.goOnFrom(path, was)
	r.m.prune()
	r.note(what + r.about())
}

const (
	page   = 4096
	sector = 512
)

// torn is what a commit leaves on the disk that is cut short. It writes its pages, which no reader sees, in any order and waits for the disk; then
// it writes one of the two first pages, by which the others count.
func torn(r *rand.Rand, before, after []byte) (left []byte, what string) {
	after = append(slices.Clone(after), make([]byte, -len(after)&(page-1))...) // the store's file may end within a page
	left = make([]byte, max(len(before), len(after)))
	copy(left, before)
	var pages, heads []int
	for at := 0; at < len(after); at += page {
		switch {
		case bytes.Equal(left[at:at+page], after[at:at+page]):
		case at < 2*page:
			heads = append(heads, at)
		default:
			pages = append(pages, at)
		}
	}
	if len(heads) == 1 && r.IntN(3) == 0 {
		for _, at := range pages {
			copy(left[at:at+page], after[at:])
		}
		last := heads[0] + page
		for left[last-1] == after[last-1] {
			last--
		}
		n := r.IntN(last - heads[0])
		copy(left[heads[0]:heads[0]+n], after[heads[0]:])
		return left, fmt.Sprintf("all %d pages, %d bytes of the head", len(pages), n)
	}
	written := 0
	for _, i := range r.Perm(len(pages))[:r.IntN(len(pages)+1)] {
		n := page
		if r.IntN(3) == 0 {
			n = sector * r.IntN(page/sector)
		}
		copy(left[pages[i]:pages[i]+n], after[pages[i]:])
		written++
	}
	return left, fmt.Sprintf("%d of %d pages", written, len(pages))
}
