package coffee

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"crema/connectors/odoo/standin"
)

// faultProxy stands between the client and the stand-in. It reads the requests' true bytes and does to them, and to the
// answers, what networks, proxies and a dying server do. It lives in a bubble of simulated time, where an hour costs nothing.
type faultProxy struct {
	erp  *standin.Server
	late int        // calls that are on their way, or may still come
	idle *sync.Cond // there are none

	mu     sync.Mutex
	random *rand.Rand
	faulty float64 // the share of calls that fail
	met    map[string]int
	calls  int
}

// A mishap is what befalls one call. It has the request, and a connection to answer on; what it leaves open is closed.
type mishap struct {
	name string
	do   func(p *faultProxy, r *proxied)
	late bool // the request may run after newer ones
}

// stageWrite is the one call whose order matters: a stage that is written late, after a newer one, stays until the alarm
// changes again, as doc_calls.go says.
const stageWrite = "/maintenance.request/write"

// proxied is a request on its way.
type proxied struct {
	conn    net.Conn
	request []byte
}

// mishaps of calls. Those of connecting are in Dial, and cut requests in serve.
var mishaps = []mishap{
	{"dropped before it is sent on", func(*faultProxy, *proxied) {}, false},
	{"dropped after the commit", func(p *faultProxy, r *proxied) { p.forward(r.request) }, false},
	{"sent twice, the first answer", func(p *faultProxy, r *proxied) {
		first := p.forward(r.request)
		p.forward(r.request)
		r.answer(first)
	}, false},
	{"sent twice, the second answer", func(p *faultProxy, r *proxied) {
		p.forward(r.request)
		r.answer(p.forward(r.request))
	}, false},
	{"delayed, maybe until nobody waits", func(p *faultProxy, r *proxied) { // it is run all the same
		p.wait(3 * time.Minute)
		r.answer(p.forward(r.request))
	}, true},
	{"an answer that takes its time", func(p *faultProxy, r *proxied) {
		answer := p.forward(r.request)
		p.wait(3 * time.Minute)
		r.answer(answer)
	}, false},
	{"a duplicate after newer calls", func(p *faultProxy, r *proxied) {
		r.answer(p.forward(r.request))
		r.conn.Close()
		p.wait(20 * time.Minute)
		p.forward(r.request)
	}, true},
	{"lost, and there after newer calls", func(p *faultProxy, r *proxied) {
		r.conn.Close()
		p.wait(20 * time.Minute)
		p.forward(r.request)
	}, true},
	{"404 HTML", failing(standin.Rule{Fault: standin.DatabaseDown}), false},
	{"500 HTML", failing(standin.Rule{Fault: standin.ServerError}), false},
	{"500 JSON", failing(standin.Rule{Fault: standin.Crash}), false},
	{"500 JSON, the connection to the database broke", failing(standin.Rule{Fault: standin.Crash, Name: "psycopg2.InterfaceError"}), false},
	{"503 of a proxy", failing(standin.Rule{Fault: standin.Proxy}), false},
	{"504 of a proxy after the commit", func(p *faultProxy, r *proxied) {
		p.forward(r.request)
		const page = "<html><head><title>504 Gateway Time-out</title></head></html>\n"
		r.answer(fmt.Appendf(nil, "HTTP/1.1 504 Gateway Time-out\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(page), page))
	}, false},
	{"a captive portal", failing(standin.Rule{Fault: standin.Portal}), false},
	{"cut in the answer", func(p *faultProxy, r *proxied) {
		answer := p.forward(r.request)
		r.answer(answer[:1+p.intN(len(answer)-1)])
	}, false},
}

// failing has the stand-in answer as by a rule, once.
func failing(rule standin.Rule) func(*faultProxy, *proxied) {
	rule.Times = 1
	return func(p *faultProxy, r *proxied) {
		remove := p.erp.Fail(rule)
		r.answer(p.forward(r.request))
		remove() // it may not have struck: a version needs no database
	}
}

func newFaultProxy(random *rand.Rand) *faultProxy {
	p := &faultProxy{random: random, met: map[string]int{}}
	p.idle = sync.NewCond(&p.mu)
	return p
}

// set says which share of the calls is to fail.
func (p *faultProxy) set(faulty float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faulty = faulty
}

func (p *faultProxy) intN(n int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.random.IntN(n)
}

func (p *faultProxy) wait(most time.Duration) { time.Sleep(time.Duration(p.intN(int(most)))) }

// draw gives what befalls the next call: the number of a mishap, two more for a connection that is refused and a request
// that is cut; below 0: nothing.
func (p *faultProxy) draw() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	if p.random.Float64() >= p.faulty {
		return -1
	}
	n := p.random.IntN(len(mishaps) + 2)
	switch {
	case n < len(mishaps):
		p.met[mishaps[n].name]++
	case n == len(mishaps):
		p.met["refused"]++
	default:
		p.met["cut in the request"]++
	}
	return n
}

// Dial is the client's way to Odoo.
func (p *faultProxy) Dial(_ context.Context, network, _ string) (net.Conn, error) {
	fate := p.draw()
	if fate == len(mishaps) {
		return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
	}
	client, server := net.Pipe()
	p.onItsWay(func() {
		defer server.Close()
		if fate > len(mishaps) {
			io.CopyN(io.Discard, server, int64(1+p.intN(300))) //nolint:errcheck // it is to be cut
			return
		}
		var raw bytes.Buffer
		req, err := http.ReadRequest(bufio.NewReader(io.TeeReader(server, &raw)))
		if err == nil {
			_, err = io.Copy(io.Discard, req.Body)
		}
		if err != nil {
			return // the client went
		}
		r := &proxied{conn: server, request: raw.Bytes()}
		if fate < 0 || mishaps[fate].late && strings.HasSuffix(req.URL.Path, stageWrite) {
			r.answer(p.forward(r.request))
			return
		}
		mishaps[fate].do(p, r)
	})
	return client, nil
}

// forward runs a request in the stand-in and gives the bytes of its answer.
func (p *faultProxy) forward(request []byte) []byte {
	req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(request)))
	if err != nil {
		panic(err) // it was read before
	}
	req.RemoteAddr = "192.0.2.1:1234"
	w := httptest.NewRecorder()
	p.erp.ServeHTTP(w, req)
	answer := w.Result()
	answer.ContentLength = int64(w.Body.Len())
	var b bytes.Buffer
	if err := answer.Write(&b); err != nil {
		panic(err) // a buffer takes all
	}
	return b.Bytes()
}

// answer sends an answer; who has gone gets none.
func (r *proxied) answer(b []byte) {
	_, err := r.conn.Write(b)
	if err != nil && !errors.Is(err, io.ErrClosedPipe) {
		panic(err)
	}
}

// settle waits until nothing is on its way any more, with no further faults.
func (p *faultProxy) settle() {
	p.set(0)
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.late > 0 {
		p.idle.Wait()
	}
}

// onItsWay begins what settle waits for. It may be begun while somebody waits, which a WaitGroup
// does not allow.
func (p *faultProxy) onItsWay(call func()) {
	p.mu.Lock()
	p.late++
	p.mu.Unlock()
	go func() {
		defer func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			if p.late--; p.late == 0 {
				p.idle.Broadcast()
			}
		}()
		call()
	}()
}

// told is how many calls there were, and what befell them.
func (p *faultProxy) told() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []string
	for _, name := range slices.Sorted(maps.Keys(p.met)) {
		list = append(list, fmt.Sprintf("%s %d", name, p.met[name]))
	}
	return fmt.Sprintf("%d calls; %s", p.calls, strings.Join(list, ", "))
}

// missed are the mishaps that befell no call.
func (p *faultProxy) missed() (list []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range mishaps {
		if p.met[m.name] == 0 {
			list = append(list, m.name)
		}
	}
	return list
}
