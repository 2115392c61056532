package board

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func sprint(format string, args ...any) string { return fmt.Sprintf(format, args...) }

func jsonText(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func slogText(v any) string {
	var b strings.Builder
	slog.New(slog.NewTextHandler(&b, nil)).Info("config", "config", v)
	return b.String()
}
