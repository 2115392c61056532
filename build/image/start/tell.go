package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// says is the file on the card that tells what came of the others.
const says = "crema-says.txt"

// tellCard writes what was said onto the card, unless it stands there.
func tellCard(dir, said string) error {
	path := filepath.Join(dir, says)
	if now, err := os.ReadFile(path); err == nil && string(now) == said {
		return nil
	}
	return os.WriteFile(path, []byte(said), 0o600)
}

// hold shows what was said in place of crema's page, until ctx ends.
func hold(ctx context.Context, l net.Listener, said string) error {
	text := "crema does not run on this board now.\n\n" + said +
		"\nSwitch the board off, put its card into a computer, and see crema-readme.txt there. Then start it again.\n"
	page := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusServiceUnavailable) // whoever watches the board's health sees it too
		io.WriteString(w, text)
	})}
	defer context.AfterFunc(ctx, func() { page.Close() })()
	if err := page.Serve(l); ctx.Err() == nil {
		return err
	}
	return nil
}

// tellAddresses says on the console where the page is, each time that this changes, and each five minutes, as other texts push it
// off the screen.
func tellAddresses(ctx context.Context, console io.Writer) {
	told, at := "", time.Now()
	for ctx.Err() == nil {
		all, _ := net.InterfaceAddrs() // without, there is nothing to tell
		if now := pages(all); now != "" && (now != told || time.Since(at) >= 5*time.Minute) {
			fmt.Fprintf(console, "\ncrema: the page is at %s\n", now)
			told, at = now, time.Now()
		}
		wait(ctx, 5*time.Second)
	}
}

// pages are the addresses that others reach the board by.
func pages(all []net.Addr) string {
	var urls []string
	for _, addr := range all {
		if ip, ok := addr.(*net.IPNet); ok && ip.IP.To4() != nil && ip.IP.IsGlobalUnicast() {
			urls = append(urls, "http://"+ip.IP.String())
		}
	}
	slices.Sort(urls)
	return strings.Join(urls, ", ")
}
