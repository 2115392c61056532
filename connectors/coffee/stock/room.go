package stock

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"crema/connectors"
	"crema/connectors/odoo/stock"
	"crema/device"
)

// stockroom is what Odoo says of a machine's ingredients: where they are, where what is
// used goes, and how.
type stockroom struct {
	calls    stock.Calls
	from, to stock.Location
	kind     stock.Operation
	goods    []good
	recipes  bool // Odoo may know of drinks that consume by their sale
}

// good is one product, which may be in more than one of the machine's tanks.
type good struct {
	stock.Product
	ids      []int // the tanks
	measured stock.Measured
	capacity int64 // of the tanks, in the machine's measure
}

// stockroom reads it. What is not as it must be is returned as findings, and then the
// stockroom is of no use.
func (f *Flow) stockroom(ctx context.Context, told []ingredient) (s stockroom, findings []connectors.Finding, err error) {
	c := f.deps.Odoo
	there, err := stock.Installed(ctx, c, "stock")
	if err != nil {
		return s, nil, err
	}
	if !there {
		return s, []connectors.Finding{{Code: "odoo_stock_module", Text: "Odoo has no Inventory.", Fix: "Install the app Inventory (stock), or take `stock_location` and `ingredients` out."}}, nil
	}
	if s.recipes, err = stock.Installed(ctx, c, "mrp"); err != nil {
		return s, nil, err
	}
	if s.calls, err = f.callsOf(ctx); err != nil {
		return s, nil, err
	}
	if s.from, err = stock.FindLocation(ctx, c, f.deps.Location); err != nil {
		return s, nil, err
	}
	found := false
	if s.to, found, err = stock.Consumption(ctx, c, s.from.Company); err != nil {
		return s, nil, err
	}
	if !found {
		findings = append(findings, connectors.Finding{Code: "odoo_stock_consumption", Text: "Odoo has no location of the type Production, to which what is used goes.",
			Fix: "Add one in Odoo (Inventory, Configuration, Locations), or bring the archived one back."})
	}
	if s.kind, found, err = stock.InternalOperation(ctx, c, s.from); err != nil {
		return s, nil, err
	}
	if !found {
		findings = append(findings, connectors.Finding{Code: "odoo_stock_operation", Text: fmt.Sprintf("The warehouse of %s has no operation type for internal transfers.", s.from.Name),
			Fix: "Switch on Storage Locations in the settings of Inventory."})
	}
	goods, more, err := f.goods(ctx, s.calls, told)
	s.goods = goods
	return s, append(findings, more...), err
}

// callsOf is who calls the version that Odoo has.
func (f *Flow) callsOf(ctx context.Context) (calls stock.Calls, err error) {
	w, err := f.deps.Odoo.Work(ctx, f.deps.Environment)
	if err != nil {
		return calls, err
	}
	return connectors.Component(w, stock.CallsRole)
}

// goods are the products of the configured ingredients.
func (f *Flow) goods(ctx context.Context, calls stock.Calls, told []ingredient) (goods []good, findings []connectors.Finding, err error) {
	codes := slices.Compact(slices.Sorted(maps.Values(f.deps.Ingredients)))
	products, err := stock.ByCodes(ctx, f.deps.Odoo, codes)
	if err != nil {
		return nil, nil, err
	}
	units, err := calls.Units(ctx)
	if err != nil {
		return nil, nil, err
	}
	digits, err := calls.Digits(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, code := range codes {
		g, finding := f.good(code, products, units, digits, told)
		if finding != nil {
			findings = append(findings, *finding)
			continue
		}
		goods = append(goods, g)
	}
	return goods, findings, nil
}

func (f *Flow) good(code string, products []stock.Product, units []stock.Unit, digits int32, told []ingredient) (g good, _ *connectors.Finding) {
	wrong := func(what, fix, format string, args ...any) (good, *connectors.Finding) {
		return g, &connectors.Finding{Code: "odoo_stock_" + what, Text: fmt.Sprintf(format, args...), Fix: fix}
	}
	products = slices.DeleteFunc(slices.Clone(products), func(p stock.Product) bool { return string(p.Code) != code })
	switch {
	case len(products) == 0:
		return wrong("ingredient", "Correct `ingredients`, or give the product this internal reference in Odoo.", "Odoo has no product with the internal reference %q.", code)
	case len(products) > 1:
		return wrong("ingredient", "Give each product an internal reference of its own.", "Odoo has %d products with the internal reference %q.", len(products), code)
	}
	g.Product = products[0]
	if !g.Storable || g.Tracking != "none" {
		return wrong("storable", "Tick Track Inventory on the product, by quantity.", "Odoo does not keep track of the quantity of %q (%s), or does so by lots or serial numbers.", g.Name, code)
	}
	measure := stock.Measure("")
	for _, n := range slices.Sorted(maps.Keys(f.deps.Ingredients)) {
		if f.deps.Ingredients[n] != code {
			continue
		}
		id, _ := strconv.Atoi(n) // it was checked
		i := slices.IndexFunc(told, func(t ingredient) bool { return t.ID == id })
		if i < 0 {
			return wrong("number", "Correct `ingredients`.", "The machine has no ingredient %s; it has %s.", n, named(told))
		}
		t := told[i]
		m := measures[t.Unit]
		if m == "" || measure != "" && m != measure {
			return wrong("unit", "Take it out of `ingredients`, or give each tank a product of its own.", "The machine counts its ingredient %s (%s) in %s, which can't be booked as %q.", n, t.Name, t.Unit, g.Name)
		}
		measure = m
		g.ids, g.capacity = append(g.ids, id), g.capacity+t.Capacity
	}
	ok := false
	if g.measured, ok = stock.MeasuredIn(units, int64(g.Unit), measure, digits); !ok {
		return wrong("unit", fmt.Sprintf("Give the product a unit that %s can be made into.", measure), "The machine counts %q (%s) in %s, Odoo in %q.", g.Name, code, measure, g.measured.Unit.Name)
	}
	if !g.measured.Fits() {
		return wrong("precision", fmt.Sprintf("Keep the product in %s, or raise the decimal accuracy Product Unit.", measure), "Odoo keeps %d digits of %q (%s) in %s: 18 %s would become %s %s.",
			g.measured.Digits, g.Name, code, g.measured.Unit.Name, measure, g.measured.Quantity(18), g.measured.Unit.Name)
	}
	return g, nil
}

// measures are what Odoo can count in too.
var measures = map[device.Unit]stock.Measure{device.UnitGram: stock.Gram, device.UnitMillilitre: stock.Millilitre}

// named are a machine's ingredients for people.
func named(told []ingredient) string {
	var all []string
	for _, t := range told {
		all = append(all, fmt.Sprintf("%d (%s)", t.ID, t.Name))
	}
	return strings.Join(all, ", ")
}
