package web

import (
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

// field is an input with what was typed into it, and what is wrong with that.
func (f backendForm) field(name, label, input string, help ...string) formField {
	in := formField{ID: "field-" + strings.ReplaceAll(name, ".", "-"), Name: name, Label: label, Help: help, Input: input, Value: f.values[name]}
	var wrong []string
	for _, w := range f.problem.Fields {
		if w.Field == name {
			wrong, in.Fix = append(wrong, w.Detail), firstOf(in.Fix, w.Fix)
		}
	}
	in.Error = strings.Join(wrong, "; ")
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
	for _, text := range []string{fullStop(s.Help), exampleOf(s), boundsOf(s), defaultOf(s)} {
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

// fullStop ends a text as a sentence ends.
func fullStop(text string) string {
	if text == "" || strings.HasSuffix(text, ".") || strings.HasSuffix(text, "?") || strings.HasSuffix(text, "!") {
		return text
	}
	return text + "."
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
