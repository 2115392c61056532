package source

import (
	"crema/connectors"
	"crema/web"
)

// Kinds is what the connectors declare, on the wire.
func (s backends) Kinds() []web.Kind {
	var all []web.Kind
	for _, c := range s.p.Host.Connectors() {
		k := web.Kind{Name: c.Kind.Name(), Text: c.Text}
		for _, v := range c.Versions {
			k.Versions = append(k.Versions, v.VersionName())
		}
		for _, x := range c.Settings {
			k.Settings = append(k.Settings, web.Setting{
				Name: x.Name, Label: x.Label, Help: x.Help, Type: string(x.Type), Versions: x.Versions, Required: x.Required, Default: x.Default,
				Example: x.Example, Choices: x.Choices, Min: x.Min, Max: x.Max, Multiline: x.Multiline, Unique: x.Unique != ""})
		}
		for _, f := range c.Flows {
			k.Flows = append(k.Flows, web.Flow{Name: f.Name, Text: f.Text, Versions: f.Versions, Schedule: f.Schedule, Needs: f.Needs, Unscheduled: f.Unscheduled})
		}
		all = append(all, k)
	}
	return all
}

// connector is the one for a kind of backend; false where this program has none.
func (s backends) connector(kind string) (connectors.Connector, bool) {
	for _, c := range s.p.Host.Connectors() {
		if c.Kind.Name() == kind {
			return c, true
		}
	}
	return connectors.Connector{}, false
}
