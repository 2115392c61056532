package connectortest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"crema/connectors"
	"crema/queue"
)

// keepsSecrets: no secret is in what people or the store get to see.
func (r *siteRig) keepsSecrets() {
	if len(r.Secrets) == 0 {
		return
	}
	r.production()
	var seen []string
	see := func(where string, what any) { seen = append(seen, fmt.Sprintf("%s: %+v %#v", where, what, what)) }
	try := func() {
		findings, err := r.host.Test(r.Context(), r.name)
		see("a test", findings)
		see("a test", err)
		for _, f := range r.connector.FlowsFor(r.Backend) {
			see("a job", r.board.Start(r, r.host, r.name, f.Name))
		}
		see("an error", r.host.With(r.Context(), r.name, func(_ context.Context, w *connectors.Work) error {
			see("the client", w.Client)
			return errors.New("no")
		}))
	}
	try()
	if r.Away != nil {
		back := r.Away()
		try()
		back()
	}
	for _, job := range r.board.Jobs.Jobs(r, queue.Filter{}) {
		see("a job", job)
	}
	see("a checkpoint", r.board.Open(r))
	see("the log", r.board.Log.String())
	see("the store", stored(r, r.board.Store))
	for setting, value := range r.Secrets {
		// The host has hidden what a job or a test would have shown: a log or a checkpoint of the same error is not its to
		// hide.
		mark := connectors.Hide(value, value)
		for _, text := range seen {
			where, rest, _ := strings.Cut(text, ": ")
			if strings.Contains(rest, value) || strings.Contains(rest, mark) {
				r.Errorf("the secret %s is shown by %s", setting, where)
			}
		}
	}
}
