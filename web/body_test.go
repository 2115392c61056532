package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What a program sends in the wrong kind is told by its name in the API, in no words of Go.
func TestWrongKindOfValue(t *testing.T) {
	for body, want := range map[string]string{
		`{"count":"2"}`: `"count" is the wrong kind of value: string: send a whole number`, `{"count":1e9}`: "a whole number",
		`{"seconds":[]}`: "send a number", `{"channel":3}`: "send a string", `[]`: "send one JSON object"} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		err := bodyOf(httptest.NewRecorder(), r, new(JobTest))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "JobTest.count") {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
	}
}
