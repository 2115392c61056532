package stock

import (
	"context"
	"strconv"

	"crema/connectors/odoo"
)

// A Location is a stock.location: a place where products are.
type Location struct {
	ID        int64       `json:"id"`
	Name      odoo.String `json:"complete_name"` // "WH/Stock/Kitchen"
	Warehouse odoo.ID     `json:"warehouse_id"`
	Company   odoo.ID     `json:"company_id"`
}

const locationModel = "stock.location"

func locations(ctx context.Context, c *odoo.Client, limit int, domain odoo.Domain) ([]Location, error) {
	return odoo.SearchRead[Location](ctx, c, locationModel, odoo.Search{
		Domain: domain, Fields: []string{"complete_name", "warehouse_id", "company_id"}, Order: "id", Limit: limit})
}

// FindLocation finds an internal location by its whole name ("WH/Stock/Kitchen"), else by its own ("Kitchen"), else by
// its id. None or several are an [*odoo.ChoiceError] that lists the ids.
func FindLocation(ctx context.Context, c *odoo.Client, nameOrID string) (Location, error) {
	internal := odoo.Where("usage", "=", "internal")
	tries := []odoo.Domain{{odoo.Where("complete_name", "=", nameOrID), internal}, {odoo.Where("name", "=", nameOrID), internal}}
	if id, err := strconv.ParseInt(nameOrID, 10, 64); err == nil && id > 0 {
		tries = append(tries, odoo.Domain{odoo.Where("id", "=", id), internal})
	}
	choice := &odoo.ChoiceError{Model: locationModel, Sought: nameOrID}
	for _, domain := range tries {
		found, err := locations(ctx, c, 0, domain)
		if err != nil {
			return Location{}, err
		}
		if len(found) == 1 {
			return found[0], nil
		}
		if len(found) > 1 {
			choice.Matches = choices(found)
			return Location{}, choice
		}
	}
	others, err := locations(ctx, c, 20, odoo.Domain{internal})
	if err != nil {
		return Location{}, err
	}
	choice.Others = choices(others)
	return Location{}, choice
}

func choices(list []Location) (all []odoo.Choice) {
	for _, l := range list {
		all = append(all, odoo.Choice{ID: l.ID, Name: string(l.Name)})
	}
	return all
}

// Consumption is where what is used of a company goes: its oldest location of production; 0 is any company. false: there
// is none.
func Consumption(ctx context.Context, c *odoo.Client, company odoo.ID) (Location, bool, error) {
	domain := odoo.Domain{odoo.Where("usage", "=", "production")}
	if company != 0 {
		domain = append(domain, odoo.Where("company_id", "in", []any{int64(company), false}))
	}
	found, err := locations(ctx, c, 1, domain)
	if err != nil || len(found) == 0 {
		return Location{}, false, err
	}
	return found[0], true, nil
}

// An Operation is a stock.picking.type: a kind of transfer.
type Operation struct {
	ID     int64       `json:"id"`
	Name   odoo.String `json:"name"`
	Source odoo.ID     `json:"default_location_src_id"` // where it takes from, unless its transfer says otherwise
}

func operations(ctx context.Context, c *odoo.Client, domain odoo.Domain) ([]Operation, error) {
	all := false
	return odoo.SearchRead[Operation](ctx, c, "stock.picking.type", odoo.Search{
		Domain: domain, Fields: []string{"name", "default_location_src_id"}, Order: "id", Context: &odoo.Context{ActiveTest: &all}})
}

// InternalOperation is the operation type of transfers within a warehouse; an archived one will do, as Odoo archives it
// until storage locations are switched on. false: there is none.
func InternalOperation(ctx context.Context, c *odoo.Client, l Location) (Operation, bool, error) {
	domain := odoo.Domain{odoo.Where("code", "=", "internal")}
	if l.Company != 0 {
		domain = append(domain, odoo.Where("company_id", "=", int64(l.Company)))
	}
	if l.Warehouse != 0 {
		domain = append(domain, odoo.Where("warehouse_id", "=", int64(l.Warehouse)))
	}
	found, err := operations(ctx, c, domain)
	if err != nil || len(found) == 0 {
		return Operation{}, false, err
	}
	return found[0], true, nil
}

// OperationByID reads an operation type; false: there is none of that id.
func OperationByID(ctx context.Context, c *odoo.Client, id int64) (Operation, bool, error) {
	found, err := operations(ctx, c, odoo.Domain{odoo.Where("id", "=", id)})
	if err != nil || len(found) == 0 {
		return Operation{}, false, err
	}
	return found[0], true, nil
}
