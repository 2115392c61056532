package table

import (
	"regexp"
	"strings"
)

// A spreadsheet takes a cell that begins with one of these for a formula, and may run it.
const formula = "=+-@\t\r"

// number is what needs no protection: there is nothing in it to run.
var number = regexp.MustCompile(`^[+-]?[0-9]+([.,][0-9]+)?$`)

// guarded is a cell as an export has it: an apostrophe stands before what a spreadsheet
// would take for a formula, and before what would else read back as another text.
func guarded(cell string) string {
	bare := strings.TrimLeft(cell, "'")
	if bare == "" || !strings.Contains(formula, bare[:1]) || bare == cell && number.MatchString(cell) {
		return cell
	}
	return "'" + cell
}

// unguarded is the inverse: what an import makes of a cell.
func unguarded(cell string) string {
	bare := strings.TrimLeft(cell, "'")
	if bare == cell || bare == "" || !strings.Contains(formula, bare[:1]) {
		return cell
	}
	return cell[1:]
}
