package board

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Position is a place in a configuration.
type Position struct {
	// File is the configuration file, "environment" or "command line".
	File string
	// Line is 1 or more in a file, and 0 elsewhere or where the file as a whole is meant.
	Line int
	// Key is the dotted key, "backend.poll", the variable, "CREMA_LISTEN", or the flag,
	// "--listen"; "" where the file as a whole is meant.
	Key string
}

// String returns "crema.toml:12: backend.poll", without what is not known.
func (p Position) String() string {
	s := p.File
	if p.Line > 0 {
		s += fmt.Sprintf(":%d", p.Line)
	}
	if p.Key != "" {
		s += ": " + p.Key
	}
	return s
}

// Problem is one thing that is wrong with a configuration.
type Problem struct {
	Position
	// Wrong says what is wrong, Fix what to do about it.
	Wrong, Fix string
}

func (p *Problem) Error() string {
	return fmt.Sprintf("%s: %s; %s", p.Position, p.Wrong, p.Fix)
}

// Problems is everything that is wrong with a configuration, in order of its lines.
type Problems []*Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives each problem to errors.As.
func (ps Problems) Unwrap() []error {
	errs := make([]error, len(ps))
	for i, p := range ps {
		errs[i] = p
	}
	return errs
}

// sorted orders the problems: the file by lines, then environment and flags.
func (ps Problems) sorted(file string) Problems {
	slices.SortStableFunc(ps, func(a, b *Problem) int {
		elsewhere := func(p *Problem) int {
			if p.File == file {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(elsewhere(a), elsewhere(b)), cmp.Compare(a.Line, b.Line))
	})
	return ps
}
