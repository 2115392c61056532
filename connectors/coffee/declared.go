package coffee

import "crema/connectors"

// Declared is the connector as the configuration and the commands need it before
// anything is open: what there is to configure and to start, without what works.
func Declared() connectors.Connector {
	return connectors.Connector{
		Kind: Coffee, Versions: []*connectors.Kind{Coffee1900, Coffee2900}, Text: "Coffee machine",
		Settings: settings(), Check: checkSettings, Flows: flows(),
	}
}

// flows are what can be started for a machine.
func flows() []connectors.Flow {
	return []connectors.Flow{
		{Name: "catalogue", Text: "Drinks and prices go down to the machine.", Schedule: "*/15 * * * *"},
		{Name: "cups", Text: "Cups come up from the machine.", Unscheduled: "the machine is read all the time: set poll instead"},
		{Name: "sales", Text: "Cups are booked in Odoo.", Schedule: "*/10 * * * *"},
		{Name: "clock", Text: "The machine's clock is set.", Versions: []string{Coffee2900.VersionName()}, Schedule: "30 4 * * *"},
	}
}
