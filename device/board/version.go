package board

import (
	"runtime/debug"
	"time"
)

// built is when this program was made, RFC 3339: -ldflags "-X crema/device/board.built=…".
var built string

// oldest is no later than any build of crema: what a build time falls back to.
var oldest = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// Version is the module's version, or the commit that the program was built from.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	if commit := setting(info, "vcs.revision"); commit != "" {
		return commit[:min(12, len(commit))]
	}
	return "devel"
}

// BuildTime is when the program was built, as far as it knows: what was set at
// linking, else the time of its commit. No cup and no certificate is older.
func BuildTime() time.Time {
	if t, err := time.Parse(time.RFC3339, built); err == nil {
		return t
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		if t, err := time.Parse(time.RFC3339, setting(info, "vcs.time")); err == nil {
			return t
		}
	}
	return oldest
}

func setting(info *debug.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}
