package odoo_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"crema/connectors/odoo"
)

// classes says what each captured answer that isn't 200 means. A capture that is missing here fails the test.
var classes = map[string]odoo.Class{
	"apikey-expired": odoo.Stop, "apikey-revoked-use": odoo.Stop, "auth-archived-user": odoo.Stop, "json2-auth-bad-key": odoo.Stop,
	"json2-auth-basic": odoo.Stop, "json2-auth-empty-bearer": odoo.Stop, "json2-auth-none": odoo.Stop, "multidb-header-other": odoo.Stop,

	"db-down-json2": odoo.Transient, "db-down-json2-2": odoo.Transient, "json2-db-header-bad": odoo.Transient, "multidb-no-header": odoo.Transient,
	"multidb-query": odoo.Transient, "db-back-first-call": odoo.Transient, "race-write-exhausted": odoo.Transient, "v18-web-version": odoo.Transient, "v18-json2": odoo.Transient,
	"db-down-health": odoo.Transient, "db-backend-terminated-mid-call": odoo.Unknown, "db-restart-mid-call": odoo.Unknown, "odoo-sigterm-mid-call": odoo.Unknown,

	"json2-access-error-cron": odoo.Denied, "json2-access-error-write": odoo.Denied, "discover-ir.model": odoo.Denied, "json2-private-decorated": odoo.Denied,
	"json2-private-method": odoo.Denied, "stock-move-action_done": odoo.Denied, "load-xmlid-lookup": odoo.Denied, "json2-search_read-all-fields": odoo.Denied, "pos-config-weak-user": odoo.Denied, "pos-sync-weak-user": odoo.Denied,
	"json2-bad-path": odoo.Denied, "json2-get": odoo.Denied, "json2-unknown-method": odoo.Denied, "json2-unknown-model": odoo.Denied,

	"json2-bad-domain-field": odoo.Refused, "json2-bad-domain-operator": odoo.Refused, "json2-bad-domain-shape": odoo.Refused, "json2-bad-domain-string": odoo.Refused,
	"json2-bad-field": odoo.Refused, "json2-bad-order": odoo.Refused, "json2-bad-value-type": odoo.Refused, "json2-create-unknown-field": odoo.Refused,
	"json2-limit-negative": odoo.Refused, "write_date-domain-iso-z": odoo.Refused, "json2-body-array": odoo.Refused, "json2-chunked-body": odoo.Refused,
	"json2-create-missing-required": odoo.Refused, "json2-create-wrong-kw": odoo.Refused, "json2-dry_run": odoo.Refused, "json2-error-translated": odoo.Refused,
	"json2-ids-on-model-method": odoo.Refused, "json2-missing-arg": odoo.Refused, "json2-missing-required-arg": odoo.Refused, "json2-read-lang-bogus": odoo.Refused,
	"json2-read-lang-uninstalled": odoo.Refused, "json2-user-error": odoo.Refused, "json2-validation-error": odoo.Refused, "json2-write-missing": odoo.Refused,
	"json2-form-content-type": odoo.Refused, "json2-no-content-type": odoo.Refused, "json2-wrong-content-type": odoo.Refused, "json2-malformed-json": odoo.Refused,
	"json2-gzip-body": odoo.Refused, "maintenance-equipment-duplicate": odoo.Refused, "pos-order-create-bare": odoo.Refused, "pos-order-create-duplicate-uuid": odoo.Refused, "pos-session-close-again": odoo.Refused,
	"pos-session-create-again": odoo.Refused, "pos-session-create-while-open": odoo.Refused, "pos-sync-closed-session-no-open": odoo.Refused,
	"pos-sync-unknown-payment-method": odoo.Refused, "pos-sync-unknown-product": odoo.Refused, "pos-sync-unknown-session": odoo.Refused,
	"pos-sync_from_ui-batch-one-bad": odoo.Refused, "pos-sync_from_ui-underpaid": odoo.Refused, "product-referenced-unlink": odoo.Refused,

	"apikey-generate-bot": odoo.Refused, "apikey-generate-too-long": odoo.Refused,

	"jsonrpc-bad-key": odoo.Stop, "jsonrpc-bad-uid": odoo.Stop, "jsonrpc-empty-key": odoo.Stop, "v18-jsonrpc-bad-key": odoo.Stop,
	"jsonrpc-access-error": odoo.Denied, "jsonrpc-private-method": odoo.Denied, "v18-jsonrpc-private": odoo.Denied, "jsonrpc-unknown-method": odoo.Denied,
	"v18-jsonrpc-unknown-method": odoo.Denied, "jsonrpc-unknown-model": odoo.Denied, "v18-jsonrpc-unknown-model": odoo.Denied, "jsonrpc-malformed-json": odoo.Denied,
	"jsonrpc-bad-domain": odoo.Refused, "v18-jsonrpc-bad-domain": odoo.Refused, "jsonrpc-missing-params": odoo.Refused, "jsonrpc-missing-required": odoo.Refused,
	"jsonrpc-unknown-service": odoo.Refused, "jsonrpc-validation-error": odoo.Refused, "jsonrpc-write-missing": odoo.Refused, "v18-jsonrpc-write-missing": odoo.Refused,
	"jsonrpc-wrong-content-type": odoo.Refused, "v18-pos-session-create-while-open": odoo.Refused, "v18-pos-session-opening-control": odoo.Refused,
	"race-write-exhausted-jsonrpc": odoo.Transient, "v18-json1": odoo.Transient, "json2-json1": odoo.Transient,
	"jsonrpc-authenticate-bad-db": odoo.Unknown, "jsonrpc-bad-db": odoo.Unknown, "db-down-jsonrpc": odoo.Unknown, // a login makes of it that nothing ran

	"client-timeout": odoo.Unknown, "workers-time-limit": odoo.Unknown, // no answer at all
}

type capture struct {
	Case    string `json:"case"`
	Request struct {
		Path string `json:"path"`
		Body string `json:"body"`
	} `json:"request"`
	Response *struct {
		Status  int         `json:"status"`
		Reason  string      `json:"reason"`
		Headers [][2]string `json:"headers"`
		Body    string      `json:"body"`
	} `json:"response"`
}

func loadCapture(t testing.TB, name string) capture {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata/wire", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var c capture
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return c
}

// raw gives a captured response as it came over the line. Its length is that of the capture's body, since tracebacks
// were shortened in the captures.
func (c capture) raw() string {
	if c.Response == nil {
		return ""
	}
	if strings.HasPrefix(c.Response.Body, "HTTP/1.1 ") { // the capture of "100 Continue" holds all that came
		return c.Response.Body
	}
	var b strings.Builder
	b.WriteString("HTTP/1.1 " + strconv.Itoa(c.Response.Status) + " " + c.Response.Reason + "\r\n")
	for _, h := range c.Response.Headers {
		if h[0] == "Content-Length" {
			h[1] = strconv.Itoa(len(c.Response.Body))
		}
		b.WriteString(h[0] + ": " + h[1] + "\r\n")
	}
	return b.String() + "\r\n" + c.Response.Body
}

// line serves bytes to one connection after another: it reads a whole request, writes the answer and closes.
func line(t testing.TB, answer func() string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			readRequest(conn)
			io.WriteString(conn, answer())
			conn.Close()
		}
	}()
	return "http://" + l.Addr().String()
}

func client(t testing.TB, url string, change ...func(*odoo.Config)) *odoo.Client {
	t.Helper()
	config := odoo.Config{URL: url, Key: func() (string, error) { return secret, nil }}
	for _, f := range change {
		f(&config)
	}
	c, err := odoo.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// client19 takes the server for an Odoo 19 without asking it.
func client19(t testing.TB, url string, change ...func(*odoo.Config)) *odoo.Client {
	c := client(t, url, change...)
	c.Assume("19.0")
	return c
}

// secret is a key that must not turn up anywhere.
const secret = "5ecre75ecre75ecre75ecre75ecre75ecre75ecr"

func TestEveryCapturedAnswerIsClassified(t *testing.T) {
	files, err := filepath.Glob("testdata/wire/*.json")
	if err != nil || len(files) < 150 {
		t.Fatalf("%d captures: %v", len(files), err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".json")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := loadCapture(t, name)
			url := line(t, c.raw)
			client, rpc := client19(t, url), c.Request.Path == "/jsonrpc"
			if rpc {
				client = rpcClient(t, url, name)
			}
			var result json.RawMessage
			err := client.Call(t.Context(), "some.model", "method", nil, &result)
			cutInCapture := c.Response != nil && strings.Contains(c.Response.Body, "…<cut")
			switch {
			case c.Response != nil && (c.Response.Status == http.StatusOK || c.Response.Status == http.StatusContinue) && !cutInCapture && !strings.Contains(c.Response.Body, `"error": {"code"`):
				if err != nil {
					t.Fatalf("error %v", err)
				}
				want := c.Response.Body
				if rpc {
					want = resultIn(t, want)
				}
				if c.Response.Status == http.StatusOK && string(result) != want {
					t.Errorf("result %s, want %s", result, want)
				}
			default:
				want, ok := classes[name]
				if cutInCapture && c.Response.Status == http.StatusOK {
					want, ok = odoo.Unknown, true // JSON that breaks off, though its length is right
				}
				if !ok {
					t.Fatal("a refusal that isn't in the table")
				}
				if err == nil || odoo.ClassOf(err) != want {
					t.Errorf("%v, want class %v", err, want)
				}
				if err != nil && (strings.Contains(err.Error(), "Traceback") || strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "\n")) {
					t.Errorf("the error tells too much, or goes over several lines: %v", err)
				}
			}
		})
	}
}

// rpcClient has logged in to an Odoo 18 that has the model which the capture asks for, if that one had.
func rpcClient(t testing.TB, url, capture string) *odoo.Client {
	c := client(t, url, func(c *odoo.Config) { c.Database, c.User = "coffee", "coffee-bot" })
	c.Assume("18.0")
	c.AssumeLogin(5)
	if !strings.HasSuffix(capture, "unknown-model") {
		c.AssumeLogin(5, "some.model")
	}
	return c
}

// resultIn is the result in an answer by JSON-RPC: null where there is none.
func resultIn(t testing.TB, body string) string {
	t.Helper()
	answer := struct{ Result json.RawMessage }{json.RawMessage("null")}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatal(err)
	}
	return string(answer.Result)
}
