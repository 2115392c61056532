package stock

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"crema/connectors/odoo"
	"crema/connectors/odoo/stock"
)

// part is what the entries from one number to another used.
type part struct {
	from, to uint64
	used     map[int]int64 // by ingredient; without what kits take by their sale
	unknown  []uint64      // the entries of which nobody knows what they used
}

// nextPart puts together what is to be sent from an entry on. It ends with its block,
// and before a cup whose drink is not known where that may be a kit. false: there is
// nothing yet; waits is then the cup that it waits for, 0 for none.
func (f *Flow) nextPart(ctx context.Context, s stockroom, serial string, from uint64) (p part, waits uint64, err error) {
	list, err := f.entries(serial, from)
	if err != nil || len(list) == 0 {
		return p, 0, err
	}
	kits := map[int64]bool{}
	if s.recipes {
		if err := f.soldAs(ctx, list); err != nil {
			return p, 0, err
		}
		var products []int64
		for _, e := range list {
			if e.product != 0 {
				products = append(products, e.product)
			}
		}
		if kits, err = stock.Kits(ctx, f.deps.Odoo, products); err != nil {
			return p, 0, err
		}
	}
	p = part{from: from, used: map[int]int64{}}
	for _, e := range list {
		if s.recipes && e.open && e.product == 0 {
			return p, e.number, nil
		}
		p.to = e.number
		if !e.known {
			p.unknown = append(p.unknown, e.number)
		}
		if kits[e.product] {
			continue
		}
		for id, n := range e.used {
			p.used[id] += n
		}
	}
	return p, 0, nil
}

// soldAs asks Odoo as which product the booked entries were sold: that of a cup which an
// earlier board had booked is known to nobody else.
func (f *Flow) soldAs(ctx context.Context, list []entry) error {
	var lines []string
	for _, e := range list {
		if e.line != "" {
			lines = append(lines, e.line)
		}
	}
	sold, err := stock.SoldAs(ctx, f.deps.Odoo, lines)
	if err != nil {
		return err
	}
	for i, e := range list {
		if product, ok := sold[e.line]; ok {
			list[i].product = product
		}
	}
	return nil
}

// transfer is a part as Odoo gets it; without lines there is nothing to be moved.
func (p part) transfer(s stockroom, serial string) stock.Transfer {
	t := stock.Transfer{
		External: "crema.stock_" + inExternal(serial) + "_" + strconv.FormatUint(p.from, 10),
		Origin:   originOf(serial) + strconv.FormatUint(p.from, 10) + "-" + strconv.FormatUint(p.to, 10),
		Type:     s.kind.ID, From: s.from.ID, To: s.to.ID,
	}
	for _, g := range s.goods {
		amount := int64(0)
		for _, id := range g.ids {
			amount += p.used[id]
		}
		if amount > 0 {
			t.Lines = append(t.Lines, stock.Line{Product: g.ID, Name: string(g.Name), Unit: int64(g.Unit), Quantity: odoo.AmountOf(g.measured.Quantity(amount))})
		}
	}
	return t
}

// originOf begins the origin of every transfer of a machine; the numbers of its
// entries follow: "crema/2900/29-004711/65-90".
func originOf(serial string) string {
	return "crema/" + model + "/" + serial + "/"
}

// spanOf reads the entries of a transfer from its origin; false: it is none of the machine's.
func spanOf(origin, serial string) (from, to uint64, ok bool) {
	rest, ok := strings.CutPrefix(origin, originOf(serial))
	if !ok {
		return 0, 0, false
	}
	first, last, ok := strings.Cut(rest, "-")
	from, err1 := strconv.ParseUint(first, 10, 64)
	to, err2 := strconv.ParseUint(last, 10, 64)
	return from, to, ok && err1 == nil && err2 == nil && from > 0 && to >= from
}

// inExternal is a serial number as an external id can have it: without points and spaces.
func inExternal(serial string) string {
	var out strings.Builder
	for _, r := range []byte(serial) {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '-' {
			out.WriteByte(r)
		} else {
			fmt.Fprintf(&out, "_%02x", r)
		}
	}
	return out.String()
}
