package webhook_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/webhook"
)

// TestSignatureVectors: the vector is that of the libraries of Standard Webhooks.
func TestSignatureVectors(t *testing.T) {
	at, body := time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`)
	const id, want = "msg_p5jXN8AQM9LWM0D4loKWxJek", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	for _, secret := range []string{sesame, strings.TrimPrefix(sesame, "whsec_"), " " + sesame + " "} {
		if got, err := webhook.Sign(secret, id, at, body); got != want || err != nil {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
	// While the secret is changed, a receiver with either of them is content.
	both, err := webhook.Sign(otherWords+" "+sesame, id, at, body)
	if parts := strings.Split(both, " "); err != nil || len(parts) != 2 || parts[1] != want || parts[0] == want {
		t.Errorf("%q, %v", both, err)
	}
}

// What is no secret is refused with what to do, and not shown.
func TestBadSecrets(t *testing.T) {
	of := func(n int) string { return "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, n)) }
	for _, n := range []int{24, 32, 64} {
		if _, err := webhook.Sign(of(n), "id", time.Now(), nil); err != nil {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	for _, bad := range []string{"", " ", "sesame-open-yourself", of(23), of(65), sesame + "!", sesame[:len(sesame)-1], sesame + " " + otherWords + " " + sesame} {
		_, err := webhook.Sign(bad, "id", time.Now(), nil)
		errs := connectors.SettingErrors(err)
		if len(errs) != 1 || errs[0].Setting != "secret" || errs[0].Wrong == "" || errs[0].Fix == "" || len(bad) > 6 && strings.Contains(err.Error(), bad) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
