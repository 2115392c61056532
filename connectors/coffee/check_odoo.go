package coffee

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"crema/connectors"
	"crema/connectors/odoo"
)

// checkup is what the checks of one test have learned of Odoo so far.
type checkup struct {
	version odoo.Version
	shop    *shop // nil: it can't be read, which is told
}

// odooCheck looks at one thing that Odoo must have for a machine, and returns what is
// missing. It writes nothing. Its error says that it could not be looked at.
type odooCheck func(ctx context.Context, b *Backend, c *checkup) ([]connectors.Finding, error)

// odooChecks are all of them, in their order. The first that Odoo doesn't answer ends the test.
var odooChecks = []odooCheck{
	checkModules,
	checkPOS,
	checkSession,
	checkPayment,
	checkLocked,
	checkLanguage,
	checkDrinks,
	checkNamedSlots,
	checkRights,
	checkMaintenance,
	checkStock,
	checkKey,
	checkBusy,
}

// testOdoo asks Odoo for each thing that the flows need.
func (b *Backend) testOdoo(ctx context.Context) ([]connectors.Finding, error) {
	v, err := b.d.Odoo.Probe(ctx)
	if err != nil {
		return b.finding(err, codeAway, "Check `url`, the network, and that Odoo runs.")
	}
	if v.Major < odoo.Oldest {
		return []connectors.Finding{{Code: "odoo_version", Text: fmt.Sprintf("Odoo is version %s; crema needs %d or later.", v.Text, odoo.Oldest), Fix: "Update Odoo."}}, nil
	}
	c := checkup{version: v}
	var findings []connectors.Finding
	for _, check := range odooChecks {
		found, err := check(ctx, b, &c)
		for i, f := range found {
			if f.Code == codeDatabase {
				found[i] = b.databaseFinding(ctx)
			}
		}
		findings = append(findings, found...)
		if err != nil {
			return findings, err
		}
		for _, f := range found {
			if f.Code == codeAway || f.Code == codeKey || f.Code == codeLogin || f.Code == codeDatabase || f.Code == codeTLS || f.Code == codeProxy {
				return findings, nil // whatever else is asked would fare the same
			}
		}
	}
	return findings, nil
}

// The findings after which nothing more can be asked.
const (
	codeAway     = "odoo_away"
	codeKey      = "odoo_key"
	codeLogin    = "odoo_login"
	codeDatabase = "odoo_database"
)

// finding turns what Odoo answered into words; an error that says nothing about
// Odoo (the context ended, the store failed) stays one.
func (b *Backend) finding(err error, code, fix string) ([]connectors.Finding, error) {
	var answer *odoo.Error
	var choice *odoo.ChoiceError
	if f, ok := wayFinding(err); ok {
		return []connectors.Finding{f}, nil
	}
	switch {
	case errors.As(err, &choice):
		return []connectors.Finding{{Code: code, Text: plainly(err), Fix: fix}}, nil
	case errors.Is(err, errConfig):
		return []connectors.Finding{{Code: code, Text: plainly(err), Fix: fix}}, nil
	case errors.Is(err, odoo.ErrWrongLogin):
		return []connectors.Finding{{Code: codeKey, Text: "Odoo does not accept the API key for the login that `user` is set to.",
			Fix: "Set `user` under [odoo] to the login of the key's user, or make a new key in Odoo (Preferences, Security) and put it into the file of `api_key_file`."}}, nil
	case errors.As(err, &answer) && answer.Class == odoo.Stop:
		return []connectors.Finding{{Code: codeKey, Text: "Odoo does not accept the API key.", Fix: "Make a new key in Odoo (Preferences, Security) and put it into the file of `api_key_file`."}}, nil
	case errors.Is(err, odoo.ErrNoLogin):
		return []connectors.Finding{{Code: codeLogin, Text: "Odoo 18 needs the login of the key's user, and the name of the database.", Fix: "Set `user` and `database` under [odoo]."}}, nil
	case errors.Is(err, odoo.ErrNoDatabase):
		return []connectors.Finding{{Code: codeDatabase, Text: "Odoo: " + words(err) + ".", Fix: "Check `database`, and that Odoo's database runs."}}, nil
	case errors.As(err, &answer) && (answer.Class == odoo.Transient || answer.Class == odoo.Unknown):
		return []connectors.Finding{{Code: codeAway, Text: "Odoo: " + words(err) + ".", Fix: "Check `url`, the network, and that Odoo runs."}}, nil
	case errors.As(err, &answer):
		return []connectors.Finding{{Code: code, Text: "Odoo: " + words(err) + ".", Fix: fix}}, nil
	default:
		return nil, err
	}
}

// plainly is an error as a sentence, without what says where in the program it comes from.
func plainly(err error) string {
	text := strings.TrimPrefix(strings.TrimPrefix(err.Error(), errConfig.Error()+": "), "odoo: ")
	first, n := utf8.DecodeRuneInString(text)
	return strings.TrimSuffix(string(unicode.ToUpper(first))+text[n:], ".") + "."
}
