package command

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"crema/web/client"
)

// meterAfter is how long something takes before it is worth a line on the terminal.
const meterAfter = time.Second

// meter shows on a terminal how far a backup is. It counts what is written to it.
type meter struct {
	to    io.Writer // nil: nobody looks
	all   int64     // bytes in the end; 0: not known
	bytes int64
	shown time.Time
}

// newMeter shows the progress on standard error, if that is a terminal.
func newMeter(ctx context.Context, board *client.Client) *meter {
	p := &meter{shown: time.Now()}
	if isTerminal(os.Stderr) {
		p.to, p.all = os.Stderr, size(ctx, board)
	}
	return p
}

func (p *meter) Write(b []byte) (int, error) {
	p.bytes += int64(len(b))
	if p.to != nil && time.Since(p.shown) >= meterAfter {
		p.shown = time.Now()
		text := fmt.Sprintf("%d MB", p.bytes>>20)
		if p.all > 0 {
			text += fmt.Sprintf(" of about %d MB", p.all>>20)
		}
		fmt.Fprintf(p.to, "\r\x1b[K%s", text)
	}
	return len(b), nil
}

// end takes the line away.
func (p *meter) end() {
	if p.to != nil {
		fmt.Fprint(p.to, "\r\x1b[K")
	}
}
