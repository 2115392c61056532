package coffee

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"crema/device"
)

// marked is a name that ends as a mark does: "Cappucci~1A".
var marked = regexp.MustCompile(`~[0-9A-Z]+$`)

// fit is a drink's name as the machine can hold it: as it is where it fits, else
// written in the machine's characters and cut, with a mark made of the product's id
// alone. So two drinks never share a name by being cut, and a drink bears the same
// name in every slot, at any time, whatever else is sold. It is never empty.
//
// A name that fits but looks like a marked one is marked too: no other can pass for it.
func fit(limits device.Limits, product int64, name string) string {
	name = norm.NFC.String(name)
	if strings.TrimSpace(name) != "" && !marked.MatchString(name) && holds(limits, name) {
		return name
	}
	mark := "~" + strings.ToUpper(strconv.FormatInt(product, 36))
	plain := strings.Join(strings.Fields(transliterate(limits, name)), " ")
	if plain == "" {
		plain = "Drink"
	}
	return strings.TrimRight(cut(limits, plain, limits.NameBytes-len(mark)), " ") + mark
}

// holds tells whether the machine can hold the name as it is.
func holds(limits device.Limits, name string) bool {
	if !utf8.ValidString(name) || size(limits, name) > limits.NameBytes {
		return false
	}
	for _, r := range name {
		if !holdsRune(limits, r) {
			return false
		}
	}
	return true
}

func holdsRune(limits device.Limits, r rune) bool {
	switch {
	case strings.ContainsRune(limits.NameWithout, r), r < 0x20, r >= 0x7F && r < 0xA0, r == utf8.RuneError:
		return false
	default:
		return !limits.Latin1 || r <= 0xFF
	}
}

// size is the length of a name in the machine's encoding.
func size(limits device.Limits, name string) int {
	if limits.Latin1 {
		return utf8.RuneCountInString(name)
	}
	return len(name)
}

// cut shortens a name to n bytes of the machine's encoding, between characters, and
// not between a letter and its accent.
func cut(limits device.Limits, name string, n int) string {
	for size(limits, name) > max(n, 0) {
		r, width := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-width]
		for unicode.Is(unicode.Mn, r) {
			r, width = utf8.DecodeLastRuneInString(name)
			name = name[:len(name)-width]
		}
	}
	return name
}

// spelled is how characters are written that have no accent to take off.
var spelled = map[rune]string{
	'‘': "'", '’': "'", '‚': "'", '“': `"`, '”': `"`, '„': `"`, '‹': "(", '›': ")", '<': "(", '>': ")",
	'–': "-", '—': "-", '‐': "-", '‑': "-", '−': "-", '…': "...", '•': "-", '€': "EUR", '™': "TM",
	'Œ': "OE", 'œ': "oe", 'ẞ': "SS", 'Ł': "L", 'ł': "l", 'Đ': "D", 'đ': "d", 'ı': "i", 'Ħ': "H", 'ħ': "h", 'Ŧ': "T", 'ŧ': "t",
}

// transliterate writes a name in characters that the machine can hold; what has no
// such spelling becomes a space.
func transliterate(limits device.Limits, name string) string {
	var b strings.Builder
	for _, r := range name {
		if holdsRune(limits, r) {
			b.WriteRune(r)
			continue
		}
		s, ok := spelled[r]
		if !ok {
			s = norm.NFKD.String(string(r))
		}
		wrote := false
		for _, r := range s {
			if holdsRune(limits, r) {
				b.WriteRune(r)
				wrote = true
			}
		}
		if !wrote && !unicode.Is(unicode.Mn, r) {
			b.WriteByte(' ')
		}
	}
	return b.String()
}
