package web

import (
	"net/http"
	"slices"
	"strings"
)

// formGroup is the fields under one heading.
type formGroup struct {
	Title, Text string
	Fields      []formField
}

// backendForm is what the form of a backend is drawn from.
type backendForm struct {
	kind    Kind // as the version has it
	version string
	unknown bool              // the program has no such kind
	backend Backend           // as it is; none for one that is to be made
	values  map[string]string // the texts in the inputs, by the inputs' names
	problem Problem           // why it was not saved; none where nobody tried
}

// fresh tells whether the backend is to be made.
func (f backendForm) fresh() bool { return f.backend.Name == "" }

const languageHelp = "Of the texts that go to it, as Odoo writes it: `en_US`, `de_CH`."

// groups is the form.
func (f backendForm) groups() []formGroup {
	about := formGroup{Title: "The backend"}
	if f.fresh() {
		name := f.field("name", "Name", "text", "Letters, digits, `-` and `_`. It never changes.")
		name.Required = true
		about.Fields = append(about.Fields, name)
	}
	for _, optional := range []formField{f.field("location", "Location", "text", "Where it stands, for people."), f.field("language", "Language", "text", languageHelp)} {
		optional.Optional = true
		about.Fields = append(about.Fields, optional)
	}
	told := formGroup{Title: "Its settings"}
	for _, s := range f.kind.Settings {
		told.Fields = append(told.Fields, f.setting(s)...)
	}
	clock := formGroup{Title: "When it starts by itself",
		Text: "A cron expression: minute, hour, day of the month, month, day of the week. Left empty, it starts by hand only."}
	for _, flow := range f.kind.Flows {
		if flow.Unscheduled != "" {
			continue
		}
		var help []string
		if flow.Schedule != "" {
			help = []string{"Usual is `" + flow.Schedule + "`."}
		}
		if flow.Needs != "" {
			help = append(help, "Only where there is something to do: with "+f.kind.labelOf(flow.Needs)+".")
		}
		clock.Fields = append(clock.Fields, f.field("schedule."+flow.Name, flowText(flow), "text", help...))
	}
	return slices.DeleteFunc([]formGroup{about, told, clock}, func(g formGroup) bool { return len(g.Fields) == 0 })
}

// flowText is what a flow does, as a label.
func flowText(f Flow) string {
	return strings.TrimSuffix(firstOf(f.Text, flowWords[f.Name], wordy(f.Name)), ".")
}

// formValues are the texts in the inputs for a backend as it is.
func formValues(b Backend, k Kind) map[string]string {
	values := map[string]string{"location": b.Location, "language": b.Language}
	for _, s := range k.Settings {
		v := s.value(b)
		if s.Type == settingMap {
			v = mapLines(v)
		}
		values["settings."+s.Name] = v
	}
	for _, flow := range k.Flows {
		values["schedule."+flow.Name] = flow.schedule(b)
	}
	return values
}

// typedValues are the texts in the inputs as they were sent, without the secrets.
func typedValues(r *http.Request) map[string]string {
	values := map[string]string{}
	for name, texts := range r.PostForm {
		if !strings.HasPrefix(name, "secrets.") {
			values[name] = strings.ReplaceAll(strings.TrimSpace(texts[0]), "\r\n", "\n")
		}
	}
	return values
}

// input is what the inputs say the backend shall be. What has its default is left out, so that
// it goes with the default.
func (f backendForm) input(r *http.Request) BackendInput {
	in := BackendInput{Name: firstOf(f.backend.Name, f.values["name"]), Type: f.kind.Name, Version: f.version, Location: f.values["location"], Language: f.values["language"],
		Settings: map[string]string{}, Schedule: map[string]string{}, Secrets: map[string]Secret{}}
	for _, s := range f.kind.Settings {
		v := f.values["settings."+s.Name]
		switch s.Type {
		case settingSecret:
			f.secretInput(r, s, in.Secrets)
			continue
		case settingMap:
			text, err := readMap(v)
			if err != nil {
				in.Wrong = append(in.Wrong, FieldError{"settings." + s.Name, err.Error(), "write one on each line, KEY = VALUE"})
			}
			v = text
		case settingBoolean:
			v = firstOf(v, "false")
		}
		usual := v == s.Default || v == "" && s.always() || s.Type == settingBoolean && v == firstOf(s.Default, "false")
		if !usual {
			in.Settings[s.Name] = v
		}
	}
	for _, flow := range f.kind.Flows {
		if v := f.values["schedule."+flow.Name]; flow.Unscheduled == "" && v != flow.Schedule {
			in.Schedule[flow.Name] = v
		}
	}
	return in
}

// secretInput takes a secret that was typed, or that shall go, from the form.
func (f backendForm) secretInput(r *http.Request, s Setting, into map[string]Secret) {
	typed := r.PostForm.Get("secrets." + s.Name)
	if s.Multiline {
		typed = strings.ReplaceAll(typed, "\r\n", "\n")
	}
	if typed != "" || f.values["forget."+s.Name] != "" {
		into[s.Name] = Secret(typed)
	}
}
