package connectors

import "fmt"

// Kind is a type of external system, or one version of it. Two kinds of the same
// name and version are the same kind, wherever they were made.
type Kind struct {
	name    string
	version string
	parent  *Kind
}

// NewKind makes a kind, say "coffee". It panics on an empty name: kinds are made
// at start-up, from constants.
func NewKind(name string) *Kind {
	if name == "" {
		panic("connectors: a kind needs a name")
	}
	return &Kind{name: name}
}

// Version makes the kind of one version, whose parent is k. An empty version is k
// itself. It panics on a kind that is a version already.
func (k *Kind) Version(v string) *Kind {
	if v == "" {
		return k
	}
	if k.parent != nil {
		panic(fmt.Sprintf("connectors: %s is a version already, it can't have version %q", k, v))
	}
	return &Kind{name: k.name, version: v, parent: k}
}

// Name returns what all versions have in common: "coffee".
func (k *Kind) Name() string { return k.name }

// VersionName returns the version, "1900", or "" for the kind of all versions.
func (k *Kind) VersionName() string { return k.version }

// Parent returns the kind of all versions, or nil for that kind itself.
func (k *Kind) Parent() *Kind { return k.parent }

// Is reports whether k is the kind other, or a version of it.
func (k *Kind) Is(other *Kind) bool {
	if k == nil || other == nil || k.name != other.name {
		return false
	}
	return other.version == "" || k.version == other.version
}

// String returns "coffee 1900", or "coffee".
func (k *Kind) String() string {
	if k == nil {
		return "no kind"
	}
	if k.version == "" {
		return k.name
	}
	return k.name + " " + k.version
}

// ancestry lists k and then its parents: the order in which a lookup goes.
func (k *Kind) ancestry() []*Kind {
	var ks []*Kind
	for ; k != nil; k = k.parent {
		ks = append(ks, k)
	}
	return ks
}
