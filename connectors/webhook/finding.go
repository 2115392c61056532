package webhook

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"

	"crema/connectors"
	"crema/connectors/remote"
	"crema/store"
)

// hostOf is the receiver as messages name it: the rest of its URL may hold a token.
func hostOf(b connectors.Backend) string {
	u, err := url.Parse(b.Text(urlSetting))
	if err != nil {
		return b.Name
	}
	return u.Host
}

// warnings are what is not as it should be, for as long as it is so.
func warnings(b connectors.Backend) []connectors.Finding {
	u, err := url.Parse(b.Text(urlSetting))
	if err != nil || u.Scheme == "https" || onBoard(u.Hostname()) {
		return nil
	}
	return []connectors.Finding{{Code: "not_encrypted", Warning: true,
		Text: fmt.Sprintf("Events go to %s in clear: everybody in that network can read them.", u.Host), Fix: "Have the receiver take https, and write that."}}
}

// nobody is a warning for each backend whose events are wanted, and that there is not: a
// name that was mistyped, or one that is yet to come.
func nobody(w *connectors.Work) (found []connectors.Finding, err error) {
	err = w.Store.View(func(tx *store.Tx) error {
		for _, name := range items(w.Backend.Text(backendsSetting)) {
			switch _, err := (connectors.Backends{}).Get(tx, name); {
			case errors.Is(err, connectors.ErrNoBackend):
				found = append(found, connectors.Finding{Code: "no_such_backend", Warning: true,
					Text: fmt.Sprintf("There is no backend %q, whose events shall be posted.", name), Fix: "Correct `backends`, or add that backend."})
			case err != nil:
				return err
			}
		}
		return nil
	})
	return found, err
}

// finding says in words why nothing could be delivered.
func finding(b connectors.Backend, err error) connectors.Finding {
	if a, ok := errors.AsType[*answer](err); ok {
		return connectors.Finding{Code: fmt.Sprintf("status_%d", a.status), Text: fmt.Sprintf("%s takes no events: %v.", hostOf(b), a), Fix: a.fix()}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return connectors.Finding{Code: "secret", Text: "There is no secret to sign events with.", Fix: "Enter the one that the receiver gave you."}
	}
	if f, ok := remote.Finding(b, err); ok {
		return f
	}
	return connectors.Finding{Code: "not_delivered", Text: fmt.Sprintf("Nothing can be delivered to %s: %v.", hostOf(b), err), Fix: "Look at the receiver and at the settings."}
}
