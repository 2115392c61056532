package board

import "testing"

func TestNearest(t *testing.T) {
	known := []string{"data", "listen", "api_key_file", "pos", "port", "poll"}
	for given, want := range map[string]string{
		"listn": "listen", "LISTEN": "listen", "lisnet": "listen", "apikeyfile": "api_key_file", "prot": "port", "pols": "poll", "zzz": "", "x": "",
	} {
		if got := nearest(given, known); got != want {
			t.Errorf("nearest(%q) = %q, want %q", given, got, want)
		}
	}
}
