package e2e

import (
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"crema/connectors/remote"
)

// TestTheWayToOdoo starts the board with each way to Odoo that [odoo] may say: an authority, a fingerprint, an address
// past the name, a proxy. A server that is another one is told nothing, and the board says so.
func TestTheWayToOdoo(t *testing.T) {
	t.Parallel()
	w, _ := oneMachine(t, "2900", nil)
	w.kitchen = w.plugIn("kitchen", w.new2900())
	var asked atomic.Int32
	secure := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.odoo.ServeHTTP(rw, r)
	}))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	at := secure.Listener.Addr().String()
	_, port, err := net.SplitHostPort(at)
	if err != nil {
		t.Fatal(err)
	}
	pin := remote.OfCertificate(secure.Certificate()).String()
	w.write("ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})))
	good := w.oneBackend("2900")
	tunnel := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Header.Get("Proxy-Authorization") != "Basic am86cGE1NXdvcmQ=" {
			http.Error(rw, "no", http.StatusProxyAuthRequired)
			return
		}
		there, err := net.Dial("tcp", at)
		if err != nil {
			http.Error(rw, err.Error(), http.StatusBadGateway)
			return
		}
		here, _, err := rw.(http.Hijacker).Hijack()
		if err != nil {
			there.Close()
			return
		}
		io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n") // only now: what follows is the tunnel's
		go io.Copy(there, here)
		io.Copy(here, there)
		here.Close()
		there.Close()
	}))
	defer tunnel.Close()
	proxy := strings.TrimPrefix(tunnel.URL, "http://")
	for _, c := range []struct {
		name, url, more string
		says            string // "": all is well
	}{
		{"an authority", "https://" + at, `ca_file = "ca.pem"`, ""},
		{"a fingerprint", "https://" + at, `fingerprint = "` + pin + `"`, ""},
		{"past the name", "https://odoo.invalid:" + port, `host = "127.0.0.1"` + "\n" + `fingerprint = "` + pin + `"`, ""},
		{"a proxy", "https://odoo.invalid", `proxy = "jo:pa55word@` + proxy + `"` + "\n" + `fingerprint = "` + pin + `"`, ""},
		{"nobody vouches", "https://" + at, "", "The fingerprint of its certificate is " + pin},
		{"another fingerprint", "https://" + at, `fingerprint = "` + strings.Repeat("AB", 32) + `"`, "another server than expected"},
		{"another password", "https://odoo.invalid", `proxy = "http://jo:pa55w0rd@` + proxy + `"`, "wants another user and password"},
	} {
		w.write("crema.toml", strings.Replace(good, `url = "http://`+w.odooAddr+`"`, `url = "`+c.url+`"`+"\n"+c.more, 1))
		before := asked.Load()
		w.start()
		w.up()
		code, says := 0, "all is well"
		if c.says != "" {
			code, says = 1, c.says
		}
		w.cmd("backend", "test", "kitchen").expect(t, c.name, code, says)
		if reached := asked.Load() > before; reached != (c.says == "") {
			t.Errorf("%s: Odoo was asked: %v", c.name, reached)
		}
		w.kill()
	}
	if logged := w.logged(); strings.Contains(logged, "pa55") || strings.Contains(logged, "am86cGE1NX") {
		t.Error("the proxy's password was logged")
	}
}
