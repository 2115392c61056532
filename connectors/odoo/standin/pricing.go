package standin

import "slices"

// pricingModels are fiscal positions and price lists.
func pricingModels() []*model {
	return []*model{
		{name: fiscalModel, title: "Fiscal Position", order: "sequence,id", fields: join(
			text("name"), fieldsOf(integer, []string{"sequence"}), fieldsOf(boolean, []string{"active"}), ref("company_id", "res.company"),
			one(field{name: "tax_ids", typ: many2any, compute: taxesOfPosition}), one(field{name: "taxes", typ: many2any, hidden: true}))},
		{name: fiscalLineModel, title: "Tax Mapping of Fiscal Position", until: 18, fields: join(
			ref("position_id", fiscalModel), ref("tax_src_id", "account.tax"), ref("tax_dest_id", "account.tax"), ref("company_id", "res.company"))},
		{name: "product.pricelist", title: "Pricelist", fields: join(text("name"), fieldsOf(boolean, []string{"active"}),
			ref("currency_id", "res.currency"), ref("company_id", "res.company"), fieldsOf(datetime, []string{"write_date"}))},
		{name: "product.pricelist.item", title: "Pricelist Rule", order: "applied_on,min_quantity desc,categ_id desc,id desc", fields: join(
			ref("pricelist_id", "product.pricelist"), text("applied_on", "compute_price", "base"), ref("categ_id", "product.category"), ref("product_tmpl_id", ""),
			ref("product_id", "product.product"), ref("base_pricelist_id", "product.pricelist"), ref("currency_id", "res.currency"),
			fieldsOf(datetime, []string{"date_start", "date_end", "write_date"}),
			fieldsOf(float, []string{"min_quantity", "fixed_price", "percent_price", "price_discount", "price_round", "price_surcharge", "price_min_margin", "price_max_margin"}))},
	}
}

const (
	fiscalModel     = "account.fiscal.position"
	fiscalLineModel = "account.fiscal.position.tax"
)

// taxesOfPosition is a position's tax_ids: taxes, or before 19 its lines.
func taxesOfPosition(c *call, id int64, row Values) any {
	if c.s.major() >= 19 {
		return row["taxes"]
	}
	lines := c.s.tables[fiscalLineModel]
	found := []int64{}
	for _, line := range lines.ids() {
		if lines.rows[line]["position_id"] == id {
			found = append(found, line)
		}
	}
	return found
}

// mapTaxes puts those taxes in the place of others that a fiscal position says.
func (s *Server) mapTaxes(position int64, taxes []int64) []int64 {
	row := s.tables[fiscalModel].rows[position]
	if row == nil {
		return taxes
	}
	own, _ := row["taxes"].([]int64)
	if s.major() >= 19 && len(own) == 0 {
		return nil
	}
	var mapped []int64
	for _, tax := range taxes {
		instead, named := s.insteadOf(position, own, tax)
		if !named {
			instead = []int64{tax}
		}
		for _, id := range instead {
			if !slices.Contains(mapped, id) {
				mapped = append(mapped, id)
			}
		}
	}
	return mapped
}

func (s *Server) insteadOf(position int64, own []int64, tax int64) (instead []int64, named bool) {
	if s.major() >= 19 {
		for _, id := range own {
			if standsFor, _ := s.tables["account.tax"].rows[id]["original_tax_ids"].([]int64); slices.Contains(standsFor, tax) {
				instead, named = append(instead, id), true
			}
		}
		return instead, named
	}
	lines := s.tables[fiscalLineModel]
	for _, id := range lines.ids() {
		if line := lines.rows[id]; line["position_id"] == position && line["tax_src_id"] == tax {
			named = true
			if dest := idIn(line, "tax_dest_id"); dest != 0 {
				instead = append(instead, dest)
			}
		}
	}
	return instead, named
}
