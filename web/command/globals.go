package command

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"

	"crema/connectors"
	"crema/device/board"
)

// Globals are the flags of every command.
type Globals struct {
	Config   string     `help:"Configuration file, ${default_config} if none is named." placeholder:"FILE" env:"CREMA_CONFIG" default:"${default_config}"`
	Data     string     `help:"Directory of everything that crema writes." placeholder:"DIR"`
	JSON     bool       `name:"json" help:"Print JSON."`
	LogLevel slog.Level `help:"Log what is at least this important: debug, info, warn, error." default:"info" env:"CREMA_LOG_LEVEL"`

	Schema Schema `kong:"-"`
	// Connectors are those whose backends the file may have.
	Connectors []connectors.Connector `kong:"-"`
	// Matrix draws who does what for each kind of backend.
	Matrix func() string `kong:"-"`
}

// Load reads the configuration: flags go before the environment, the environment
// before the file. Only an explicit file must be there.
func (g *Globals) Load(listen string) (*board.Config, error) {
	return board.Load(g.Config, board.Overrides{
		Getenv: os.Getenv, Data: g.Data, Listen: listen, Optional: g.Config == board.DefaultFile}, Checks(g.Connectors))
}

// Print prints v as JSON where --json says so, else it lets human print.
func (g *Globals) Print(out io.Writer, v any, human func()) error {
	if !g.JSON {
		human()
		return nil
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// IsUsage tells whether an error is a wrong configuration, or a question that nobody can
// be asked, rather than a failure: exit code 2.
func IsUsage(err error) bool {
	var problems board.Problems
	var problem *board.Problem
	return errors.As(err, &problems) || errors.As(err, &problem) || errors.Is(err, errUnasked)
}

// Secret reads a secret: that of the environment goes before the file.
func Secret(env board.Secret, file board.SecretFile) func() (string, error) {
	return func() (string, error) {
		if !env.Empty() {
			return env.Reveal(), nil
		}
		if file.Path == "" {
			return "", nil
		}
		s, err := file.Read()
		return s.Reveal(), err
	}
}
