package board

import "time"

// TrustLevel is how far the wall time can be believed.
type TrustLevel string

// The levels of trust.
const (
	// Untrusted is a wall time that nobody has confirmed since the kernel's boot.
	Untrusted TrustLevel = "untrusted"
	// Estimated is one that nobody has confirmed and nothing speaks against.
	Estimated TrustLevel = "estimated"
	// Trusted is one that somebody has confirmed since the kernel's boot.
	Trusted TrustLevel = "trusted"
)

// The sources of a wall time. Offers name themselves: [SourceDate], [SourcePerson].
const (
	SourceKernel   = "kernel"   // the kernel says that it is synchronised
	SourceDate     = "date"     // a Date header over verified TLS
	SourcePerson   = "person"   // somebody set it
	SourceEstimate = "estimate" // the kernel's clock, which is not impossible
)

// Trust is how far the wall time can be believed, and why.
type Trust struct {
	Level TrustLevel `json:"level"`
	// Source is one of the sources, or "" of an untrusted time.
	Source string `json:"source,omitempty"`
}

// String returns the level: "untrusted", "estimated", "trusted".
func (t Trust) String() string { return string(t.Level) }

// Stamp is what a clock must find again after a restart. The zero Stamp is that of a
// board that starts for the first time.
type Stamp struct {
	// Board is the board time.
	Board time.Duration `json:"board_ns"`
	// Wall is the wall time when it was last believed, estimates included; zero when it
	// never was. Nothing that happens later can have an earlier date.
	Wall time.Time `json:"wall,omitzero"`
	// Boot and Uptime say when, in the life of the kernel, the stamp was made.
	Boot   string        `json:"boot"`
	Uptime time.Duration `json:"uptime_ns"`
	Trust  Trust         `json:"trust"`
}
