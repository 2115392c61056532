package maintenance

import (
	"context"

	"crema/connectors/odoo"
)

// EquipmentModel and RequestModel are Odoo's names of what this package reads and writes.
const (
	EquipmentModel = "maintenance.equipment"
	RequestModel   = "maintenance.request"
)

// Equipment is a machine as Odoo shall know it.
type Equipment struct {
	External string // the external id that it is made under, "crema.equipment_2900_29-1"
	Name     string
	Serial   string // unique in Odoo
	Location string // "" is none
}

// FindEquipment gives the id of the equipment with a serial number, whoever made it, archived or not; 0: there is none.
func FindEquipment(ctx context.Context, c *odoo.Client, serial string) (int64, error) {
	no := false
	found, err := odoo.SearchRead[struct {
		ID int64 `json:"id"`
	}](ctx, c, EquipmentModel, odoo.Search{Domain: odoo.Domain{odoo.Where("serial_no", "=", serial)}, Fields: []string{"id"}, Order: "id",
		Context: &odoo.Context{ActiveTest: &no}})
	if err != nil || len(found) == 0 {
		return 0, err
	}
	return found[0].ID, nil
}

// LoadEquipment makes a piece of equipment, or finds the one that was made under its external id, and gives its id. A
// serial number that other equipment has is an *[odoo.LoadError].
func LoadEquipment(ctx context.Context, c *odoo.Client, e Equipment) (int64, error) {
	return odoo.Load(ctx, c, EquipmentModel, e.External, []string{"name", "serial_no", "location"}, []string{e.Name, e.Serial, e.Location})
}
