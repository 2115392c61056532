package board

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// nearest returns the known word that is most like the given one, or "" when none
// is near enough to be what was meant. Of two that are as near it is the one that
// begins more alike.
func nearest(given string, known []string) string {
	best, bestDistance := "", max(2, len(given)/3)+1
	for _, k := range known {
		d := distance(strings.ToLower(given), strings.ToLower(k))
		if d < len(k) && (d < bestDistance || d == bestDistance && alike(given, k) > alike(given, best)) {
			best, bestDistance = k, d
		}
	}
	return best
}

// alike is how many bytes a and b have in common at their beginning.
func alike(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// suggest says which of the known words to write instead of the given one.
func suggest(given string, known []string) string {
	if k := nearest(given, known); k != "" {
		return fmt.Sprintf("did you mean %q?", k)
	}
	return "write one of " + strings.Join(known, ", ")
}

// distance is the number of letters to insert, delete, change or swap with their
// neighbour to make b of a (optimal string alignment).
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	before, above := make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range above {
		above[j] = j
	}
	for i := range s {
		row := make([]int, len(t)+1)
		row[0] = i + 1
		for j := range t {
			change := 1
			if s[i] == t[j] {
				change = 0
			}
			row[j+1] = min(above[j+1]+1, row[j]+1, above[j]+change)
			if i > 0 && j > 0 && s[i] == t[j-1] && s[i-1] == t[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, above = above, row
	}
	return above[len(t)]
}

// sortedKeys returns a map's keys in order, for messages.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// quoteList writes "a, b and c" with quotes, for messages.
func quoteList(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = fmt.Sprintf("%q", w)
	}
	if len(quoted) < 2 {
		return strings.Join(quoted, "")
	}
	return strings.Join(quoted[:len(quoted)-1], ", ") + " and " + quoted[len(quoted)-1]
}
