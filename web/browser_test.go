package web_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"crema/web"
	"crema/web/webtest"
)

// TestPictures looks at the page as people have it: wide and narrow, by day and by
// night. CREMA_SCREENSHOTS names a directory to keep the pictures in.
func TestPictures(t *testing.T) {
	browser := startChromium(t)
	for name, board := range map[string]*webtest.Board{"well": webtest.Sample(), "trouble": webtest.Troubled(), "empty": webtest.Empty()} {
		srv := web.New(web.Config{Location: zurich(t)}, board.Deps())
		site := httptest.NewServer(srv.Handler())
		browser.open(site.URL + srv.LoginPath())
		for _, width := range []int{1280, 820, 390} {
			for _, scheme := range []string{"light", "dark"} {
				browser.screen(width, 900, scheme)
				if wide := browser.eval("document.documentElement.scrollWidth"); wide != fmt.Sprint(width) {
					t.Errorf("%s at %d px is %s px wide: it scrolls sideways", name, width, wide)
				}
				keep(t, fmt.Sprintf("%s-%d-%s.png", name, width, scheme), browser.picture())
			}
		}
		browser.screen(390, 800, "light")
		browser.eval("fetch('/logout', {method: 'POST'}).then(() => 1)")
		browser.open(site.URL + "/login")
		keep(t, "login.png", browser.picture())
		browser.open(site.URL + "/nowhere")
		keep(t, "error.png", browser.picture())
		browser.open("about:blank")
		site.Close()
	}
}

func keep(t *testing.T, name string, png []byte) {
	t.Helper()
	dir := os.Getenv("CREMA_SCREENSHOTS")
	if dir == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(dir, name), png, 0o644); err != nil {
		t.Error(err)
	}
}
