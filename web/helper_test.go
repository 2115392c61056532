package web_test

import (
	"testing"
	"time"
	_ "time/tzdata" // the tests' place must be known on every machine
)

func zurich(t testing.TB) *time.Location {
	t.Helper()
	place, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		t.Fatal(err)
	}
	return place
}
