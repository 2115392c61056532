package odoo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// A String is a text field: Odoo sends false for an empty one.
type String string

// UnmarshalJSON takes a text or false.
func (s *String) UnmarshalJSON(b []byte) error {
	if isEmpty(b) {
		*s = ""
		return nil
	}
	var v string
	if err := json.Unmarshal(b, &v); err != nil {
		return fmt.Errorf("want a text or false, got %.40s", b)
	}
	*s = String(v)
	return nil
}

// An ID is a many2one field: Odoo sends false for an empty one, a number, or a pair of number and name.
// 0 is no record.
type ID int64

// UnmarshalJSON takes a number, a pair of number and name, or false.
func (i *ID) UnmarshalJSON(b []byte) error {
	if isEmpty(b) {
		*i = 0
		return nil
	}
	if b[0] == '[' {
		var pair []json.RawMessage
		if err := json.Unmarshal(b, &pair); err != nil || len(pair) != 2 {
			return fmt.Errorf("want an id and a name, got %.40s", b)
		}
		b = pair[0]
	}
	var v int64
	if err := json.Unmarshal(b, &v); err != nil {
		return fmt.Errorf("want an id or false, got %.40s", b)
	}
	*i = ID(v)
	return nil
}

// Stamp is the layout of Odoo's datetimes, which are UTC.
const Stamp = "2006-01-02 15:04:05"

// A Time is a datetime field, in whole seconds of UTC; the zero Time is an empty field.
type Time struct{ time.Time }

// At gives t as Odoo keeps it: UTC, cut to the second.
func At(t time.Time) Time { return Time{t.UTC().Truncate(time.Second)} }

// UnmarshalJSON takes a text like "2026-11-22 00:34:42", or false.
func (t *Time) UnmarshalJSON(b []byte) error {
	if isEmpty(b) {
		*t = Time{}
		return nil
	}
	var v string
	if err := json.Unmarshal(b, &v); err != nil {
		return fmt.Errorf("want a datetime or false, got %.40s", b)
	}
	p, err := time.ParseInLocation(Stamp, v, time.UTC)
	if err != nil {
		return fmt.Errorf("want a datetime, got %.40q", v)
	}
	*t = Time{p}
	return nil
}

// MarshalJSON gives the datetime in UTC, or false for the zero Time.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("false"), nil
	}
	return json.Marshal(t.UTC().Format(Stamp))
}

// An Amount is a decimal number as text, such as "2.3" or "1.034782608695652"; it is a bare number in JSON and
// never goes through binary floating point here. The empty Amount is refused when it is sent: an amount that
// was forgotten must not become 0.
type Amount string

// AmountOf gives d as an Amount, with all of its digits.
func AmountOf(d decimal.Decimal) Amount { return Amount(d.String()) }

// Decimal gives the amount to compute with.
func (a Amount) Decimal() (decimal.Decimal, error) {
	d, err := decimal.NewFromString(string(a))
	// The bounds keep a number like 1e999999 from becoming a text of that many digits.
	if err != nil || len(a) > 64 || d.Exponent() > 30 || d.Exponent() < -60 {
		return decimal.Decimal{}, fmt.Errorf("amount %.70q is not a decimal number, or out of range", string(a))
	}
	return d, nil
}

// UnmarshalJSON takes a number and keeps its digits.
func (a *Amount) UnmarshalJSON(b []byte) error {
	var n json.Number
	if len(b) == 0 || b[0] == '"' || bytes.Equal(b, []byte("null")) {
		return fmt.Errorf("want a number, got %.40s", b)
	}
	if err := json.Unmarshal(b, &n); err != nil {
		return fmt.Errorf("want a number, got %.40s", b)
	}
	d, err := Amount(n).Decimal()
	if err != nil {
		return err
	}
	*a = Amount(n)
	if !a.plain() {
		*a = AmountOf(d) // Python writes very small and very large numbers with an exponent
	}
	return nil
}

// MarshalJSON gives the number, or an error for an empty Amount and for what is not a decimal number.
func (a Amount) MarshalJSON() ([]byte, error) {
	if a == "" {
		return nil, errors.New("an amount is missing")
	}
	d, err := a.Decimal()
	if err != nil {
		return nil, err
	}
	if a.plain() {
		return []byte(a), nil
	}
	return []byte(d.String()), nil
}

// plain reports whether a is a JSON number without an exponent, so that it can be sent digit for digit.
func (a Amount) plain() bool {
	return json.Valid([]byte(a)) && !strings.ContainsAny(string(a), "eE \n\t\r")
}

func isEmpty(b []byte) bool { return bytes.Equal(b, []byte("false")) || bytes.Equal(b, []byte("null")) }
