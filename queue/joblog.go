package queue

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"crema/store"
)

// What a handler writes with Job.Log, from the level info on, is kept with its job: so many lines, the last ones, and so many bytes.
const (
	logLines = 100
	logBytes = 16 << 10
	logLine  = 2 << 10 // of one line
)

// A LogLine is a line that a handler wrote with Job.Log.
type LogLine struct {
	Time  time.Time  `json:"time"` // by the queue's clock
	Level slog.Level `json:"level"`
	Run   uint64     `json:"run"`  // number of the job's run, from 1; runs that cost no attempt count too
	Text  string     `json:"text"` // the message and its attributes, as slog.TextHandler writes them
	// Dropped is above 0 in one line at most, the first: so many lines before the next are not kept. It has no other meaning.
	Dropped int `json:"dropped,omitempty"`
}

// jobLog is a job's log at rest.
type jobLog struct {
	Dropped int       `json:"dropped,omitempty"`
	Lines   []LogLine `json:"lines"`
	// Run and Seq are of the last line: lines that come twice, from Steps that meet in one commit, are known by it.
	Run uint64 `json:"run"`
	Seq int    `json:"seq"`
}

// logBucket is written only for jobs that log: by the commits of Step and of the end of the run.
var logBucket = store.NewBucket[ID, jobLog]("queue.log", store.Uint64KeyOf[ID]())

// Log gives what the job's handlers wrote with Job.Log up to their last Step, or their end: the last 100 lines and 16 KiB at most. Where
// lines were dropped the first one says so. A job that wrote nothing has none; ErrNotFound is for one that is not there.
func (q *Queue) Log(tx *store.Tx, id ID) ([]LogLine, error) {
	l, ok, err := logBucket.Get(tx, id)
	switch {
	case err != nil:
		return nil, fmt.Errorf("log of job %s: %w", id, err)
	case !ok && !jobsBucket.Has(tx, id) && !hasEnded(tx, id):
		return nil, fmt.Errorf("log of job %s: %w", id, ErrNotFound)
	case l.Dropped == 0:
		return l.Lines, nil
	}
	first := LogLine{Text: fmt.Sprintf("%d earlier lines were not kept", l.Dropped), Dropped: l.Dropped}
	if len(l.Lines) > 0 {
		first.Time, first.Run = l.Lines[0].Time, l.Lines[0].Run
	}
	return append([]LogLine{first}, l.Lines...), nil
}

// bounded cuts the oldest off, and gives how many those were.
func bounded[L any](lines []L, size func(L) int) ([]L, int) {
	n, from := 0, len(lines)
	for from > 0 && len(lines)-from < logLines {
		if n += size(lines[from-1]); n > logBytes {
			break
		}
		from--
	}
	return lines[from:], from
}

func (l LogLine) size() int { return len(l.Text) + 64 }

// add puts a run's lines to those that are there.
func (l *jobLog) add(run uint64, lines []numbered) {
	if l.Run != run {
		l.Run, l.Seq = run, 0
	}
	for _, n := range lines {
		if n.seq <= l.Seq {
			continue
		}
		l.Dropped += n.seq - l.Seq - 1
		l.Seq = n.seq
		l.Lines = append(l.Lines, n.LogLine)
	}
	kept, dropped := bounded(l.Lines, LogLine.size)
	l.Lines, l.Dropped = kept, l.Dropped+dropped
}

func (l *jobLog) size() (n int) {
	for _, line := range l.Lines {
		n += line.size()
	}
	return n
}

// numbered is a line with its number in the run, from 1.
type numbered struct {
	LogLine
	seq int
}

// runLog is what a run has written and what no commit holds yet. It is the io.Writer of the run's text handler, which gives whole lines.
type runLog struct {
	r *run

	mu    sync.Mutex
	lines []numbered
	seq   int
	kept  int // size of the job's log as the last commit of this run has it; 0 if it wrote none
}

// Write takes a line of slog.TextHandler without a time: level=INFO msg="text" key=value.
func (l *runLog) Write(b []byte) (int, error) {
	level, rest, _ := strings.Cut(strings.TrimSuffix(string(b), "\n"), " ")
	line := LogLine{Time: l.r.q.clock.Now().UTC(), Run: l.r.stored.Lease}
	_ = line.Level.UnmarshalText([]byte(strings.TrimPrefix(level, "level="))) // slog wrote it
	rest = strings.TrimPrefix(rest, "msg=")
	if quoted, err := strconv.QuotedPrefix(rest); err == nil {
		text, _ := strconv.Unquote(quoted)
		rest = text + rest[len(quoted):]
	}
	line.Text = shortenTo(rest, logLine)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq++
	l.lines, _ = bounded(append(l.lines, numbered{line, l.seq}), func(n numbered) int { return n.size() })
	return len(b), nil
}

// write puts what is new into the job's log, and gives the log's size as far as this run knows it, else 0. Where nothing is new it touches
// nothing.
func (l *runLog) write(tx *store.Tx) (size int, err error) {
	if l == nil {
		return 0, nil
	}
	l.mu.Lock()
	lines, size := append([]numbered(nil), l.lines...), l.kept
	l.mu.Unlock()
	if len(lines) == 0 {
		return size, nil
	}
	log, _, err := logBucket.Get(tx, l.r.id)
	if err != nil {
		l.r.log().Warn("the job's log can't be read and begins anew", "error", err)
		log = jobLog{}
	}
	log.add(l.r.stored.Lease, lines)
	last := log.Seq
	size = log.size()
	tx.OnCommit(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.kept = size
		for len(l.lines) > 0 && l.lines[0].seq <= last {
			l.lines = l.lines[1:]
		}
	})
	return size, logBucket.Put(tx, l.r.id, log)
}

// logHandler keeps lines with the job and gives them to the program's logger too.
type logHandler struct {
	kept slog.Handler
	next slog.Handler
}

func (h logHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.kept.Enabled(ctx, level) || h.next.Enabled(ctx, level)
}

func (h logHandler) Handle(ctx context.Context, rec slog.Record) error {
	if h.kept.Enabled(ctx, rec.Level) {
		timeless := rec.Clone()
		timeless.Time = time.Time{}
		if err := h.kept.Handle(ctx, timeless); err != nil {
			return err
		}
	}
	if !h.next.Enabled(ctx, rec.Level) {
		return nil
	}
	return h.next.Handle(ctx, rec)
}

func (h logHandler) WithAttrs(as []slog.Attr) slog.Handler {
	return logHandler{h.kept.WithAttrs(as), h.next.WithAttrs(as)}
}

func (h logHandler) WithGroup(name string) slog.Handler {
	return logHandler{h.kept.WithGroup(name), h.next.WithGroup(name)}
}

// logger is the handler's own.
func (r *run) logger() *slog.Logger {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lines == nil {
		r.lines = &runLog{r: r}
	}
	kept := slog.NewTextHandler(r.lines, &slog.HandlerOptions{Level: slog.LevelInfo})
	return slog.New(logHandler{kept, r.log().Handler()})
}

// written gives the lines, or nil.
func (r *run) written() *runLog {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lines
}
