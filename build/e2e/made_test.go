package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"testing"
)

// TestBackendMadeOnThePage makes a machine's backend by the page's form, on a board whose configuration has none. It
// runs at once, books its cups, outlives a power cut, is changed and switched off, and stays as long as it has bindings.
func TestBackendMadeOnThePage(t *testing.T) {
	t.Parallel()
	w := bareWorld(t)
	w.kitchen = w.plugIn("kitchen", w.new2900())
	w.write("odoo.key", key+"\n")
	w.write("crema.toml", fmt.Sprintf("data = \"data\"\nlisten = \"127.0.0.1:0\"\n\n[odoo]\nurl = \"http://%s\"\ndatabase = \"prod\"\napi_key_file = \"odoo.key\"\n", w.odooAddr))
	w.start()
	w.up()
	browser, text := w.login()
	contains(t, "the first page", text, "Add a backend")
	send := func(path string, form url.Values, words ...string) {
		t.Helper()
		_, text := w.fetch(browser.PostForm("http://"+w.addr()+path, form))
		contains(t, path, text, words...)
	}
	form := url.Values{"name": {"kitchen"}, "language": {"en_US"}, "settings.port": {filepath.Join(w.dir, "kitchen.tty")}, "settings.username": {"service"}, "secrets.password": {"not-it"},
		"settings.pos_category": {"Coffee"}, "settings.pos": {"Kitchen"}, "settings.poll": {"200ms"}, "settings.pos_close": {"03:00"},
		"settings.payment": {"cash = Cash\r\ndefault = Card"}, "schedule.catalogue": {"*/15 * * * *"}, "schedule.sales": {"often"}}
	send("/add?type=coffee&version=2900", form, "Not saved: 1 field is to correct.", "Enter the secrets again")
	form.Set("schedule.sales", "*/10 * * * *")
	send("/add?type=coffee&version=2900", form, "Saved: kitchen", "Not tested yet")
	send("/do/backends/kitchen/test", nil, "Not all is well", "refuses user or password")
	form.Set("secrets.password", "s3cret")
	send("/backends/kitchen", form, "Saved: kitchen")
	send("/do/backends/kitchen/test", nil, "Test of kitchen", "Everything is as it should be")
	if b := w.backend(); b.State != "checked" {
		t.Errorf("after a good test it is %s", b.State)
	}
	send("/do/backends/kitchen/state/production", nil, "It is at work.")
	w.works()

	w.kill()
	w.start()
	w.up()
	w.works()
	w.cmd("backend", "show", "kitchen").expect(t, "crema backend show", 0, "coffee 2900", "production", "200ms", "sealed")

	// Another setting makes it a draft, which is tested and put to work by command.
	browser, _ = w.login()
	form.Del("secrets.password") // the sealed one stays
	form.Set("settings.poll", "300ms")
	w.kitchen.pty.Unplug() // else it is tested by itself, as soon as the machine answers
	send("/backends/kitchen", form, "Saved: kitchen", "Not tested yet")
	w.cmd("backend", "production", "kitchen").expect(t, "crema backend production", 1, "test it first")
	if err := w.kitchen.pty.Plug(); err != nil {
		t.Fatal(err)
	}
	w.until("the changed backend tests well", patience, func() bool { return w.cmd("backend", "test", "kitchen").code == 0 })
	w.cmd("backend", "production", "kitchen").expect(t, "crema backend production", 0, "kitchen is at work")
	w.works()

	w.cmd("backend", "off", "kitchen").expect(t, "crema backend off", 0, "switched off")
	w.until("its machine is let go", patience, func() bool { return w.backend().Machine.State != "connected" })
	w.cmd("backend", "delete", "--yes", "kitchen").expect(t, "crema backend delete", 1, "bindings")
	if status, h := w.healthz(); status != http.StatusOK || h.Status != "ok" {
		t.Errorf("with its only backend off, healthz says %d %+v", status, h)
	}
	w.noSecrets()
}
