package connectortest

import (
	"slices"
	"strings"

	"crema/connectors"
)

// declared: the page has words for what it offers.
func (r *siteRig) declared() {
	c := r.connector
	if c.Text == "" {
		r.Errorf("the connector has no Text: the page has no word for it")
	}
	for _, s := range c.Settings {
		if s.Label == "" {
			r.Errorf("setting %q has no Label: the page has no word for it", s.Name)
		}
	}
	for _, f := range c.Flows {
		if f.Text == "" {
			r.Errorf("flow %q has no Text: the page has no word for it", f.Name)
		}
	}
}

// settings: what is missing is named, with what to do.
func (r *siteRig) settings() {
	r.store()
	for _, s := range r.connector.SettingsOf(r.Backend.Kind) {
		without := r.Backend
		without.Settings = map[string]string{}
		for name, value := range r.Backend.Settings {
			if name != s.Name {
				without.Settings[name] = value
			}
		}
		err := r.connector.CheckSettings(without)
		named := slices.ContainsFunc(connectors.SettingErrors(err), func(e *connectors.SettingError) bool { return e.Setting == s.Name && e.Fix != "" })
		if err != nil && !named {
			r.Errorf("without %q it says %v: it shall name the setting, and what to do", s.Name, err)
		}
		if s.Required && s.Default == "" && s.Type != connectors.SettingSecret && err == nil {
			r.Errorf("without %q, which is required, all is well", s.Name)
		}
	}
}

// tests: a backend that is well has a good test, again and again.
func (r *siteRig) tests() {
	r.production()
	r.wellSoon("a backend that is in production")
}

func isBad(f connectors.Finding) bool { return !f.Warning }

// testsAway: that the system does not answer is a finding, which says so to people.
func (r *siteRig) testsAway() {
	if r.Away == nil {
		return
	}
	r.store()
	back := r.Away()
	r.finds("Test() without a system", false)
	back()
	r.wellSoon("a backend whose system is back")
}

// testsBare: a backend whose secrets nobody has entered is told so.
func (r *siteRig) testsBare() {
	r.store()
	if len(r.Secrets) == 0 {
		return
	}
	for setting := range r.Secrets {
		r.board.Seal(r, r.name, setting, "")
	}
	r.finds("Test() without secrets", true)
}

// finds fails the test unless a test finds something, in words for people.
func (r *siteRig) finds(what string, mayPass bool) {
	r.Helper()
	var findings []connectors.Finding
	err := ends(r, what, func() (err error) {
		findings, err = r.host.Test(r.Context(), r.name)
		return err
	})
	if err != nil {
		r.Errorf("%s = %v; what is wrong with the backend is a Finding, an error says that the test could not be made", what, err)
	}
	if err == nil && !mayPass && !slices.ContainsFunc(findings, isBad) {
		r.Errorf("%s finds %+v: it is good", what, findings)
	}
	for _, f := range findings {
		if f.Code == "" || f.Text == "" || f.Fix == "" || strings.ContainsAny(f.Code, " \n") {
			r.Errorf("%s finds %+v: a finding has a Code for programs, a Text and a Fix for people", what, f)
		}
	}
}
