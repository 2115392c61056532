package main

import (
	"os"
	"strings"
	"testing"

	"crema/connectors"
	"crema/connectors/coffee"
)

// TestSettings holds the tables in README.md against what the connectors declare: who adds
// a setting or a flow says there what it is for.
func TestSettings(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []connectors.Connector{coffee.Declared()} {
		_, section, _ := strings.Cut(string(text), "\n`type = \""+c.Kind.Name()+"\"`")
		_, table, _ := strings.Cut(section, "| setting |")
		rows := map[string]string{} // the default, as TOML has it
		for _, line := range strings.Split(table, "\n")[1:] {
			cells := strings.Split(line, "|")
			if len(cells) != 5 {
				break
			}
			rows[strings.Trim(cells[1], " `")] = strings.Trim(cells[2], " `\"-")
		}
		delete(rows, "---")
		expect := func(key, def string, same func(string) string) {
			row, listed := rows[key]
			switch {
			case !listed:
				t.Errorf("README.md does not say what %s of %s is for", key, c.Kind)
			case same(row) != def:
				t.Errorf("README.md: the default of %s of %s is %q, not %q", key, c.Kind, def, row)
			}
			delete(rows, key)
		}
		for _, s := range c.Settings {
			key := s.Name
			if s.Type == connectors.SettingSecret {
				key += "_file"
			}
			if table, name, below := strings.Cut(key, "."); below {
				key = "[backend." + table + "] " + name
			}
			expect(key, s.Default, func(row string) string {
				kept, err := s.Parse(row)
				if err != nil {
					t.Error(err)
				}
				return kept
			})
		}
		for _, f := range c.Flows {
			if f.Unscheduled == "" {
				expect("[backend.schedule] "+f.Name, f.Schedule, func(row string) string { return row })
			}
		}
		for key := range rows {
			t.Errorf("README.md lists %s of %s, which is not declared", key, c.Kind)
		}
	}
}
