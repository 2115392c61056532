package control

import (
	"os"
	"slices"
	"strings"
)

// Words is the variable of the environment that holds the words, with commas between them.
const Words = "crema_control"

var words = strings.Split(os.Getenv(Words), ",")

// Has tells whether a word is among them.
func Has(word string) bool { return slices.Contains(words, word) }

// Pick gives one of two values, the first if the word is there.
func Pick[T any](word string, with, without T) T {
	if Has(word) {
		return with
	}
	return without
}
