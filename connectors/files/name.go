package files

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"unicode"
)

// isName tells whether a file of a tree can have that name, or "." the tree itself.
func isName(name string) bool {
	// One with a line end, or with what moves a terminal's cursor, is nobody's honest file.
	if !fs.ValidPath(name) || strings.ContainsFunc(name, unicode.IsControl) || len(name) > 4000 {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if len(part) > 255 {
			return false
		}
	}
	return true
}

// escaped makes a part of a name of any text, another one of each. Letters, digits and
// "-", "_" stay, "." but at the begin; of a long text the end becomes its hash.
func escaped(text string) string {
	const longest = 150
	var b strings.Builder
	for i, c := range []byte(text) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.' && i > 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	name := b.String()
	if len(name) <= longest {
		return name
	}
	sum := sha256.Sum256([]byte(text))
	// The "+" is in no name that is not cut.
	return name[:longest-33] + "+" + hex.EncodeToString(sum[:16])
}

// A part is a file that is being written.
const partPrefix, partSuffix = ".crema-", ".part"

func isPart(name string) bool {
	base := path.Base(name)
	return strings.HasPrefix(base, partPrefix) && strings.HasSuffix(base, partSuffix)
}
