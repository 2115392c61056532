package webtest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"crema/web"
)

func (b backends) Kinds() []web.Kind { return b.Types }

func (b backends) List(context.Context) ([]web.Backend, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.Machines), b.Err
}

func (b backends) Get(_ context.Context, name string) (web.Backend, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	m, err := b.machine(name)
	if err != nil {
		return web.Backend{}, err
	}
	return *m, b.Err
}

func (b backends) Create(_ context.Context, in web.BackendInput) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	taken := web.Conflict("there is a backend "+in.Name+" already", "take another name")
	if _, err := b.machine(in.Name); err == nil {
		taken.Fields = []web.FieldError{{Field: "name", Detail: taken.Detail, Fix: taken.Fix}}
		in.Wrong = append(in.Wrong, taken.Fields...)
	}
	if err := b.wrong(in, nil); len(in.Wrong) == 1 && len(taken.Fields) == 1 && len(err.(*web.Problem).Fields) == 1 {
		return taken
	} else if err != nil {
		return err
	}
	b.ask("create %s %s", in.Name, in.Type)
	b.Machines = append(b.Machines, made(in, web.Backend{State: "draft"}))
	return b.Err
}

func (b backends) Change(_ context.Context, in web.BackendInput) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	m, err := b.machine(in.Name)
	if err != nil {
		return err
	}
	if m.FromFile {
		return web.Conflict("the backend "+in.Name+" comes from the configuration file", "change it there")
	}
	in.Type = cmp.Or(in.Type, m.Type)
	if err := b.wrong(in, m.Secrets); err != nil {
		return err
	}
	b.ask("change %s", in.Name)
	changed := made(in, *m)
	if !maps.Equal(changed.Settings, m.Settings) || changed.Version != m.Version || len(in.Secrets) > 0 {
		changed.State, changed.Tested = "draft", nil
	}
	*m = changed
	return b.Err
}

func (b backends) Delete(_ context.Context, name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	m, err := b.machine(name)
	switch {
	case err != nil:
		return err
	case m.FromFile:
		return web.Conflict("the backend "+name+" comes from the configuration file", "take it out there")
	case m.State != "off":
		return web.Conflict("the backend "+name+" is "+m.State, "switch it off first")
	case slices.ContainsFunc(b.Bound, func(x web.Binding) bool { return x.Backend == name }):
		return web.Conflict("the backend "+name+" has bindings", "switch it off instead")
	}
	b.ask("delete %s", name)
	b.Machines = slices.DeleteFunc(b.Machines, func(m web.Backend) bool { return m.Name == name })
	return b.Err
}

func (b backends) SetState(_ context.Context, name, state string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	m, err := b.machine(name)
	if err != nil {
		return err
	}
	if state == "production" && m.State != "checked" && m.State != "production" {
		return web.Conflict("the backend "+name+" is "+m.State, "test it first")
	}
	b.ask("state %s %s", name, state)
	if b.Err == nil {
		m.State = state
	}
	return b.Err
}

func (b backends) Test(_ context.Context, name string) (web.Report, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	m, err := b.machine(name)
	if err != nil {
		return web.Report{}, err
	}
	b.ask("test %s", name)
	if b.Err != nil {
		return web.Report{}, b.Err
	}
	m.Tested = &web.Tested{Time: web.At(Now()), Report: b.Report}
	if m.State == "draft" && b.Report.OK {
		m.State = "checked"
		if m.FromFile {
			m.State = "production"
		}
	}
	return b.Report, nil
}

// made is a backend with all that the input says.
func made(in web.BackendInput, b web.Backend) web.Backend {
	b.Name, b.Type, b.Version, b.Location, b.Language, b.Editable = in.Name, in.Type, in.Version, in.Location, in.Language, true
	b.Settings, b.Schedule, b.Secrets = maps.Clone(in.Settings), maps.Clone(in.Schedule), maps.Clone(b.Secrets)
	if b.Secrets == nil {
		b.Secrets = map[string]bool{}
	}
	for name, s := range in.Secrets {
		b.Secrets[name] = s != ""
	}
	if in.Type == "webhook" {
		b.Flows = []string{"deliver"}
	}
	return b
}

// wrong is a stand-in for what a connector says of its settings: what is missing, not a number or not known.
func (b backends) wrong(in web.BackendInput, sealed map[string]bool) error {
	i := slices.IndexFunc(b.Types, func(k web.Kind) bool { return k.Name == in.Type })
	if i < 0 {
		return web.InvalidFields(web.FieldError{Field: "type", Detail: strconv.Quote(in.Type) + " is no type", Fix: "see GET /api/v1/kinds"})
	}
	kind := b.Types[i]
	all := slices.Clone(in.Wrong)
	say := func(field, detail, fix string) {
		all = append(all, web.FieldError{Field: field, Detail: detail, Fix: fix})
	}
	if in.Name == "" || strings.ContainsAny(in.Name, "/ \x00") {
		say("name", strconv.Quote(in.Name)+" is no name", "write letters and digits")
	}
	if in.Version != "" && !slices.Contains(kind.Versions, in.Version) {
		say("version", strconv.Quote(in.Version)+" is no version", "see GET /api/v1/kinds")
	}
	known := map[string]bool{}
	for _, s := range kind.Settings {
		known[s.Name] = true
		v := in.Settings[s.Name]
		secret, given := in.Secrets[s.Name]
		switch {
		case s.Type == "secret" && s.Required && (given && secret == "" || !given && !sealed[s.Name]):
			say("secrets."+s.Name, "it is missing", "enter it")
		case s.Type != "secret" && s.Required && v == "":
			say("settings."+s.Name, "it is missing", "write it, such as "+s.Example)
		case s.Type == "integer" && strings.Trim(v, "0123456789") != "":
			say("settings."+s.Name, strconv.Quote(v)+" is no whole number", "write digits")
		}
	}
	for name := range in.Settings {
		if !known[name] {
			say("settings."+name, "a "+kind.Name+" has no such setting", "see GET /api/v1/kinds")
		}
	}
	if len(all) == 0 {
		return nil
	}
	return web.InvalidFields(all...)
}
