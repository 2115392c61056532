package source_test

import (
	"context"
	"fmt"
	"testing"

	"crema/web/source"
)

// A part that fails ends the program with its error, though that be one of a call that was cancelled; the end that was asked for has none.
func TestTogether(t *testing.T) {
	waits := func(ctx context.Context) error {
		<-ctx.Done()
		return fmt.Errorf("wait: %w", ctx.Err())
	}
	failed := fmt.Errorf("ask: %w", context.Canceled)
	if err := source.Together(t.Context(), waits, func(context.Context) error { return failed }); err != failed {
		t.Errorf("a part failed: %v, want %v", err, failed)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := source.Together(ctx, waits); err != nil {
		t.Errorf("the end: %v", err)
	}
}
