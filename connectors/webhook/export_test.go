package webhook

import (
	"time"

	"crema/connectors"
)

// NewKeeping is New with another bound of what waits.
func NewKeeping(h *connectors.Host, keep int) connectors.Connector {
	return newSink(h, keep).connector()
}

// Sign signs a message with a secret.
func Sign(secret, id string, at time.Time, body []byte) (string, error) {
	keys, err := parseSecret(secret)
	if err != nil {
		return "", err
	}
	return keys.sign(id, at, body), nil
}
