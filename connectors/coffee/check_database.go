package coffee

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"crema/connectors"
)

// databaseFinding says why Odoo finds no database. To its API one that is down and one that isn't there are the
// same; where the server lists its databases, that tells them apart, and else both are named.
func (b *Backend) databaseFinding(ctx context.Context) connectors.Finding {
	wanted := b.d.Odoo.Database()
	there, err := b.d.Odoo.Databases(ctx)
	found := func(fix, format string, args ...any) connectors.Finding {
		return connectors.Finding{Code: codeDatabase, Text: fmt.Sprintf(format, args...), Fix: fix}
	}
	switch {
	case err != nil || len(there) == 0:
		if wanted == "" {
			return found("Set `database` under [odoo] to the name of the database, and look whether Odoo's database server runs.",
				"Odoo finds no database: either it serves several, and `database` names none of them, or its database server is down.")
		}
		return found("Correct `database` under [odoo], or look whether Odoo's database server runs.",
			"Odoo finds no database %q: either it has none of that name, or its database server is down.", wanted)
	case wanted == "":
		return found("Set `database` under [odoo] to one of them.", "Odoo does not know which database is meant: there are %s, and `database` names none of them.", quoted(there))
	case !slices.Contains(there, wanted):
		return found("Correct `database` under [odoo].", "Odoo has no database %q: there are %s.", wanted, quoted(there))
	default:
		return found("Look whether Odoo's own settings (dbfilter) keep it from this address, and into Odoo's log.", "Odoo has the database %q, and does not open it.", wanted)
	}
}

// mostNamed is how many databases are named in a text.
const mostNamed = 10

func quoted(names []string) string {
	var list []string
	for _, name := range names[:min(len(names), mostNamed)] {
		list = append(list, fmt.Sprintf("%.60q", name))
	}
	if len(names) > mostNamed {
		list = append(list, "…")
	}
	return strings.Join(list, ", ")
}
