package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"crema/connectors/remote/remotetest"
	"crema/device/sim/coffee2900"
)

// TestNoSecretAnywhere has a board with every kind of secret there is, from files, by the API and by the page. It works; then whoever gets a secret
// repeats it in refusing it, and people put secrets where none belong. The board crashes, and its memory with it; it is
// started again, and gets another sealing key. Nothing that it wrote or said in all that has a secret: its data but for the files
// that are there to hold one, its logs, pages, answers, files and commands; and there is no core.
func TestNoSecretAnywhere(t *testing.T) {
	t.Parallel()
	w := newSecretWorld(t)
	h := haystack{}
	w.start(w.toCrash)
	w.up()
	w.makeBackends(h)
	w.works()
	w.until("the receiver gets events", patience, func() bool { return w.told.Load() > 0 })

	w.repeat.Store(true)
	w.sell()
	for _, name := range []string{"kitchen", "office", "erp", "archive", "attic", "hook"} {
		_, text := w.post("/api/v1/backends/"+name+"/test", "")
		h.say("test of "+name, text, w.cmd("backend", "test", name).err)
	}
	w.mistakes(h)
	w.snoop(h)
	w.until("Odoo and the receivers have repeated their secrets in each way", patience, func() bool {
		for _, name := range []string{"kitchen", "erp", "hook"} {
			_, text := w.post("/api/v1/backends/"+name+"/test", "")
			h.say("test of "+name, text)
		}
		return w.odooRepeats.Load() >= 6 && w.hookRepeats.Load() >= 3
	})
	w.until("a cup waits for Odoo", patience, func() bool {
		var jobs struct {
			Items []struct{ Kind, Error string }
		}
		w.api("GET", "jobs?limit=500", &jobs)
		for _, j := range jobs.Items {
			if strings.Contains(j.Error, "[secret]") && strings.Contains(j.Error, "odoo: ") {
				return true
			}
		}
		return false
	})
	w.look(h)
	w.crash()
	w.repeat.Store(false)
	w.start(w.toCrash)
	w.up()
	w.works()
	for _, table := range []string{"drinks", "slots", "cups", "bindings"} {
		r := w.cmd("export", table, filepath.Join(w.dir, "exported", table+".csv"))
		r.expect(t, "crema export "+table, 0)
		h.say("crema export "+table, r.out, r.err)
	}
	if code, _ := w.end(syscall.SIGTERM); code != 0 {
		t.Errorf("the board ended with exit code %d", code)
	}
	for _, args := range [][]string{{"secret", "list"}, {"secret", "rotate"}, {"secret", "list", "--json"}, {"check"}} {
		r := w.cmd(args...)
		r.expect(t, strings.Join(args, " "), 0)
		h.say("crema "+strings.Join(args, " "), r.out, r.err)
	}
	w.start(w.toCrash)
	w.up()
	w.works()
	w.look(h)
	w.kill()
	w.brokenFiles(h)

	h.say("log", w.logged())
	h.keep(t, w.data(""), "api.token", "sealing.key")
	h.keep(t, filepath.Join(w.dir, "exported"))
	w.noCore()
	h.without(t, w.secrets)
	w.farEnough(h)
}

// secretWorld is a world whose secrets are all random, and whoever gets one of them repeats it when told to.
type secretWorld struct {
	*world
	secrets needles

	hook                            *httptest.Server
	office, archive, attic          *remotetest.SSH
	repeat                          atomic.Bool
	odooRepeats, told, hookRepeats  atomic.Int64
	crashes                         string // the directory in which the board crashes
	officeKey, archiveKey, atticKey string
}

func newSecretWorld(t *testing.T) *secretWorld {
	w := &secretWorld{world: bareWorld(t), secrets: needles{}}
	// The stand-in of any world, with another key.
	w.odooHTTP.Close()
	w.key = w.secret("Odoo's key", "")
	w.makeOdoo()
	w.listenOdoo("127.0.0.1:0", w.refusing(w.odoo))
	w.kitchen = w.plugIn("kitchen", coffee2900.New(coffee2900.Options{Serial: "29-000731", User: "service", Password: w.secret("the machine's password", ""), Slots: freshSlots(8)}))

	w.office = w.server("office", &w.officeKey)
	w.office.Serve = remotetest.Files()
	w.archive = w.server("archive", &w.archiveKey)
	w.archive.Serve = remotetest.Refuse("crema logged in with " + inAllForms(w.secrets["the password of archive"]))
	w.attic = w.server("attic", &w.atticKey)
	w.attic.Password, w.attic.Key = "", nil // lets nobody in
	for _, s := range []*remotetest.SSH{w.office, w.archive, w.attic} {
		s.Start(t)
	}
	w.secrets["a word"] = strings.Map(func(r rune) rune { // that could be a key of the file
		if r < '2' || r > 'z' || r > '9' && r < 'A' || r > 'Z' && r < 'a' {
			return 'x'
		}
		return r
	}, w.secret("a word", ""))
	w.secret("the receiver's secret", "whsec_")
	w.secret("the second receiver's secret", "whsec_")
	w.hook = httptest.NewServer(http.HandlerFunc(w.receive))
	t.Cleanup(w.hook.Close)

	w.crashes = filepath.Join(w.dir, "crashes")
	for _, dir := range []string{w.crashes, filepath.Join(w.dir, "exported"), filepath.Join(w.dir, "share")} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"odoo.key": w.key, "kitchen.password": w.secrets["the machine's password"], "erp.secret": w.secrets["the receiver's secret"],
		"office.password": w.secrets["the password of office"], "office.key": w.officeKey, "office.phrase": w.secrets["the pass phrase of office"]} {
		w.write(name, text+"\n")
	}
	w.write("crema.toml", w.config())
	return w
}

// secret makes one of random letters, with what is written otherwise in a URL, in JSON and in HTML, and remembers it.
func (w *secretWorld) secret(what, prefix string) string {
	letters := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"[w.rng.IntN(56)]
		}
		return string(b)
	}
	text := letters(9) + `+/<"&>` + letters(25)
	if prefix != "" {
		text = prefix + base64.StdEncoding.EncodeToString([]byte(letters(32)))
	}
	w.secrets[what] = text
	return text
}

// server is one that is to be reached with a password, and a private key with a pass phrase.
func (w *secretWorld) server(name string, key *string) *remotetest.SSH {
	phrase := w.secret("the pass phrase of "+name, "")
	text, public := remotetest.NewKey(w.t, phrase)
	*key, w.secrets["the private key of "+name] = text, text
	return &remotetest.SSH{User: "crema", Password: w.secret("the password of "+name, ""), Key: public}
}

// inAllForms is a secret as somebody may write it into an error.
func inAllForms(secret string) string {
	quoted, _ := json.Marshal(secret)
	return fmt.Sprintf("%s, that is %s, %x, %X, %s, /%s, Basic %s and %s", secret, quoted, secret, secret, url.QueryEscape(secret), url.PathEscape(secret),
		base64.StdEncoding.EncodeToString([]byte("crema:"+secret)), base64.URLEncoding.EncodeToString([]byte("me:"+secret)))
}

// refusing is an Odoo that refuses the key, at times, and repeats it: in its message, in the name of its exception, in the title of
// a page, where it sends one to, and in what is no HTTP at all.
func (w *secretWorld) refusing(odoo http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !w.repeat.Load() || r.Header.Get("Authorization") == "" {
			odoo.ServeHTTP(rw, r)
			return
		}
		said := inAllForms(strings.TrimPrefix(r.Header.Get("Authorization"), "bearer "))
		exception := func(status int, name, message string) {
			rw.Header().Set("Content-Type", "application/json")
			rw.WriteHeader(status)
			json.NewEncoder(rw).Encode(map[string]string{"name": name, "message": message})
		}
		switch w.odooRepeats.Add(1) % 6 {
		case 0:
			exception(401, "werkzeug.exceptions.Unauthorized", "Invalid apikey "+said)
		case 1:
			exception(403, "odoo.exceptions.AccessError", "Who has the key "+said+" may not do this.")
		case 2:
			exception(500, "Error of "+w.key, "could not serialize")
		case 3:
			rw.Header().Set("Content-Type", "text/html")
			rw.WriteHeader(http.StatusBadGateway)
			io.WriteString(rw, "<title>"+w.key+" is no key</title>")
		case 4:
			rw.Header().Set("Location", "https://elsewhere.example.com/"+url.PathEscape(w.key))
			rw.WriteHeader(http.StatusFound)
		case 5:
			conn, _, err := http.NewResponseController(rw).Hijack()
			if err != nil {
				w.t.Error(err)
				return
			}
			io.WriteString(conn, "Authorization: bearer "+w.key+"\r\n\r\n")
			conn.Close()
		}
	})
}

// receive takes events, or refuses them and repeats by what they were signed.
func (w *secretWorld) receive(rw http.ResponseWriter, r *http.Request) {
	if !w.repeat.Load() {
		w.told.Add(1)
		return
	}
	secret := w.secrets["the receiver's secret"]
	if r.URL.Path == "/second" {
		secret = w.secrets["the second receiver's secret"]
	}
	signature := r.Header.Get("Webhook-Signature")
	if n := w.hookRepeats.Add(1); n%3 == 0 {
		rw.Header().Set("Location", "https://me:"+url.QueryEscape(secret)+"@elsewhere.example.com/"+url.PathEscape(secret))
		rw.WriteHeader(http.StatusFound)
	} else if n%3 == 1 {
		http.Error(rw, secret+" did not sign it, nor did "+strings.TrimPrefix(secret, "whsec_")+": "+signature, http.StatusUnauthorized)
	} else {
		http.Error(rw, inAllForms(secret), http.StatusBadRequest)
	}
}

// config is a file with a machine, a server, a directory and a receiver.
func (w *secretWorld) config() string {
	at := w.office.Settings()
	return w.oneBackend("2900") + fmt.Sprintf(`
[[backend]]
name = "share"
type = "files"
version = "os"
directory = "share"

[[backend]]
name = "office"
type = "files"
version = "sftp"
host = %q
port = %s
username = "crema"
password_file = "office.password"
private_key_file = "office.key"
private_key_password_file = "office.phrase"
fingerprint = %q
path = %q

[[backend]]
name = "erp"
type = "webhook"
url = "%s/first"
secret_file = "erp.secret"
`, at["host"], at["port"], at["fingerprint"], filepath.Join(w.dir, "share"), w.hook.URL)
}

// makeBackends makes one by the API and the others by the page, with a mistake at first.
func (w *secretWorld) makeBackends(h haystack) {
	w.t.Helper()
	at := w.archive.Settings()
	made := map[string]any{"name": "archive", "type": "files", "version": "sftp", "settings": at,
		"secrets": map[string]string{"password": w.secrets["the password of archive"], "private_key": w.archiveKey, "private_key_password": w.secrets["the pass phrase of archive"]}}
	body, err := json.Marshal(made)
	if err != nil {
		w.t.Fatal(err)
	}
	status, text := w.post("/api/v1/backends", string(body))
	if status != http.StatusCreated {
		w.t.Errorf("made by the API: status %d: %s", status, text)
	}
	h.say("made by the API", text)

	browser, _ := w.login()
	send := func(path string, form url.Values, words string) {
		w.t.Helper()
		r, err := http.NewRequest("POST", "http://"+w.addr()+path, strings.NewReader(form.Encode()))
		if err != nil {
			w.t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		_, text := w.send(browser, r, "")
		contains(w.t, path, text, words)
		h.say("sent to "+path, text)
	}
	at = w.attic.Settings()
	form := url.Values{"name": {"attic"}, "settings.host": {at["host"]}, "settings.port": {"none"}, "settings.username": {"crema"}, "settings.fingerprint": {at["fingerprint"]},
		"secrets.password": {w.secrets["the password of attic"]}, "secrets.private_key": {w.atticKey}, "secrets.private_key_password": {w.secrets["the pass phrase of attic"]}}
	send("/add?type=files&version=sftp", form, "Enter the secrets again")
	form.Set("settings.port", at["port"])
	send("/add?type=files&version=sftp", form, "Saved: attic")
	form = url.Values{"name": {"hook"}, "settings.url": {w.hook.URL + "/second"}, "secrets.secret": {w.secrets["the second receiver's secret"] + " and more"}}
	send("/add?type=webhook", form, "Not saved")
	form.Set("secrets.secret", w.secrets["the second receiver's secret"])
	send("/add?type=webhook", form, "Saved: hook")
	for _, name := range []string{"hook", "attic", "archive"} {
		send("/do/backends/"+name+"/test", url.Values{}, "Test of "+name)
	}
	send("/do/backends/hook/state/production", url.Values{}, "It is at work.")
}

// snoop makes a backend of a directory in which there are files of secrets: who has the token could read them by it.
func (w *secretWorld) snoop(h haystack) {
	w.t.Helper()
	body, err := json.Marshal(map[string]any{"name": "snoop", "type": "files", "version": "os", "settings": map[string]string{"directory": w.dir}})
	if err != nil {
		w.t.Fatal(err)
	}
	if status, text := w.post("/api/v1/backends", string(body)); status != http.StatusCreated {
		w.t.Errorf("snoop: status %d: %s", status, text)
	}
	_, text := w.post("/api/v1/backends/snoop/test", "")
	contains(w.t, "the test of a directory with keys", text, "not_readable", "keys")
	h.say("test of snoop", text)
}

// post sends JSON to the API.
func (w *secretWorld) post(path, body string) (int, string) {
	w.t.Helper()
	r, err := http.NewRequest("POST", "http://"+w.addr()+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return w.send(http.DefaultClient, r, w.token())
}

// mistakes are requests with secrets where none belong.
func (w *secretWorld) mistakes(h haystack) {
	w.t.Helper()
	password, _ := json.Marshal(w.secrets["the password of attic"])
	for _, body := range []string{
		`{"name": "x", "type": "files", "version": "sftp", "settings": {"password": %s}}`,
		`{"name": "x", "type": "files", "version": "sftp", "settings": {"password": {"it is": %s}}}`,
		`{"name": "x", "type": "files", "version": "sftp", "settings": {"password": [%s]}}`,
		`{"name": "x", "type": "files", "version": "sftp", "secrets": %s}`,
		`{"name": "x", "type": "files", "version": "sftp", "secrets": {"password": {"it is": %s}}}`,
		`{"name": "x", "type": "files", "version": "sftp", "secrets": {"pasword": %s}}`,
		`{"name": "x", "type": "files", "version": "sftp", "secrets": {"private_key": %s}, "settings": {"host": "a", "username": "b", "fingerprint": "c"}}`,
		`{"name": "x", "type": "webhook", "secrets": {"secret": %s}, "settings": {"url": "http://127.0.0.1"}}`,
		`{"name": "x", "password": %s}`,
		`%s`, `{"name": %s`, `[%s]`,
	} {
		status, text := w.post("/api/v1/backends", fmt.Sprintf(body, password))
		if status < 400 || status >= 500 {
			w.t.Errorf("%s: status %d: %s", body, status, text)
		}
		h.say("mistakes", text)
	}
	wrong, err := http.NewRequest("GET", "http://"+w.addr()+"/api/v1/status", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	_, text := w.send(http.DefaultClient, wrong, w.secrets["Odoo's key"])
	h.say("mistakes", text)
}

// look looks at all that the running board shows, and takes a backup.
func (w *secretWorld) look(h haystack) {
	w.t.Helper()
	// Of what the board made itself, this is secret as well.
	w.secrets["the API's token"] = w.token()
	sealing, err := os.ReadFile(w.data("sealing.key"))
	if err != nil {
		w.t.Fatal(err)
	}
	if bytes.IndexByte(sealing, '\n') < 0 {
		w.secrets["the sealing key"] = string(sealing)
	}
	w.askAll(h)
	w.crawl(h)
	commands := [][]string{{"check"}, {"backend", "list"}, {"job", "list"}, {"checkpoint", "list"}, {"notice", "list"}, {"schedule", "list"}, {"channel", "list"}, {"job", "list", "--json"}}
	for _, b := range w.names("backends", "name") {
		commands = append(commands, []string{"backend", "show", b}, []string{"backend", "show", b, "--json"})
	}
	for list, command := range map[string]string{"jobs?state=pending": "job", "checkpoints": "checkpoint"} {
		ids := w.names(strings.Replace(list, "?", "?limit=500&", 1), "id")
		for _, id := range ids[max(0, len(ids)-8):] {
			commands = append(commands, []string{command, "show", id})
		}
	}
	for _, args := range commands {
		r := w.cmd(args...)
		r.expect(w.t, strings.Join(args, " "), 0)
		h.say("crema "+strings.Join(args, " "), r.out, r.err)
	}
	backup := filepath.Join(w.dir, "backup.db")
	w.cmd("backup", "--force", backup).expect(w.t, "backup", 0)
	h.keep(w.t, backup)
	h.keep(w.t, w.data(""), "api.token", "sealing.key")
}

// brokenFiles has commands read files of which each has a secret where none belongs.
func (w *secretWorld) brokenFiles(h haystack) {
	w.t.Helper()
	good := w.config()
	password, key := strings.ReplaceAll(w.secrets["the password of office"], `"`, `\"`), strings.ReplaceAll(w.key, `"`, `\"`)
	for _, c := range [][2]string{
		{`password_file = "office.password"`, `password = "` + password + `"`},
		{`password_file = "office.password"`, `password_file = ["` + password + `"]`},
		{`api_key_file = "odoo.key"`, `api_key = "` + key + `"`},
		{`api_key_file = "odoo.key"`, `api_key = "` + key},
		{`api_key_file = "odoo.key"`, `api_key = ` + w.key},
		{`api_key_file = "odoo.key"`, w.secrets["a word"]},
		{`api_key_file = "odoo.key"`, "api_key =\n" + w.secrets["a word"]},
		{`database = "prod"`, "database = \"prod\"\n" + w.key},
		{`url = "http://`, `url = "http://crema:` + key + `@`},
		{`/first"`, `/first#` + key + `"`},
	} {
		if !strings.Contains(good, c[0]) {
			w.t.Fatalf("the configuration has no %s", c[0])
		}
		w.write("crema.toml", strings.Replace(good, c[0], c[1], 1))
		for _, command := range []string{"check", "serve"} {
			r := w.cmd(command)
			r.expect(w.t, "crema "+command+" with a broken file", 2)
			h.say("crema "+command+" with a broken file", r.out, r.err)
		}
	}
	w.write("crema.toml", good)
	w.write("office.key", w.officeKey[:len(w.officeKey)/2])
	w.write("erp.secret", w.secrets["the receiver's secret"]+"\n"+w.secrets["the receiver's secret"]+"\n")
	r := w.cmd("serve")
	r.expect(w.t, "crema serve with a broken secret", 2, "erp.secret")
	h.say("crema serve with a broken secret", r.out, r.err)
}

// toCrash has a board write a core when it crashes, as far as it can, and what all its goroutines do.
func (w *secretWorld) toCrash(c *exec.Cmd) {
	c.Args = append([]string{"sh", "-c", `ulimit -c unlimited; exec "$@"`, "sh"}, c.Args...)
	c.Path, c.Dir = "/bin/sh", w.crashes
	c.Env = append(os.Environ(), "GOTRACEBACK=crash")
}

// crash is what a mistake in the program, or in its memory, is.
func (w *secretWorld) crash() {
	w.t.Helper()
	w.ours.Store(true)
	if err := w.board.Process.Signal(syscall.SIGABRT); err != nil {
		w.t.Fatal(err)
	}
	<-w.dead
	if status := w.board.ProcessState.Sys().(syscall.WaitStatus); status.CoreDump() || status.Signal() != syscall.SIGABRT {
		w.t.Errorf("the board ended by %v, core dumped: %v", status.Signal(), status.CoreDump())
	}
	contains(w.t, "the log", w.logged(), "SIGABRT: abort", "goroutine 1 ")
	w.board = nil
}

// noCore looks whether a core lies where the board crashed; that of another program shows that one could.
func (w *secretWorld) noCore() {
	w.t.Helper()
	if left, err := os.ReadDir(w.crashes); len(left) > 0 || err != nil {
		w.t.Errorf("the crash left %v behind, %v", left, err)
	}
	other := exec.Command("/bin/sh", "-c", "kill -ABRT $$")
	w.toCrash(other)
	if err := other.Run(); err == nil || !other.ProcessState.Sys().(syscall.WaitStatus).CoreDump() {
		w.t.Logf("nothing leaves a core on this computer: that crema does not shows little here (%v)", err)
	}
}

// farEnough looks whether the secrets were repeated to the board at all the places, and are hidden there.
func (w *secretWorld) farEnough(h haystack) {
	w.t.Helper()
	for place, words := range map[string][]string{
		"test of kitchen": {"[secret]"}, "test of archive": {"crema logged in with [secret]"}, "test of attic": {"login_refused"},
		"log": {"SIGABRT", "level=DEBUG"}, "page /": {"kitchen"}, "GET /api/v1/jobs": {"[secret]"}, "page /backends/archive": {"One is sealed"},
		"GET /api/v1/checkpoints": {"[secret]"}, "GET /metrics": {"crema_"}, "crema check with a broken file": {"crema.toml:"},
	} {
		contains(w.t, place, string(h[place]), words...)
	}
	contains(w.t, "a test of the receivers", string(h["test of erp"])+string(h["test of hook"]), "[secret]", "302 Found")
	if len(w.secrets) != 16 {
		w.t.Errorf("there are %d secrets", len(w.secrets))
	}
	planted := fmt.Sprintf("level=INFO msg=%q", w.key)
	h["log"] = append(h["log"], planted...)
	if w.secrets.found(h["log"]) == nil {
		w.t.Error("a secret that is planted in the log is not found")
	}
}
