package coffee

import (
	"context"

	"crema/connectors"
	"crema/connectors/odoo"
	"crema/connectors/odoo/maintenance"
)

// checkMaintenance looks whether alarms can go up. Cups and drinks do without: its findings are warnings.
func checkMaintenance(ctx context.Context, b *Backend, _ *checkup) ([]connectors.Finding, error) {
	const code, fix = "odoo_maintenance", "Install Maintenance in Odoo and give the user the rights of an equipment manager, or leave it: alarms are shown on the page alone."
	warning := func(err error) ([]connectors.Finding, error) {
		found, err := b.finding(err, code, fix)
		for i := range found {
			found[i].Warning = found[i].Code == code
		}
		return found, err
	}
	for _, model := range []string{maintenance.EquipmentModel, maintenance.RequestModel} {
		if err := odoo.HasAccess(ctx, b.d.Odoo, model, "create"); err != nil {
			return warning(err)
		}
	}
	open, done, err := maintenance.Stages(ctx, b.d.Odoo)
	if err != nil {
		return warning(err)
	}
	if open == 0 || done == 0 {
		return []connectors.Finding{{Code: code, Text: "Maintenance needs two stages, one with Request Done and one without.",
			Fix: "Set them up in Odoo, under Maintenance, Configuration, Stages.", Warning: true}}, nil
	}
	return nil, nil
}
