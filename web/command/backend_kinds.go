package command

import (
	"fmt"
	"io"
	"strings"

	"crema/connectors"
)

type backendKinds struct{}

// kindLine is a kind of backend as it is printed.
type kindLine struct {
	Name     string   `json:"name"`
	Text     string   `json:"text"`
	Versions []string `json:"versions"`
	Settings []string `json:"settings"` // as the configuration file has them: a secret's with _file
	Flows    []string `json:"flows"`
}

func (backendKinds) Run(g *Globals, out io.Writer) error {
	var kinds []kindLine
	for _, c := range g.Connectors {
		kinds = append(kinds, lineOf(c))
	}
	return g.Print(out, kinds, func() {
		for _, k := range kinds {
			fmt.Fprintf(out, "%s (%s)\n", k.Name, k.Text)
			row := func(name string, of []string) {
				if len(of) > 0 {
					fmt.Fprintf(out, "  %-9s %s\n", name, strings.Join(of, ", "))
				}
			}
			row("versions", k.Versions)
			row("settings", k.Settings)
			row("flows", k.Flows)
			fmt.Fprintln(out)
		}
		fmt.Fprint(out, "Who does what: 1 somebody, 2? two on conditions, ^ as for all versions, - nobody\n\n", g.Matrix())
	})
}

func lineOf(c connectors.Connector) kindLine {
	k := kindLine{Name: c.Kind.Name(), Text: c.Text}
	for _, v := range c.Versions {
		k.Versions = append(k.Versions, v.VersionName())
	}
	for _, s := range c.Settings {
		key := s.Name
		if s.Type == connectors.SettingSecret {
			key += "_file"
		}
		k.Settings = append(k.Settings, key)
	}
	for _, f := range c.Flows {
		k.Flows = append(k.Flows, f.Name)
	}
	return k
}
