package webtest

import (
	"time"

	"crema/web"
)

// kinds are what can be made on every Board: a machine, and something else with a setting of every type.
func kinds() []web.Kind {
	return []web.Kind{{
		Name: "coffee", Text: "Coffee machine", Versions: []string{"1900", "2900"},
		Settings: []web.Setting{
			{Name: "port", Label: "Serial port", Help: "Stable names are under `/dev/serial/by-id`.", Type: "path", Required: true, Example: "/dev/ttyACM0", Unique: true},
			{Name: "username", Label: "User", Type: "text", Versions: []string{"2900"}, Default: "service"},
			{Name: "password", Label: "Password", Type: "secret", Versions: []string{"2900"}, Required: true},
			{Name: "pos", Label: "Point of sale", Help: "Its name or its id in Odoo.", Type: "name", Required: true, Example: "Kitchen machine"},
			{Name: "payment", Label: "Payment methods", Help: "How a cup was paid, and the payment method of Odoo.", Type: "map", Choices: []string{"cash", "card", "badge", "default"}, Example: `{"cash":"Cash","default":"Card"}`},
			{Name: "pos_close", Label: "Closing time", Help: "When the day is closed; empty: never.", Type: "time", Default: "03:00"},
			{Name: "poll", Label: "Poll", Help: "How often the machine is read.", Type: "duration", Default: "2s", Min: "200ms", Max: "1h"},
		},
		Flows: []web.Flow{{Name: "catalogue", Text: "Drinks and prices to the machine.", Schedule: "*/15 * * * *"}, {Name: "sales", Text: "Cups to Odoo.", Schedule: "7 * * * *"},
			{Name: "clock", Text: "The board’s time to the machine.", Versions: []string{"2900"}}, {Name: "cups", Text: "Cups from the machine.", Unscheduled: "set poll instead"}},
	}, {
		Name: "webhook", Text: "Webhook",
		Settings: []web.Setting{
			{Name: "url", Label: "Address", Help: "Where the events are posted to", Type: "url", Required: true, Example: "https://example.com/hook"},
			{Name: "key", Label: "Signing key", Type: "secret"},
			{Name: "format", Label: "Format", Type: "choice", Default: "cloudevents", Choices: []string{"cloudevents", "plain"}},
			{Name: "alarms", Label: "Alarms too", Type: "boolean", Default: "true"},
			{Name: "batch", Label: "Events in one post", Type: "integer", Default: "20", Min: "1", Max: "100"},
			{Name: "quiet", Label: "Quiet from", Type: "time"},
			{Name: "certificate", Label: "Client key", Help: "In PEM.", Type: "secret", Multiline: true},
			{Name: "headers", Label: "Headers", Type: "map"},
		},
		Flows: []web.Flow{{Name: "deliver", Text: "Events to the address.", Schedule: "*/5 * * * *"}},
	}}
}

// Mixed is Sample with backends that are no machines and were made on the page: one at work, one whose test failed, one that is off.
func Mixed() *Board {
	b := Sample()
	made := func(name, state string, t *web.Tested) {
		b.Machines = append(b.Machines, web.Backend{Name: name, Type: "webhook", State: state, Editable: true, Location: "Head office", Flows: []string{"deliver"}, Tested: t,
			Language: "en_US", Settings: map[string]string{"url": "https://example.com/" + name, "headers": `{"X-Board":"pi","X-Site":"1 = main"}`}, Secrets: map[string]bool{"key": name == "office"}})
	}
	made("office", "production", &web.Tested{Time: ago(3 * time.Hour), Report: web.Report{OK: true}})
	b.Machines[2].Runs = map[string]web.Run{"deliver": {Started: ago(2 * time.Minute), Job: "16", State: web.JobDone}}
	made("archive", "draft", &web.Tested{Time: ago(time.Minute), Report: web.Report{Findings: []web.Finding{
		{Code: "refused", Text: "It answers 401.", Fix: "Enter its signing key."}}}})
	made("spare", "off", nil)
	return b
}
