package web

import (
	"slices"
	"strconv"
	"strings"
)

// decimals are the currencies whose minor unit is not a hundredth, by ISO 4217's list
// of 2024.
var decimals = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0,
	"UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
	"CLF": 4, "UYW": 4,
}

// signs are the currencies that everybody knows by a sign that means no other.
var signs = map[string]string{"EUR": "€", "GBP": "£"}

// noBreak keeps an amount and its currency on one line.
const noBreak = "\u00a0"

// String is the amount as the page shows it: "€2.30", "CHF 2.30", "JPY 300"; without
// a currency only the number, in hundredths.
func (m Money) String() string {
	places, known := decimals[m.Currency]
	if !known {
		places = 2
	}
	digits := strconv.FormatUint(magnitude(m.Amount), 10)
	if len(digits) <= places {
		digits = strings.Repeat("0", places+1-len(digits)) + digits
	}
	text := grouped(digits[:len(digits)-places])
	if places > 0 {
		text += "." + digits[len(digits)-places:]
	}
	minus := ""
	if m.Amount < 0 {
		minus = "−"
	}
	switch sign := signs[m.Currency]; {
	case sign != "":
		return minus + sign + text
	case m.Currency != "":
		return minus + m.Currency + noBreak + text
	default:
		return minus + text
	}
}

// magnitude is n without its sign, for the lowest int64 too.
func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// grouped puts a comma before every three digits from the right.
func grouped(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// sum adds amounts up, those of several currencies one after the other.
func sum(all []Money) string {
	var sums []Money
	for _, m := range all {
		i := slices.IndexFunc(sums, func(s Money) bool { return s.Currency == m.Currency })
		if i < 0 {
			sums = append(sums, Money{Currency: m.Currency})
			i = len(sums) - 1
		}
		sums[i].Amount += m.Amount
	}
	var texts []string
	for _, m := range sums {
		if m.Amount != 0 {
			texts = append(texts, m.String())
		}
	}
	return strings.Join(texts, " + ")
}
