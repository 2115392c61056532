package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"crema/connectors"
)

// Bounds of a key in bytes: Standard Webhooks 1.0.0, "Signature scheme".
const leastKey, mostKey = 24, 64

// keys are what a secret signs with. While it is being changed there are two of them.
type keys [][]byte

// parseSecret reads one secret, or two with a space between them, as Standard Webhooks
// writes them: "whsec_" and base64. The error shows nothing of it.
func parseSecret(text string) (keys, error) {
	var all keys
	for _, part := range strings.Fields(text) {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(part, "whsec_"))
		if err != nil || len(key) < leastKey || len(key) > mostKey {
			return nil, &connectors.SettingError{Setting: secretSetting, Wrong: "it is no secret of Standard Webhooks",
				Fix: `enter "whsec_" and the base64 of 24 to 64 random bytes: echo "whsec_$(head -c32 /dev/urandom | base64)" makes one`}
		}
		all = append(all, key)
	}
	switch len(all) {
	case 0:
		return nil, &connectors.SettingError{Setting: secretSetting, Wrong: "it is missing", Fix: "enter the one that the receiver gave you"}
	case 1, 2:
		return all, nil
	}
	return nil, &connectors.SettingError{Setting: secretSetting, Wrong: "these are more than two secrets", Fix: "enter the one that holds, and beside it at most the one before it"}
}

// sign is the header webhook-signature of a message: a signature by each key.
func (all keys) sign(id string, at time.Time, body []byte) string {
	signatures := make([]string, len(all))
	for i, key := range all {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		mac.Write(body)
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return strings.Join(signatures, " ")
}
