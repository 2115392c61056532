package connectors

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"crema/queue"
)

// CheckSettings says everything that is wrong with a backend of the kind: a version that
// the kind does not have (of the setting "version"), settings and flows that its version
// does not have, values out of their form, required ones that are missing, a secret that
// does not belong there, a bad schedule (of "schedule", by flow). [SettingErrors] takes
// it apart.
func (c Connector) CheckSettings(b Backend) error {
	_, err := c.parse(b)
	return err
}

// parse returns the backend with its values in the form in which they are kept.
func (c Connector) parse(b Backend) (Backend, error) {
	errs := c.checkVersion(b)
	if errs == nil {
		b.Settings, errs = c.parseSettings(b)
		errs = append(errs, c.checkWhole(b, errs)...)
		errs = append(errs, c.checkSchedule(b)...)
	}
	if len(errs) > 0 {
		return b, fmt.Errorf("backend %q: %w", b.Name, errors.Join(errs...))
	}
	return b, nil
}

// checkWhole says what is wrong with the settings together, but nothing of those that have an error already.
func (c Connector) checkWhole(b Backend, had []error) (errs []error) {
	if c.Check == nil {
		return nil
	}
	told := SettingErrors(errors.Join(had...))
	for _, e := range SettingErrors(c.Check(c.complete(b))) {
		if !slices.ContainsFunc(told, func(t *SettingError) bool { return t.Setting == e.Setting }) {
			errs = append(errs, e)
		}
	}
	return errs
}

func (c Connector) parseSettings(b Backend) (kept map[string]string, errs []error) {
	var declared []string
	for _, s := range c.SettingsOf(b.Kind) {
		declared = append(declared, s.Name)
		text, written := b.Settings[s.Name]
		none := written && !s.always() // and not the default
		value, err := s.Parse(text)
		switch {
		case s.Type == SettingSecret && text != "":
			err = &SettingError{Setting: s.Name, Wrong: "it is a secret, and not kept here", Fix: "have it sealed"}
		case s.Type != SettingSecret && err == nil && value == "" && (s.Default == "" || none) && s.Required:
			err = s.named(wrong("write one"+example(s), "it is missing"))
		case value != "", none && s.Default != "" && err == nil:
			kept = put(kept, s.Name, value)
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.Settings)) {
		if !slices.Contains(declared, name) {
			errs = append(errs, &SettingError{Setting: name, Wrong: fmt.Sprintf("a %s has no such setting", b.Kind), Fix: "there are " + listOr(declared, "none")})
		}
	}
	return kept, errs
}

func example(s Setting) string {
	if s.Example == "" {
		return ""
	}
	return ", such as " + s.Example
}

func put(m map[string]string, key, value string) map[string]string {
	if m == nil {
		m = map[string]string{}
	}
	m[key] = value
	return m
}

func (c Connector) checkVersion(b Backend) []error {
	version := b.Kind.VersionName()
	if len(c.Versions) == 0 && version == "" || slices.ContainsFunc(c.Versions, b.Kind.Is) {
		return nil
	}
	bad := &SettingError{Setting: "version", Wrong: "it is missing", Fix: "write one of " + listOr(c.versions(), "none")}
	if version != "" {
		bad.Wrong = fmt.Sprintf("there is no %s %q", c.Kind, version)
	}
	return []error{bad}
}

func (c Connector) checkSchedule(b Backend) (errs []error) {
	flows := c.FlowsOf(b.Kind)
	for _, name := range slices.Sorted(maps.Keys(b.Schedule)) {
		bad := &SettingError{Setting: "schedule", Entry: name}
		i := slices.IndexFunc(flows, func(f Flow) bool { return f.Name == name })
		switch spec := b.Schedule[name]; {
		case i < 0:
			bad.Wrong, bad.Fix = "there is no such flow", "there are "+listOr(flowNames(flows), "none")
		case spec == "":
		case flows[i].Unscheduled != "":
			bad.Wrong, bad.Fix = "it has no schedule", flows[i].Unscheduled
		default:
			if err := queue.CheckCron(spec); err != nil {
				bad.Wrong, bad.Fix = err.Error(), `write minute, hour, day, month and weekday, such as "*/15 * * * *"`
			}
		}
		if bad.Wrong != "" {
			errs = append(errs, bad)
		}
	}
	return errs
}

// SettingsOf lists the settings that a backend of this kind or version has.
func (c Connector) SettingsOf(k *Kind) []Setting {
	return slices.DeleteFunc(slices.Clone(c.Settings), func(s Setting) bool { return !has(s.Versions, k) })
}

// FlowsOf lists the flows that a backend of this kind or version has.
func (c Connector) FlowsOf(k *Kind) []Flow {
	return slices.DeleteFunc(slices.Clone(c.Flows), func(f Flow) bool { return !has(f.Versions, k) })
}

// FlowsFor lists the flows that a backend has something to do for: those of its kind whose [Flow.Needs] it has.
func (c Connector) FlowsFor(b Backend) []Flow {
	return slices.DeleteFunc(c.FlowsOf(b.Kind), func(f Flow) bool { return !f.hasWhatItNeeds(b) })
}

func (f Flow) hasWhatItNeeds(b Backend) bool {
	return f.Needs == "" || b.Settings[f.Needs] != "" && b.Settings[f.Needs] != "{}"
}

// has tells whether what is only for some versions is for that of k.
func has(versions []string, k *Kind) bool {
	return len(versions) == 0 || slices.Contains(versions, k.VersionName())
}

// complete is the backend with the default of each setting that nobody wrote; "" is
// written to have none.
func (c Connector) complete(b Backend) Backend {
	settings := maps.Clone(b.Settings)
	for _, s := range c.SettingsOf(b.Kind) {
		if value, written := settings[s.Name]; s.Default != "" && (!written || value == "" && s.always()) {
			settings = put(settings, s.Name, s.Default)
		}
	}
	b.Settings = settings
	return b
}

func (c Connector) versions() []string {
	var names []string
	for _, k := range c.Versions {
		names = append(names, k.VersionName())
	}
	return names
}

func flowNames(flows []Flow) []string {
	var names []string
	for _, f := range flows {
		names = append(names, f.Name)
	}
	return names
}

// listOr is a list for people, or what stands for an empty one.
func listOr(names []string, none string) string {
	if len(names) == 0 {
		return none
	}
	return strings.Join(names, ", ")
}
