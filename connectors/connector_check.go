package connectors

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"crema/queue"
)

// kinds are those that a backend of the connector may have.
func (c Connector) kinds() []*Kind {
	if len(c.Versions) == 0 {
		return []*Kind{c.Kind}
	}
	return c.Versions
}

// check says what is wrong with what the connector declares.
func (c Connector) check(r *Registry) (errs []error) {
	for _, v := range c.Versions {
		if !v.Is(c.Kind) || v.VersionName() == "" {
			errs = append(errs, fmt.Errorf("%s is no version of it", v))
		}
	}
	for _, k := range c.kinds() {
		for _, role := range c.Roles {
			if !r.fills(role.String(), k) {
				errs = append(errs, fmt.Errorf("hole: nobody is the %s of a %s, whatever the conditions", role, k))
			}
		}
		settings, flows := map[string]bool{}, map[string]bool{}
		for _, s := range c.SettingsOf(k) {
			if settings[s.Name] {
				errs = append(errs, fmt.Errorf("a %s has the setting %q twice", k, s.Name))
			}
			settings[s.Name] = true
		}
		for _, f := range c.FlowsOf(k) {
			if flows[f.Name] {
				errs = append(errs, fmt.Errorf("a %s has the flow %q twice", k, f.Name))
			}
			flows[f.Name] = true
		}
	}
	for _, s := range c.Settings {
		if err := errors.Join(c.unknownVersions(s.Versions), s.declared()); err != nil {
			errs = append(errs, fmt.Errorf("setting %q: %w", s.Name, err))
		}
	}
	for _, f := range c.Flows {
		if err := errors.Join(c.unknownVersions(f.Versions), f.declared()); err != nil {
			errs = append(errs, fmt.Errorf("flow %q: %w", f.Name, err))
		}
		if f.Needs != "" && !slices.ContainsFunc(c.Settings, func(s Setting) bool { return s.Name == f.Needs }) {
			errs = append(errs, fmt.Errorf("flow %q needs the setting %q, which is not declared", f.Name, f.Needs))
		}
	}
	return errs
}

func (c Connector) unknownVersions(names []string) error {
	for _, name := range names {
		if !slices.Contains(c.versions(), name) {
			return fmt.Errorf("there is no version %q of it", name)
		}
	}
	return nil
}

var settingName = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$`)

// declared says what is wrong with a setting as it is declared.
func (s Setting) declared() error {
	if s.Name == "" {
		return errors.New("it has no name")
	}
	if !settingName.MatchString(s.Name) {
		return errors.New(`its name must be small letters, digits and _, "port", below a table "busy.enabled"`)
	}
	if slices.Contains([]string{"name", "type", "version", "location", "language", "schedule"}, s.Name) {
		return errors.New("every backend has something of this name already")
	}
	if !slices.Contains(settingTypes, s.Type) {
		return fmt.Errorf("nobody knows its type %q", s.Type)
	}
	if s.Type == SettingSecret && (s.Default != "" || s.Unique != "") {
		return errors.New("a secret has no default, and can't be compared")
	}
	if s.Unique != "" && s.Default != "" {
		return errors.New("what no two backends may share has no default: they would share that")
	}
	if s.Type == SettingChoice && len(s.Choices) == 0 {
		return errors.New("it has nothing to choose from")
	}
	for what, value := range map[string]string{"least value": s.Min, "greatest value": s.Max} {
		if _, err := (Setting{Type: s.Type}).Parse(value); err != nil {
			return fmt.Errorf("its %s: %w", what, err)
		}
	}
	if _, err := s.Parse(s.Default); err != nil {
		return fmt.Errorf("its default: %w", err)
	}
	return nil
}

// declared says what is wrong with a flow as it is declared.
func (f Flow) declared() error {
	switch {
	case f.Name == "":
		return errors.New("it has no name")
	case f.Start == nil:
		return errors.New("nothing starts it")
	case f.Schedule != "" && f.Unscheduled != "":
		return errors.New("it has a schedule, and says that it can't have one")
	case f.Schedule != "":
		return queue.CheckCron(f.Schedule)
	}
	return nil
}

// fills tells whether somebody does a role for a kind whatever the conditions.
func (r *Registry) fills(role string, k *Kind) bool {
	return slices.ContainsFunc(r.parts, func(p *part) bool { return p.role == role && k.Is(p.kind) && len(p.when) == 0 })
}
