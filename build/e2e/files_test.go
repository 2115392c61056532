package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"crema/connectors/remote/remotetest"
)

// TestFilesElsewhere has a board with a directory and a server to which files go, in its
// file: both are tested, with secrets whose files are deleted, and under another sealing
// key; a server that is another one is shown no credential, and no directory leads to the
// board's own keys. No secret is seen anywhere.
func TestFilesElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key, public := remotetest.NewKey(t, "the phrase of it")
	server := &remotetest.SSH{User: "crema", Key: public, Serve: remotetest.Files()}
	server.Start(t)
	share := t.TempDir()
	settings := server.Settings()
	fingerprint := settings["fingerprint"]
	configure := func(fingerprint string) {
		w.configure()
		config, err := os.ReadFile(filepath.Join(w.dir, "crema.toml"))
		if err != nil {
			t.Fatal(err)
		}
		w.write("crema.toml", string(config)+fmt.Sprintf(`
[[backend]]
name = "share"
type = "files"
version = "os"
directory = %q

[[backend]]
name = "office"
type = "files"
version = "sftp"
host = %q
port = %s
username = "crema"
private_key_file = "office.key"
private_key_password_file = "office.phrase"
fingerprint = %q
path = %[1]q

[[backend]]
name = "own"
type = "files"
version = "os"
directory = "data"
`, share, settings["host"], settings["port"], fingerprint))
	}
	configure(fingerprint)
	w.write("office.key", key)
	w.write("office.phrase", "the phrase of it\n")
	well := func(when string) {
		t.Helper()
		for _, name := range []string{"share", "office"} {
			w.cmd("backend", "test", name).expect(t, "backend test "+name+" "+when, 0, "all is well")
		}
	}
	w.start()
	w.up()
	well("at first")
	w.cmd("backend", "test", "own").expect(t, "backend test of the board's own directory", 1, "keys")

	if code, _ := w.end(syscall.SIGTERM); code != 0 {
		t.Errorf("the board ended with exit code %d", code)
	}
	for _, name := range []string{"office.key", "office.phrase"} {
		if err := os.Remove(filepath.Join(w.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	w.cmd("secret", "rotate").expect(t, "secret rotate", 0, "sealed anew: 5")
	w.cmd("secret", "list").expect(t, "secret list", 0, "backend/office/private_key ", "backend/office/private_key_password ", "yes")
	w.start()
	w.up()
	well("with deleted files, and a new sealing key")
	w.noSecrets()

	w.kill()
	server.Alone() // and has counted what it was shown by the board that trusted it
	shown := server.Shown()
	if shown == 0 {
		t.Error("the server does not count what it is shown")
	}
	other := "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"
	configure(other)
	w.start()
	w.up()
	w.cmd("backend", "test", "office").expect(t, "backend test of another server", 1, fingerprint, other)
	if now := server.Shown(); now != shown {
		t.Errorf("a server with another fingerprint was shown %d credentials", now-shown)
	}
	configure("")
	w.cmd("backend", "list").expect(t, "a command, with a file that says no fingerprint", 2, "fingerprint", "ssh-keyscan")

	if left, err := os.ReadDir(share); len(left) > 0 || err != nil {
		t.Errorf("the tests left %v behind, %v", left, err)
	}
	seen := w.page() + w.logged()
	var stored bytes.Buffer
	for _, path := range append(w.snapshotFiles(), w.data("crema.db"), filepath.Join(w.dir, "backup.db")) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		stored.Write(b)
	}
	for _, line := range append(strings.Split(key, "\n"), "the phrase of it") {
		if len(line) > 8 && !strings.HasPrefix(line, "-----") && (strings.Contains(seen, line) || bytes.Contains(stored.Bytes(), []byte(line))) {
			t.Errorf("a line of a secret is seen: %q", line)
		}
	}
}

// TestAllFieldsOfASystem makes a system with every field that there is by the API: all come back by it, and are in the
// form of the page, but for the secrets, of which it is told only whether there are any.
func TestAllFieldsOfASystem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.configure()
	w.start()
	w.up()
	ask := func(method, path string, body any) string {
		t.Helper()
		token, err := os.ReadFile(w.data("api.token"))
		if err != nil {
			t.Fatal(err)
		}
		sent, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequest(method, "http://"+w.addr()+path, bytes.NewReader(sent))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
		r.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		answer, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode >= 300 {
			t.Errorf("%s %s: status %d, %v: %s", method, path, resp.StatusCode, err, answer)
		}
		return string(answer)
	}
	type object = map[string]any
	key, _ := remotetest.NewKey(t, "the phrase of it")
	settings := object{"host": "files.example.com", "port": "2222", "username": "somebody", "path": "/exchange/crema", "timeout": "45s", "read_only": "true",
		"fingerprint": "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", "ignore_fingerprint": "false"}
	secrets := object{"password": "sesame-opens", "private_key": key, "private_key_password": "the phrase of it"}
	answers := ask("POST", "/api/v1/backends", object{"name": "office", "type": "files", "version": "sftp", "location": "2nd floor", "language": "de_CH", "settings": settings, "secrets": secrets})
	got := ask("GET", "/api/v1/backends/office", nil)
	var b struct {
		Name, Type, Version, Location, Language string
		Settings                                object
		Secrets                                 map[string]bool
	}
	decode(t, strings.NewReader(got), &b)
	if b.Name != "office" || b.Type != "files" || b.Version != "sftp" || b.Location != "2nd floor" || b.Language != "de_CH" || !reflect.DeepEqual(b.Settings, settings) {
		t.Errorf("it comes back as %s", got)
	}
	if want := map[string]bool{"password": true, "private_key": true, "private_key_password": true}; !reflect.DeepEqual(b.Secrets, want) {
		t.Errorf("of its secrets it is told %v", b.Secrets)
	}
	page := ask("GET", "/backends/office", nil)
	for name, value := range settings {
		if name != "read_only" && name != "ignore_fingerprint" && !strings.Contains(html.UnescapeString(page), fmt.Sprintf("value=%q", value)) {
			t.Errorf("the page does not have %s: %s", name, page)
		}
	}
	answers += got + page + ask("GET", "/api/v1/backends", nil) + ask("GET", "/api/v1/kinds", nil) + w.logged()
	w.noSecrets()
	for _, line := range append(strings.Split(key, "\n"), "sesame-opens", "the phrase of it") {
		if len(line) > 8 && !strings.HasPrefix(line, "-----") && strings.Contains(answers, line) {
			t.Errorf("a line of a secret is answered: %q", line)
		}
	}
}
