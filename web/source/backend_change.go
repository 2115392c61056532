package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"crema/connectors"
	"crema/store"
	"crema/web"
)

func (s backends) Create(ctx context.Context, in web.BackendInput) error {
	return s.change(ctx, in.Name, func(tx *store.Tx) error {
		_, err := connectors.Backends{}.Get(tx, in.Name)
		switch {
		case err == nil:
			return s.taken(tx, in)
		case !errors.Is(err, connectors.ErrNoBackend):
			return err
		}
		return s.put(tx, in)
	})
}

// taken is what is wrong with a backend whose name another one has.
func (s backends) taken(tx *store.Tx, in web.BackendInput) error {
	taken := web.Conflict(fmt.Sprintf("there is a backend %q already", in.Name), "take another name")
	taken.Fields = []web.FieldError{{Field: "name", Detail: taken.Detail, Fix: taken.Fix}}
	in.Wrong = append(taken.Fields, in.Wrong...)
	in.Name = "" // the other one is none of its business
	err := s.put(tx, in)
	if p, ok := errors.AsType[*web.Problem](err); ok && len(p.Fields) == 1 {
		return taken
	}
	return err
}

func (s backends) Change(ctx context.Context, in web.BackendInput) error {
	return s.change(ctx, in.Name, func(tx *store.Tx) error {
		b, err := connectors.Backends{}.Get(tx, in.Name)
		switch {
		case err != nil:
			return err
		case b.FromFile:
			return fmt.Errorf("backend %q: %w", in.Name, connectors.ErrFromFile)
		case in.Type != "" && in.Type != b.Kind.Name():
			return web.InvalidFields(web.FieldError{Field: "type", Detail: "a backend keeps its type", Fix: "leave it out, or make another backend"})
		}
		in.Type = b.Kind.Name()
		return s.put(tx, in)
	})
}

func (s backends) Delete(ctx context.Context, name string) error {
	return s.change(ctx, name, func(tx *store.Tx) error { return s.p.Host.Backends().Delete(tx, name) })
}

func (s backends) SetState(ctx context.Context, name, state string) error {
	return s.change(ctx, name, func(tx *store.Tx) error {
		return s.p.Host.Backends().SetState(tx, name, connectors.BackendState(state))
	})
}

// change commits a change of a backend, and tells the page of it.
func (s backends) change(ctx context.Context, name string, f func(*store.Tx) error) error {
	if err := s.p.Store.Update(ctx, f); err != nil {
		return asProblem(err)
	}
	s.p.Events.Publish(web.Event{Type: "backend", Backend: name})
	return nil
}

// put stores a backend with its secrets, or says everything that is wrong with it.
func (s backends) put(tx *store.Tx, in web.BackendInput) error {
	c, known := s.connector(in.Type)
	if !known {
		return web.InvalidFields(append(in.Wrong, web.FieldError{Field: "type", Detail: fmt.Sprintf("there is no type %q", in.Type), Fix: "GET /api/v1/kinds lists them"})...)
	}
	b := connectors.Backend{Name: in.Name, Kind: c.Kind.Version(in.Version), Location: in.Location, Language: in.Language,
		Settings: in.Settings, Schedule: in.Schedule}
	secrets, err := s.secretErrors(tx, c, b, in.Secrets)
	if err != nil {
		return err
	}
	err = s.p.Host.Backends().Put(tx, b)
	if _, unfit := errors.AsType[*connectors.SettingError](err); err != nil && !unfit {
		return err
	}
	told := func(w web.FieldError) bool {
		return slices.ContainsFunc(in.Wrong, func(t web.FieldError) bool { return t.Field == w.Field })
	}
	if wrong := slices.Concat(in.Wrong, slices.DeleteFunc(append(fieldErrors(c, err), secrets...), told)); len(wrong) > 0 {
		return web.InvalidFields(wrong...)
	}
	plain := map[string]string{}
	for name, secret := range in.Secrets {
		plain[name] = string(secret)
	}
	return s.p.Host.Backends().Seal(tx, in.Name, plain)
}

// secretErrors is what is wrong with the secrets that are given, and with those that are not.
func (s backends) secretErrors(tx *store.Tx, c connectors.Connector, b connectors.Backend, given map[string]web.Secret) (wrong []web.FieldError, err error) {
	old, err := connectors.Backends{}.Get(tx, b.Name)
	if err != nil && !errors.Is(err, connectors.ErrNoBackend) {
		return nil, err
	}
	moved := movedBy(c, old, b)
	left := maps.Clone(given)
	for _, setting := range c.SettingsOf(b.Kind) {
		if setting.Type != connectors.SettingSecret {
			continue
		}
		secret, changed := given[setting.Name]
		delete(left, setting.Name)
		_, bad := setting.Parse(string(secret))
		wrong = append(wrong, fieldErrors(c, bad)...)
		sealed := false
		if !changed {
			if sealed, err = s.p.Host.Secrets.Sealed(tx, b.Name, setting.Name); err != nil {
				return nil, err
			}
		}
		switch {
		case sealed && moved != "":
			wrong = append(wrong, web.FieldError{Field: "secrets." + setting.Name, Detail: "it was entered for another system: " + moved + " is another one now", Fix: "enter it anew"})
		case secret == "" && !sealed && setting.Required:
			wrong = append(wrong, web.FieldError{Field: "secrets." + setting.Name, Detail: "it is missing", Fix: "enter it"})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		wrong = append(wrong, web.FieldError{Field: "secrets." + name, Detail: fmt.Sprintf("a %s has no such secret", b.Kind), Fix: "GET /api/v1/kinds lists them"})
	}
	return wrong, nil
}

// movedBy names a setting by whose change a backend is another system than it was; "" where it is the same.
func movedBy(c connectors.Connector, old, now connectors.Backend) string {
	if old.Kind == nil {
		return ""
	}
	for _, setting := range c.SettingsOf(now.Kind) {
		if setting.Address && cmp.Or(old.Text(setting.Name), setting.Default) != cmp.Or(now.Text(setting.Name), setting.Default) {
			return cmp.Or(setting.Label, setting.Name)
		}
	}
	return ""
}

// fieldErrors is an error of a connector's settings, by the fields of the API.
func fieldErrors(c connectors.Connector, err error) []web.FieldError {
	var all []web.FieldError
	for _, e := range connectors.SettingErrors(err) {
		f := web.FieldError{Field: "settings." + e.Setting, Detail: e.Wrong, Fix: e.Fix}
		switch {
		case slices.Contains([]string{"name", "version", "location", "language"}, e.Setting):
			f.Field = e.Setting
		case e.Setting == "":
			f.Field = "settings"
		case e.Setting == "schedule":
			f.Field = "schedule." + e.Entry
		case slices.ContainsFunc(c.Settings, func(s connectors.Setting) bool { return s.Name == e.Setting && s.Type == connectors.SettingSecret }):
			f.Field = "secrets." + e.Setting
		}
		if e.Entry != "" && e.Setting != "schedule" {
			f.Detail = e.Entry + ": " + e.Wrong
		}
		all = append(all, f)
	}
	return all
}
