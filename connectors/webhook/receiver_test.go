package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// receiver is the other side, written from the specifications: it refuses what is not
// signed or no CloudEvent, and tells the test.
type receiver struct {
	t   testing.TB
	url string
	now func() time.Time
	// answer, if there is one, answers instead of 204; it says whether the event was taken.
	answer func(w http.ResponseWriter, r *http.Request, id string) (taken bool)

	mu    sync.Mutex
	taken []string // ids
	last  []byte   // the body of the last
	seen  int
}

func newReceiver(t testing.TB, now func() time.Time) *receiver {
	r := &receiver{t: t, now: now}
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	r.url = s.URL + "/hook?token=in-the-url"
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return // it was cut off
	}
	id, err := verify(q, body, r.now())
	if err != nil {
		r.t.Error(err)
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	answer := r.answer
	r.last, r.seen = body, r.seen+1
	r.mu.Unlock()
	take := func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.taken = append(r.taken, id)
	}
	if answer == nil {
		take()
		w.WriteHeader(http.StatusNoContent)
	} else if answer(w, q, id) {
		take()
	}
}

// answers sets how the receiver answers from now on; nil: it takes everything.
func (r *receiver) answers(f func(w http.ResponseWriter, r *http.Request, id string) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = f
}

// status answers with a status, and takes nothing.
func status(code int, header ...string) func(http.ResponseWriter, *http.Request, string) bool {
	return func(w http.ResponseWriter, _ *http.Request, _ string) bool {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		http.Error(w, "words of the receiver\nand more of them", code)
		return false
	}
}

// ids are those that were taken since the last call.
func (r *receiver) ids() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	ids := r.taken
	r.taken = nil
	return ids
}

// tries counts what was received since the last call, taken or not.
func (r *receiver) tries() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.seen
	r.seen = 0
	return n
}

func (r *receiver) body() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

// verify is what a careful receiver does.
func verify(r *http.Request, body []byte, now time.Time) (id string, err error) {
	id = r.Header.Get("webhook-id")
	var e struct {
		SpecVersion, ID, Source, Type string
		Data                          json.RawMessage
	}
	switch media := r.Header.Get("Content-Type"); {
	case r.Method != http.MethodPost || r.ContentLength != int64(len(body)):
		return id, fmt.Errorf("%s with %d bytes", r.Method, r.ContentLength)
	case media != "application/cloudevents+json; charset=utf-8":
		return id, fmt.Errorf("content type %q", media)
	case json.Unmarshal(body, &e) != nil || e.SpecVersion != "1.0" || e.ID != id || id == "" || e.Source == "" || e.Type == "" || len(e.Data) == 0:
		return id, fmt.Errorf("no CloudEvent with the id %q: %s", id, body)
	case strings.Contains(id, "."):
		return id, fmt.Errorf("id %q", id)
	}
	seconds, err := strconv.ParseInt(r.Header.Get("webhook-timestamp"), 10, 64)
	if off := now.Sub(time.Unix(seconds, 0)); err != nil || off > 5*time.Minute || off < -5*time.Minute {
		return id, fmt.Errorf("timestamp %q: %v, %v off", r.Header.Get("webhook-timestamp"), err, off)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(sesame, "whsec_"))
	if err != nil {
		return id, err
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.%s", id, seconds, body)
	for signature := range strings.SplitSeq(r.Header.Get("webhook-signature"), " ") {
		if sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(signature, "v1,")); err == nil && hmac.Equal(sum, mac.Sum(nil)) {
			return id, nil
		}
	}
	return id, errors.New("no signature fits")
}
