package connectors

// Setting is a field of a backend beyond those that every backend has (name, type,
// version, location, language, schedule). A connector declares its settings once; the
// configuration file, the page and the API take them from there.
type Setting struct {
	// Name is the key in the file and in [Backend.Settings]: "port". A secret's key in
	// the file is this with "_file"; "busy.enabled" is the key enabled of the table
	// [backend.busy].
	Name string
	// Label and Help say to people what it is: "Serial port", "Stable names are under /dev/serial/by-id".
	Label, Help string
	Type        SettingType
	// Versions are those that have it; none: all.
	Versions []string
	Required bool
	// Default is what holds where nothing is written. That "" was written is kept in
	// [Backend.Settings], and is no value: it is how a time of day becomes "never". A number,
	// a boolean, a duration and a choice always have one: there "" is the default.
	Default string
	// Example is a value, in its text form, that is shown where one is missing or wrong:
	// "/dev/ttyACM0".
	Example string
	// Choices are the values of a SettingChoice, or the keys of a SettingMap; none: any key.
	Choices []string
	// Min and Max bound a SettingDuration or SettingInteger, in its own form; "": no bound.
	Min, Max string
	// Multiline is a text or a secret that may have line ends, such as a private key.
	Multiline bool
	// Address is a value that says which system the backend is, or how that proves it: who
	// changes it on the page enters the backend's secrets anew, so that nobody has them sent
	// to a system of his own.
	Address bool
	// Unique says what a value is that nobody else may have, in a word for people: "port". No two backends
	// of the kind share one, nor two settings with the same word. "": it may be shared.
	Unique string
	// Same is where a value of Unique is written in several ways: it returns one text for all that mean the
	// same, as far as that is known now. It is asked within a transaction, and reads nothing slow. nil:
	// the value itself.
	Same func(value string) string
	// Check says what is wrong with a value that its type allows, with a [SettingError]
	// where it knows what to do; nil: nothing is. It is given the text that is kept, and
	// never "".
	Check func(value string) error
}

// SettingType is the form of a setting's value. At rest and on the wire every value is
// a text; "" is none.
type SettingType string

// The types of settings, and the text of a value.
const (
	SettingText     SettingType = "text"     // one line
	SettingNameOrID SettingType = "name"     // a record of Odoo by name or id
	SettingInteger  SettingType = "integer"  // "42"
	SettingBoolean  SettingType = "boolean"  // "true", "false"
	SettingDuration SettingType = "duration" // "2s", as time.ParseDuration has it
	SettingTime     SettingType = "time"     // "03:00"
	SettingChoice   SettingType = "choice"   // one of Choices
	SettingPath     SettingType = "path"     // of a file or a device; in the file relative to it
	SettingURL      SettingType = "url"      // "https://odoo.example.com/hook"
	SettingMap      SettingType = "map"      // a JSON object of texts: {"cash":"Cash"}
	SettingSecret   SettingType = "secret"   // sealed, never in Settings
)

var settingTypes = []SettingType{SettingText, SettingNameOrID, SettingInteger, SettingBoolean, SettingDuration, SettingTime,
	SettingChoice, SettingPath, SettingURL, SettingMap, SettingSecret}
