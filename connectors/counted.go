package connectors

import "fmt"

// Counted says a number of things to people: "1 cup", "12 cups". one and many may go on with what agrees with the number:
// "cup is", "cups are".
func Counted[N ~int | ~int64 | ~uint64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
