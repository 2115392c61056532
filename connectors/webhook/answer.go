package webhook

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"crema/connectors"
)

// longestAfter bounds what a receiver may ask for by Retry-After.
const longestAfter = time.Hour

// Of what a receiver says beside its status, this much is looked at, and shown.
const bodyRead, bodyShown = 4 << 10, 200

// answer is one that is not 2xx.
type answer struct {
	status int
	after  time.Duration // as it asked for by Retry-After; 0: it did not
	to     string        // the host that it names instead, of a redirection
	words  string        // the first line of what it said
}

func newAnswer(r *http.Response, now time.Time, secrets []string) *answer {
	a := &answer{status: r.StatusCode, after: retryAfter(r.Header.Get("Retry-After"), now)}
	if to, err := r.Request.URL.Parse(r.Header.Get("Location")); err == nil && a.status < 400 {
		a.to = (&url.URL{Scheme: to.Scheme, Host: to.Host}).String() // the rest may hold a token
	}
	line, _ := bufio.NewReaderSize(io.LimitReader(r.Body, bodyRead), bodyRead).ReadString('\n') // whatever came of it
	words := []rune(strings.Join(strings.Fields(connectors.Hide(line, secrets...)), " "))
	a.words = string(words[:min(len(words), bodyShown)])
	return a
}

func (a *answer) Error() string {
	text := fmt.Sprintf("it answered %d %s", a.status, http.StatusText(a.status))
	if a.to != "" {
		text += ", and wants to be called at " + a.to
	}
	if a.words != "" {
		text += fmt.Sprintf(": %q", a.words)
	}
	return text
}

// later tells whether the same is worth trying again: it is the receiver, and not the event.
func (a *answer) later() bool {
	return a.status >= 500 || slices.Contains([]int{http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests}, a.status)
}

// fix says what a person can do about an answer.
func (a *answer) fix() string {
	switch {
	case a.later():
		return "Look at the receiver; it is tried again."
	case a.status == http.StatusGone:
		return "The receiver wants no more events: delete this backend, or write another URL."
	case a.status == http.StatusUnauthorized || a.status == http.StatusForbidden:
		return "Compare the secret with the receiver's, and the board's clock with the hour: a receiver refuses what is signed five minutes off."
	case a.status == http.StatusNotFound || a.status == http.StatusMethodNotAllowed || a.status < 400:
		return "Correct the URL: it must be the very one that takes posts."
	case a.status == http.StatusUnsupportedMediaType:
		return "Have the receiver take application/cloudevents+json."
	}
	return "Look at the receiver why it refuses this event."
}
