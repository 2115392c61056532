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
	Settings []string `json:"settings"`
	Flows    []string `json:"flows"`
}

func (backendKinds) Run(g *Globals, out io.Writer) error {
	var kinds []kindLine
	for _, c := range g.Connectors {
		kinds = append(kinds, lineOf(c))
	}
	return g.Print(out, kinds, func() {
		for _, k := range kinds {
			fmt.Fprintf(out, "%s (%s)\n  versions  %s\n  settings  %s\n  flows     %s\n\n",
				k.Name, k.Text, strings.Join(k.Versions, ", "), strings.Join(k.Settings, ", "), strings.Join(k.Flows, ", "))
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
		k.Settings = append(k.Settings, s.Name)
	}
	for _, f := range c.Flows {
		k.Flows = append(k.Flows, f.Name)
	}
	return k
}
