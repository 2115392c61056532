package web

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// backupTimeout is how long one stretch of a backup may take to get to its reader: a
// reader that stands still would hold a read transaction, and the file would grow.
const backupTimeout = 30 * time.Second

// backup streams a hot snapshot. It has no length; one that fails on the way is cut
// off, so that no reader takes it for whole.
func (s *Server) backup(w http.ResponseWriter, r *http.Request) error {
	if _, err := queryOf(r); err != nil {
		return err
	}
	stream := &backupStream{w: w, name: s.backupName()}
	n, err := s.deps.Backup(r.Context(), stream)
	switch {
	case err == nil:
		s.log.Info("backup taken", "bytes", n, "from", r.RemoteAddr)
		return nil
	case !stream.begun:
		return err
	default:
		s.log.Error("backup cut off", "bytes", n, "err", err)
		panic(http.ErrAbortHandler)
	}
}

// backupName is a file name that sorts by time.
func (s *Server) backupName() string {
	host := strings.Map(func(r rune) rune {
		if r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, s.config.Hostname)
	if host == "" {
		host = "board"
	}
	return fmt.Sprintf("crema-%s-%s.db", host, s.now().UTC().Format("20060102T150405Z"))
}

// backupStream sends the headers with the first bytes only: an error before them is
// still answered as a problem.
type backupStream struct {
	w     http.ResponseWriter
	name  string
	begun bool
}

var _ io.Writer = (*backupStream)(nil)

func (b *backupStream) Write(p []byte) (int, error) {
	if !b.begun {
		b.begun = true
		b.w.Header().Set("Content-Type", "application/octet-stream")
		b.w.Header().Set("Content-Disposition", `attachment; filename="`+b.name+`"`)
	}
	takeTime(b.w, backupTimeout)
	return b.w.Write(p)
}
