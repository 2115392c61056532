package connectors_test

import (
	"testing"

	"crema/connectors"
)

func TestCounted(t *testing.T) {
	for n, want := range []string{"0 cups are", "1 cup is", "2 cups are"} {
		if got := connectors.Counted(n, "cup is", "cups are"); got != want {
			t.Errorf("Counted(%d) = %q, want %q", n, got, want)
		}
	}
}
