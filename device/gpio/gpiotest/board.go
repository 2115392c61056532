package gpiotest

import (
	"sync"
	"time"

	"crema/device/gpio"
)

// Board is some lines, all high at first. It is safe for concurrent use.
type Board struct {
	// OnOutput is told each change that an output makes; set it before anything is opened.
	OnOutput func(name string, high bool)

	began time.Time
	mu    sync.Mutex
	lines map[string]*line
	fails func(Call, string) error
}

// New is a board with these lines.
func New(names ...string) *Board {
	b := &Board{began: time.Now(), lines: map[string]*line{}}
	for _, name := range names {
		b.lines[name] = &line{b: b, name: name, high: true, steady: true}
	}
	return b
}

type line struct {
	b      *Board
	name   string
	high   bool
	steady bool // the level after debouncing
	holder string
	output bool
	o      gpio.InputOptions
	seqno  uint32
	lose   int
	timer  *time.Timer
	calls  sync.Mutex // of the handler
}

// Drive makes a line high or low from outside; its edges are told before it returns, unless
// they are debounced.
func (b *Board) Drive(name string, high bool) {
	b.mu.Lock()
	l := b.lines[name]
	changed := l.high != high
	l.high = high
	if !changed {
		b.mu.Unlock()
		return
	}
	if l.o.Debounce > 0 {
		if l.timer != nil {
			l.timer.Stop()
		}
		l.timer = time.AfterFunc(l.o.Debounce, l.settle)
		b.mu.Unlock()
		return
	}
	b.mu.Unlock()
	l.settle()
}

// settle takes the level as it is, and tells the edge.
func (l *line) settle() {
	l.calls.Lock()
	defer l.calls.Unlock()
	l.b.mu.Lock()
	high, o := l.high, l.o
	changed := l.steady != high
	l.steady = high
	told := changed && l.holder != "" && o.OnEdge != nil && !high
	if told {
		l.seqno++
	}
	if told && l.lose > 0 {
		l.lose--
		told = false
	}
	e := gpio.Edge{At: time.Since(l.b.began), Seqno: l.seqno}
	l.b.mu.Unlock()
	if told {
		o.OnEdge(e)
	}
}

// Lose drops the next n edges of a line, as a kernel does whose queue is full.
func (b *Board) Lose(name string, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines[name].lose = n
}

// Take has somebody else hold a line; "" gives it back.
func (b *Board) Take(name, holder string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines[name].holder = holder
}

// High is the level of a line.
func (b *Board) High(name string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lines[name].high
}

// Held tells whether a line is open.
func (b *Board) Held(name string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lines[name].holder != ""
}

func (b *Board) open(name string, o gpio.InputOptions, output bool) (*line, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.lines[name]
	switch {
	case l == nil:
		return nil, &gpio.NoLineError{Line: name, Why: "the test's board does not have it"}
	case l.holder != "":
		return nil, &gpio.InUseError{Line: name, Consumer: l.holder}
	}
	l.holder, l.o, l.output, l.seqno, l.steady = "crema", o, output, 0, l.high
	return l, nil
}

// Input opens an input.
func (b *Board) Input(name string, o gpio.InputOptions) (gpio.Input, error) {
	if err := b.failure(Open, name); err != nil {
		return nil, err
	}
	l, err := b.open(name, o, false)
	if err != nil {
		return nil, err
	}
	return l, nil
}

// Output opens an output.
func (b *Board) Output(name string) (gpio.Output, error) {
	if err := b.failure(Open, name); err != nil {
		return nil, err
	}
	l, err := b.open(name, gpio.InputOptions{}, true)
	if err != nil {
		return nil, err
	}
	l.become(true)
	return l, nil
}

func (l *line) High() (bool, error) {
	if err := l.b.failure(Read, l.name); err != nil {
		return false, err
	}
	l.b.mu.Lock()
	defer l.b.mu.Unlock()
	return l.steady, nil
}

func (l *line) Set(high bool) error {
	call := SetLow
	if high {
		call = SetHigh
	}
	if err := l.b.failure(call, l.name); err != nil {
		return err
	}
	l.become(high)
	return nil
}

// become is a change of level that an output makes.
func (l *line) become(high bool) {
	l.b.mu.Lock()
	changed := l.high != high
	l.high, l.steady = high, high
	tell := l.b.OnOutput
	l.b.mu.Unlock()
	if changed && tell != nil {
		tell(l.name, high)
	}
}

func (l *line) Close() error {
	var err error
	if l.output {
		err = l.Set(true)
	}
	l.calls.Lock() // the last call of the handler has returned
	defer l.calls.Unlock()
	l.b.mu.Lock()
	defer l.b.mu.Unlock()
	l.holder, l.o, l.output = "", gpio.InputOptions{}, false
	return err
}
