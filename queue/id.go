package queue

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// ID names a job: rising numbers from 1, never used twice in one store. Zero is no job. In JSON it is a string, since
// JavaScript has no 64-bit integers.
type ID uint64

// String gives the decimal number.
func (id ID) String() string { return strconv.FormatUint(uint64(id), 10) }

// ParseID reads what String wrote. It refuses zero, signs and anything else that is not a number.
func ParseID(s string) (ID, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("job id %q: want a number from 1", s)
	}
	return ID(n), nil
}

// MarshalJSON writes the number as a string.
func (id ID) MarshalJSON() ([]byte, error) { return json.Marshal(id.String()) }

// UnmarshalJSON reads a string or a number.
func (id *ID) UnmarshalJSON(b []byte) error {
	s := string(b)
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		s = s[1 : len(s)-1]
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return fmt.Errorf("job id %s: want a number", b)
	}
	*id = ID(n)
	return nil
}
