package coffee

import (
	"context"
	"errors"
	"fmt"

	"crema/connectors"
	"crema/connectors/odoo"
	"crema/connectors/odoo/product"
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
	checkPOS,
	checkPayment,
	checkDrinks,
	checkSaleRights,
	checkMaintenance,
	checkKey,
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

func checkPOS(ctx context.Context, b *Backend, c *checkup) ([]connectors.Finding, error) {
	b.forgetShop()
	shop, err := b.readShop(ctx)
	if err != nil {
		return b.finding(err, "odoo_pos", "Correct `pos`, or give the user rights on the point of sale (Point of Sale / User).")
	}
	c.shop = shop
	return nil, nil
}

func checkPayment(_ context.Context, b *Backend, c *checkup) (findings []connectors.Finding, _ error) {
	if c.shop == nil {
		return nil, nil
	}
	for _, kind := range []string{"default", "cash", "card", "badge"} {
		if kind != "default" && b.cfg.Payment[kind] == "" {
			continue
		}
		if _, err := c.shop.method(b.cfg, kind); err != nil {
			findings = append(findings, connectors.Finding{Code: "odoo_payment", Text: "Payment: " + err.Error() + ".", Fix: "Correct `payment`."})
		}
	}
	return findings, nil
}

func checkDrinks(ctx context.Context, b *Backend, _ *checkup) ([]connectors.Finding, error) {
	category, err := product.FindCategory(ctx, b.d.Odoo, b.cfg.POSCategory, b.cfg.Language)
	if err != nil {
		return b.finding(err, "odoo_category", "Correct `pos_category`, or add the category in Odoo.")
	}
	drinks, err := product.Drinks(ctx, b.d.Odoo, product.Query{Category: category.ID, Lang: b.cfg.Language})
	if err != nil {
		return b.finding(err, "odoo_products", "Give the user the right to read products.")
	}
	if len(drinks) == 0 {
		return []connectors.Finding{{Code: "odoo_no_drinks", Text: fmt.Sprintf("The POS category %q has no product that is available in the POS.", b.cfg.POSCategory),
			Fix: "Put the drinks into the category and tick Point of Sale on them."}}, nil
	}
	return nil, nil
}

func checkSaleRights(ctx context.Context, b *Backend, _ *checkup) (findings []connectors.Finding, _ error) {
	for _, model := range []string{"pos.order", "pos.session"} {
		may, err := b.d.Odoo.HasAccess(ctx, model, "create")
		if err != nil {
			return b.finding(err, "odoo_rights", "Install Point of Sale, and give the user its rights.")
		}
		if !may {
			findings = append(findings, connectors.Finding{Code: "odoo_rights", Text: "The user may not create " + model + ".", Fix: "Give the user the rights of Point of Sale / User."})
		}
	}
	return findings, nil
}

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
		return []connectors.Finding{{Code: code, Text: choice.Error(), Fix: fix}}, nil
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
