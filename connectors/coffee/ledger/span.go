package ledger

import (
	"strconv"
	"strings"
)

// Span is a row of numbers for people, from the first to the last: "65–90", or "65".
func Span(from, to uint64) string {
	if from == to {
		return strconv.FormatUint(from, 10)
	}
	return strconv.FormatUint(from, 10) + "–" + strconv.FormatUint(to, 10)
}

// Spans are rising numbers for people, in as few rows as there are: "3, 65–90".
func Spans(numbers []uint64) string {
	var out []string
	for i := 0; i < len(numbers); {
		j := i
		for j+1 < len(numbers) && numbers[j+1] == numbers[j]+1 {
			j++
		}
		out = append(out, Span(numbers[i], numbers[j]))
		i = j + 1
	}
	return strings.Join(out, ", ")
}
