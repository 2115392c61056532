package web_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// browserWait bounds everything that is waited for in the browser.
const browserWait = 90 * time.Second // two shared cores may be busy with other tests

// chromium is a real browser without a window, driven over its debugging pipe.
type chromium struct {
	t       testing.TB
	in      io.Writer
	session string

	mu      sync.Mutex
	next    int
	answers map[int]chan json.RawMessage
	loaded  chan struct{}
	errors  []string // what the page's console complained of
}

// startChromium starts the browser, or skips the test and says what is missing.
// CREMA_BROWSER names another browser and makes its absence an error.
func startChromium(t testing.TB, flags ...string) *chromium {
	t.Helper()
	path, required := os.LookupEnv("CREMA_BROWSER")
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil && path == "" {
			path = found
		}
	}
	if path == "" && required {
		t.Fatal("CREMA_BROWSER is set and there is no chromium: apt-get install chromium")
	}
	if path == "" {
		t.Skip("no chromium here: apt-get install chromium, or set CREMA_BROWSER to a browser of its kind")
	}
	flags = append(flags, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--no-first-run", "--hide-scrollbars", "--remote-debugging-pipe",
		"--user-data-dir="+t.TempDir(), "about:blank")
	cmd := exec.Command(path, flags...)
	childIn, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, childOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.ExtraFiles = []*os.File{childIn, childOut} // the browser's 3 and 4
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	_ = childIn.Close()
	_ = childOut.Close()
	b := &chromium{t: t, in: in, answers: map[int]chan json.RawMessage{}, loaded: make(chan struct{}, 16)}
	read := make(chan struct{})
	go func() { defer close(read); b.read(out) }()
	t.Cleanup(func() {
		b.send("", "Browser.close", nil) // it may be gone already
		_ = in.Close()
		timer := time.AfterFunc(5*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		timer.Stop()
		_ = out.Close()
		<-read
	})

	var target struct{ TargetID string }
	b.call("", "Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.call("", "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		b.call(b.session, domain+".enable", nil, nil)
	}
	return b
}

// read takes the browser's messages, which end with a zero byte.
func (b *chromium) read(out io.Reader) {
	r := bufio.NewReader(out)
	for {
		line, err := r.ReadBytes(0)
		if err != nil {
			return
		}
		var m struct {
			ID     int
			Method string
			Params struct {
				Entry            struct{ Level, Text, URL string }
				ExceptionDetails struct {
					Text, URL  string
					LineNumber int
					Exception  struct{ Description string }
				}
			}
		}
		line = bytes.TrimRight(line, "\x00")
		if json.Unmarshal(line, &m) != nil {
			continue
		}
		b.mu.Lock()
		switch m.Method {
		case "Page.loadEventFired":
			select {
			case b.loaded <- struct{}{}:
			default:
			}
		case "Log.entryAdded":
			if m.Params.Entry.Level == "error" {
				b.errors = append(b.errors, m.Params.Entry.Text+" "+m.Params.Entry.URL)
			}
		case "Runtime.exceptionThrown":
			e := m.Params.ExceptionDetails
			b.errors = append(b.errors, fmt.Sprintf("%s %s at %s:%d", e.Text, e.Exception.Description, e.URL, e.LineNumber+1))
		}
		if c := b.answers[m.ID]; c != nil {
			delete(b.answers, m.ID)
			c <- json.RawMessage(line)
		}
		b.mu.Unlock()
	}
}

func (b *chromium) send(session, method string, params any) chan json.RawMessage {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next++
	c := make(chan json.RawMessage, 1)
	b.answers[b.next] = c
	m := map[string]any{"id": b.next, "method": method}
	if params != nil {
		m["params"] = params
	}
	if session != "" {
		m["sessionId"] = session
	}
	body, err := json.Marshal(m)
	if err == nil {
		_, _ = b.in.Write(append(body, 0))
	}
	return c
}

func (b *chromium) call(session, method string, params, result any) {
	b.t.Helper()
	var answer struct {
		Result json.RawMessage
		Error  *struct{ Message string }
	}
	select {
	case raw := <-b.send(session, method, params):
		if err := json.Unmarshal(raw, &answer); err != nil {
			b.t.Fatalf("%s: %v", method, err)
		}
	case <-time.After(browserWait):
		b.t.Fatalf("%s: the browser does not answer", method)
	}
	if answer.Error != nil {
		b.t.Fatalf("%s: %s", method, answer.Error.Message)
	}
	if result != nil {
		if err := json.Unmarshal(answer.Result, result); err != nil {
			b.t.Fatalf("%s: %v", method, err)
		}
	}
}

// open goes to a URL and waits until it is loaded.
func (b *chromium) open(url string) {
	b.t.Helper()
	for len(b.loaded) > 0 {
		<-b.loaded
	}
	b.call(b.session, "Page.navigate", map[string]any{"url": url}, nil)
	select {
	case <-b.loaded:
	case <-time.After(browserWait):
		b.t.Fatalf("open %s: it does not load", url)
	}
}

// eval runs a script in the page and returns what it evaluates to.
func (b *chromium) eval(script string, args ...any) string {
	b.t.Helper()
	var got struct {
		Result           struct{ Value any }
		ExceptionDetails *struct {
			Exception struct{ Description, Value string }
		}
	}
	b.call(b.session, "Runtime.evaluate", map[string]any{
		"expression": fmt.Sprintf(script, args...), "awaitPromise": true, "returnByValue": true, "userGesture": true}, &got)
	if e := got.ExceptionDetails; e != nil {
		b.t.Fatalf("script %q: %s%s", script, e.Exception.Description, e.Exception.Value)
	}
	return fmt.Sprint(got.Result.Value)
}

// until waits until a condition of the page holds, however the page gets there.
func (b *chromium) until(condition string, args ...any) {
	b.t.Helper()
	condition = fmt.Sprintf(condition, args...)
	quoted, err := json.Marshal(condition + " does not come true")
	if err != nil {
		b.t.Fatal(err)
	}
	script := `new Promise((yes, no) => {
		const watch = new MutationObserver(() => look());
		const look = () => {
			try { if (!(` + condition + `)) return } catch { return } // what it looks for is not there yet
			watch.disconnect();
			yes(true);
		};
		watch.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
		look();
		setTimeout(() => no(` + string(quoted) + ` + ": " + document.body.innerText.slice(0, 600)), 60000);
	})`
	b.eval("%s", script)
}

// follow does what leads to another page, and waits for that page.
func (b *chromium) follow(script string, args ...any) {
	b.t.Helper()
	for len(b.loaded) > 0 {
		<-b.loaded
	}
	b.eval(script, args...)
	select {
	case <-b.loaded:
	case <-time.After(browserWait):
		b.t.Fatalf("%s leads nowhere", script)
	}
}

// screen sets the size of the window and the colours that are preferred.
func (b *chromium) screen(width, height int, scheme string) {
	b.t.Helper()
	b.call(b.session, "Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}, nil)
	b.call(b.session, "Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
}

// picture takes a picture of the whole page.
func (b *chromium) picture() []byte {
	b.t.Helper()
	var got struct{ Data string }
	b.call(b.session, "Page.captureScreenshot", map[string]any{"format": "png", "captureBeyondViewport": true}, &got)
	png, err := base64.StdEncoding.DecodeString(got.Data)
	if err != nil {
		b.t.Fatal(err)
	}
	return png
}

// complaints is what the console said since the last call, for example that the
// content policy was broken.
func (b *chromium) complaints() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := strings.Join(b.errors, "\n")
	b.errors = nil
	return all
}
