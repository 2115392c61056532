package connectors

import (
	"errors"
	"strings"
)

// SettingError is what is wrong with one setting of a backend. [Setting.Check] and
// [Connector.Check] return it where they can say what to do, joined with [errors.Join]
// where they find several.
type SettingError struct {
	// Setting is the name; "" in [Setting.Check], which knows only one, and where the
	// backend as a whole is meant.
	Setting string
	// Entry is the key of a SettingMap whose value is meant, "" for the setting as a whole.
	Entry string
	// Wrong says what is wrong, Fix what to do: "it is missing", "write a port".
	Wrong, Fix string
}

func (e *SettingError) Error() string {
	parts := []string{e.Setting, e.Entry, e.Wrong, e.Fix}
	var b strings.Builder
	for i, between := range []string{"", ".", ": ", "; "} {
		if parts[i] == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(between)
		}
		b.WriteString(parts[i])
	}
	return b.String()
}

// SettingErrors takes an error of a check apart: one for each setting, in order. What is
// no SettingError becomes one that says its text of no setting; nil has none.
func SettingErrors(err error) []*SettingError {
	switch e := err.(type) {
	case nil:
		return nil
	case *SettingError:
		return []*SettingError{e}
	case interface{ Unwrap() []error }:
		var all []*SettingError
		for _, part := range e.Unwrap() {
			all = append(all, SettingErrors(part)...)
		}
		return all
	case interface{ Unwrap() error }:
		if _, ok := errors.AsType[*SettingError](err); ok { // it only names the backend
			return SettingErrors(e.Unwrap())
		}
	}
	return []*SettingError{{Wrong: err.Error()}}
}
