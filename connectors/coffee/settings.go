package coffee

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"crema/connectors"
)

// settings are the fields of a coffee machine's backend.
func (m *Machines) settings() []connectors.Setting {
	only2900 := []string{Coffee2900.VersionName()}
	return append([]connectors.Setting{
		{Name: "port", Label: "Serial port", Help: "Names that stay the same are under /dev/serial/by-id.",
			Type: connectors.SettingPath, Required: true, Unique: "port", Example: "/dev/ttyACM0"},
		{Name: "username", Label: "User", Help: "The machine's user that crema logs in as.",
			Type: connectors.SettingText, Versions: only2900, Example: "service"},
		{Name: "password", Label: "Password", Help: "That of the machine's user.",
			Type: connectors.SettingSecret, Versions: only2900},
		{Name: "pos_category", Label: "POS category", Help: "The category of the drinks in Odoo, by name or id.",
			Type: connectors.SettingNameOrID, Example: "Coffee"},
		{Name: "pos", Label: "Point of sale", Help: "The machine's own point of sale in Odoo, by name or id.",
			Type: connectors.SettingNameOrID, Unique: "point of sale", Example: "Kitchen machine"},
		{Name: "pos_close", Label: "Closing time", Help: "When the session of the point of sale is closed each day; empty: never.",
			Type: connectors.SettingTime, Default: "03:00"},
		{Name: "payment", Label: "Payment methods", Help: "The point of sale's payment method, by name or id, for each way to pay; default stands for the others.",
			Type: connectors.SettingMap, Choices: []string{"cash", "card", "badge", "default"}, Example: `{"cash":"Cash","default":"Card"}`},
		{Name: "slots", Label: "Slots", Help: "The slot that a drink shall have, by the drink's internal reference.",
			Type: connectors.SettingMap, Example: `{"ESPRESSO":"0"}`, Check: checkSlots},
		{Name: "stock_location", Label: "Stock location", Help: "Where ingredients are taken from, by name or id.",
			Type: connectors.SettingNameOrID, Versions: only2900, Example: "WH/Stock/Kitchen"},
		{Name: "ingredients", Label: "Ingredients", Help: "The product's internal reference, by the ingredient's number in the machine.",
			Type: connectors.SettingMap, Versions: only2900, Example: `{"1":"BEANS-G"}`, Check: checkIngredients},
		{Name: "poll", Label: "Poll", Help: "How often the machine is read.",
			Type: connectors.SettingDuration, Default: "2s", Min: "200ms", Max: "1h"},
		{Name: "busy.enabled", Label: "Coffee when Odoo is busy", Help: "Pour a coffee when Odoo is busy for too long.",
			Type: connectors.SettingBoolean, Default: "false"},
		{Name: "busy.slower", Label: "Busy is slower than", Help: "The answer time of Odoo that counts as busy.",
			Type: connectors.SettingDuration, Default: "10s", Min: "100ms", Max: "1h"},
		{Name: "busy.for", Label: "Busy for", Help: "How long it must last.",
			Type: connectors.SettingDuration, Default: "5m", Min: "1s", Max: "24h"},
		{Name: "busy.drink", Label: "Drink when busy", Help: "The internal reference of what is poured.",
			Type: connectors.SettingText, Example: "ESPRESSO"},
		{Name: "busy.every", Label: "At most every", Help: "The shortest time between two such cups.",
			Type: connectors.SettingDuration, Default: "1h", Min: "1m", Max: "168h"},
	}, settingsOfWires(m.line)...)
}

// number is one of a slot or an ingredient.
var number = regexp.MustCompile(`^(0|[1-9][0-9]{0,2})$`)

// checkSlots wants the number of a slot for each drink, and no slot twice.
func checkSlots(value string) error {
	return eachEntry(value, func(slots map[string]string, code string) error {
		slot := slots[code]
		if !number.MatchString(slot) {
			return &connectors.SettingError{Wrong: fmt.Sprintf("%q is no slot", slot), Fix: `write the slot's number in quotes: "0", "1", …`}
		}
		for _, other := range slices.Sorted(maps.Keys(slots)) {
			if other < code && slots[other] == slot {
				return &connectors.SettingError{Wrong: fmt.Sprintf("slot %s is that of %q", slot, other), Fix: "give each drink a slot of its own"}
			}
		}
		return nil
	})
}

// checkIngredients wants the number of an ingredient before each product.
func checkIngredients(value string) error {
	return eachEntry(value, func(_ map[string]string, n string) error {
		if number.MatchString(n) {
			return nil
		}
		return &connectors.SettingError{Wrong: fmt.Sprintf("%q is no number", n), Fix: "write the ingredient's number in the machine, 0 to 999, before the ="}
	})
}

// eachEntry checks the entries of a map, in order of their keys.
func eachEntry(value string, check func(entries map[string]string, key string) error) error {
	entries, err := entriesOf(value)
	errs := []error{err}
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		for _, e := range connectors.SettingErrors(check(entries, key)) {
			e.Entry = key
			errs = append(errs, e)
		}
	}
	return errors.Join(errs...)
}

// entriesOf are those of a map's text; "" has none.
func entriesOf(value string) (entries map[string]string, err error) {
	if value != "" {
		err = json.Unmarshal([]byte(value), &entries)
	}
	return entries, err
}

// checkSettings says which setting another one needs.
func checkSettings(b connectors.Backend) error {
	var errs []error
	missing := func(name, fix string) {
		errs = append(errs, &connectors.SettingError{Setting: name, Wrong: "it is missing", Fix: fix})
	}
	for _, pair := range [][2]string{{"stock_location", "ingredients"}, {"ingredients", "stock_location"}} {
		if b.Settings[pair[0]] != "" && b.Settings[pair[1]] == "" {
			missing(pair[1], "stock needs stock_location and ingredients: write both or none")
		}
	}
	if b.Settings["busy.enabled"] == "true" && b.Settings["busy.drink"] == "" {
		missing("busy.drink", "write the internal reference of the drink to pour")
	}
	return errors.Join(append(errs, checkWires(b))...)
}
