package web

import (
	"net/http"
	"slices"
	"strings"
)

// formField is one input of a form.
type formField struct {
	ID, Name, Label string
	Help            []string
	Error, Fix      string
	Described       string // the ids of the help and of the error
	Input           string // "textarea", "select", or the type of an <input>
	Value           string
	Mode            string // which keys a phone offers
	Required        bool
	Optional        bool // and it says so
	Checked         bool
	Options         []option
}

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
		clock.Fields = append(clock.Fields, f.field("schedule."+flow.Name, flowText(flow), "text", help...))
	}
	return slices.DeleteFunc([]formGroup{about, told, clock}, func(g formGroup) bool { return len(g.Fields) == 0 })
}

// flowText is what a flow does, as a label.
func flowText(f Flow) string {
	return strings.TrimSuffix(firstOf(f.Text, flowWords[f.Name], wordy(f.Name)), ".")
}

func (f backendForm) field(name, label, input string, help ...string) formField {
	var wrong FieldError
	for _, w := range f.problem.Fields {
		if w.Field == name {
			wrong = w
		}
	}
	in := formField{ID: "field-" + strings.ReplaceAll(name, ".", "-"), Name: name, Label: label, Help: help, Input: input,
		Value: f.values[name], Error: wrong.Detail, Fix: wrong.Fix}
	if in.Error != "" {
		in.Described = in.ID + "-error "
	}
	if len(in.Help) > 0 {
		in.Described += in.ID + "-help"
	}
	return in
}

// setting is the input of a setting; a secret that may be missing has one more, to take it away.
func (f backendForm) setting(s Setting) []formField {
	var help []string
	for _, text := range []string{s.Help, exampleOf(s), boundsOf(s), defaultOf(s)} {
		if text != "" {
			help = append(help, text)
		}
	}
	if s.Type == settingSecret {
		return f.secret(s, help)
	}
	in := f.field("settings."+s.Name, s.label(), "text", help...)
	in.Required, in.Optional = s.Required, !s.Required && s.Default == ""
	switch {
	case s.Type == settingInteger:
		in.Mode = "numeric"
	case s.Type == settingURL:
		in.Input = "url"
	case s.Type == settingTime:
		in.Input = "time"
	case s.Type == settingMap, s.Multiline:
		in.Input = "textarea"
	case s.Type == settingBoolean:
		in.Input, in.Checked, in.Required, in.Optional = "checkbox", in.Value == "true", false, false
	case s.Type == settingChoice:
		in.Input = "select"
		if s.Default == "" {
			in.Options = []option{{Label: "–"}}
		}
		for _, c := range s.Choices {
			in.Options = append(in.Options, option{Value: c, Label: c, Chosen: c == in.Value})
		}
	}
	return []formField{in}
}

// secret shows nothing of what is sealed, nor of what was typed.
func (f backendForm) secret(s Setting, help []string) []formField {
	kept := f.backend.Secrets[s.Name]
	said := "It is sealed, and never shown again."
	if kept {
		said = "One is sealed. Leave this empty to keep it."
	}
	in := f.field("secrets."+s.Name, s.label(), "password", append(help, said)...)
	in.Value, in.Required, in.Optional = "", s.Required && !kept, !s.Required
	if s.Multiline {
		in.Input = "textarea"
	}
	if !kept || s.Required {
		return []formField{in}
	}
	forget := f.field("forget."+s.Name, s.label()+": take the sealed one away", "checkbox")
	forget.Checked = forget.Value != ""
	return []formField{in, forget}
}

func exampleOf(s Setting) string {
	text := ""
	if s.Type == settingMap {
		text = "One on each line, `KEY = VALUE`. "
		if len(s.Choices) > 0 {
			text = "One on each line, `KEY = VALUE`; the keys are " + strings.Join(s.Choices, ", ") + ". "
		}
	}
	if s.Example != "" && !slices.Contains([]string{settingBoolean, settingChoice, settingSecret}, s.Type) {
		text += "For example " + codeOf(s, s.Example) + "."
	}
	return strings.TrimSpace(text)
}

// codeOf is a value as it is written.
func codeOf(s Setting, value string) string {
	if s.Type == settingMap {
		value = strings.ReplaceAll(strings.TrimSpace(mapLines(value)), "\n", "`, `")
	}
	return "`" + value + "`"
}

func boundsOf(s Setting) string {
	switch {
	case s.Min != "" && s.Max != "":
		return "From " + s.Min + " to " + s.Max + "."
	case s.Min != "":
		return s.Min + " or more."
	case s.Max != "":
		return s.Max + " at most."
	}
	return ""
}

func defaultOf(s Setting) string {
	switch {
	case s.Default == "" || s.Type == settingBoolean || s.Type == settingChoice:
		return ""
	case s.always():
		return "Left empty: " + codeOf(s, s.Default) + "."
	}
	return "Usual is " + codeOf(s, s.Default) + "."
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
func (f backendForm) input(r *http.Request) (in BackendInput, wrong []FieldError) {
	in = BackendInput{Name: firstOf(f.backend.Name, f.values["name"]), Type: f.kind.Name, Version: f.version, Location: f.values["location"], Language: f.values["language"],
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
				wrong = append(wrong, FieldError{"settings." + s.Name, err.Error(), "write one on each line, KEY = VALUE"})
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
	return in, wrong
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
