package command

import (
	"strings"

	"crema/connectors"
	"crema/connectors/odoo"
	"crema/connectors/remote"
	"crema/device/board"
	"crema/queue"
)

// Checks is what the configuration is read with: what other packages know better, and
// what the connectors declare.
func Checks(list []connectors.Connector) board.Checks {
	checks := board.Checks{Cron: queue.CheckCron, Channels: queue.CheckChannels, Fingerprint: fingerprintFaults, Proxy: proxyFaults}
	for _, c := range list {
		checks.Kinds = append(checks.Kinds, kindOf(c))
	}
	return checks
}

func fingerprintFaults(text string) []board.Fault {
	_, err := remote.ParseTLSFingerprint(text)
	return faults(err)
}

func proxyFaults(text string) []board.Fault {
	err := odoo.Proxy(text).Check()
	if err == nil {
		return nil
	}
	wrong, fix, _ := strings.Cut(err.Error(), ": ")
	return []board.Fault{{Wrong: wrong, Fix: fix}}
}

// kindOf is a connector as the configuration knows it.
func kindOf(c connectors.Connector) board.Kind {
	k := board.Kind{Name: c.Kind.Name()}
	for _, v := range c.Versions {
		k.Versions = append(k.Versions, v.VersionName())
	}
	for _, s := range c.Settings {
		k.Settings = append(k.Settings, board.Setting{
			Name: s.Name, Type: string(s.Type), Versions: s.Versions, Required: s.Required, Unique: s.Unique, Same: s.Same, Multiline: s.Multiline,
			Default: s.Default, Example: s.Example, Choices: s.Choices,
			Parse: func(text string) (string, []board.Fault) {
				text, err := s.Parse(text)
				return text, faults(err)
			}})
	}
	for _, f := range c.Flows {
		k.Flows = append(k.Flows, board.Flow{Name: f.Name, Versions: f.Versions, Unscheduled: f.Unscheduled})
	}
	k.Check = func(b board.Backend) []board.Fault { return faults(c.CheckSettings(Record(b))) }
	return k
}

// Record is a backend of the file as the connectors have it.
func Record(b board.Backend) connectors.Backend {
	return connectors.Backend{
		Name: b.Name, Kind: connectors.NewKind(b.Type).Version(b.Version), Location: b.Location, Language: b.Language, FromFile: true, Settings: b.Settings, Schedule: b.Schedule}
}

func faults(err error) []board.Fault {
	var list []board.Fault
	for _, e := range connectors.SettingErrors(err) {
		list = append(list, board.Fault{Setting: e.Setting, Entry: e.Entry, Wrong: e.Wrong, Fix: e.Fix})
	}
	return list
}
