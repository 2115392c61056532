package board

import (
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/pelletier/go-toml/v2/unstable"
)

var (
	// A backend's name stands in URLs, keys and on screen.
	nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)
	// Odoo's codes: "en_US", "es_419", "sr@latin", "eo".
	languageForm  = regexp.MustCompile(`^[a-z]{2,3}(_([A-Z]{2}|[0-9]{3}))?(@[a-z]+)?$`)
	timeOfDayForm = regexp.MustCompile(`^([01][0-9]|2[0-3]):([0-5][0-9])$`)
	numberForm    = regexp.MustCompile(`^(0|[1-9][0-9]{0,2})$`)
)

// declare says how each key of a [[backend]] is read.
func (b *Backend) declare(t *table, checks Checks) {
	t.on("name", func(v *value) {
		if s, ok := v.string(); ok && !nameForm.MatchString(s) {
			v.refuse("write letters, digits, - and _, at most 64", "%q is no name", s)
		} else if ok {
			b.Name = s
		}
	})
	t.on("type", func(v *value) {
		if s, ok := v.oneOf(sortedKeys(checks.Kinds)...); ok {
			b.Type = s
		}
	})
	t.on("version", func(v *value) { v.into(&b.Version, (*value).string) })
	t.on("port", func(v *value) { v.into(&b.Port, (*value).path) })
	t.on("location", func(v *value) { v.into(&b.Location, (*value).string) })
	t.on("language", func(v *value) {
		if s, ok := v.string(); ok && !languageForm.MatchString(s) {
			v.refuse(`write Odoo's code of it, such as "en_US" or "de_CH"`, "%q is no language", s)
		} else if ok {
			b.Language = s
		}
	})
	t.on("username", func(v *value) { v.into(&b.Username, (*value).string) })
	t.on("password_file", func(v *value) { b.PasswordFile = v.secretFile() })
	t.on("password", func(v *value) {
		v.refuse("put it into a file and name that in password_file", "a password does not belong in this file")
	})
	t.on("pos_category", func(v *value) { v.into(&b.POSCategory, (*value).nameOrID) })
	t.on("pos", func(v *value) { v.into(&b.POS, (*value).nameOrID) })
	t.on("pos_close", b.readClose)
	t.on("payment", b.readPayment)
	t.on("slots", b.readSlots)
	t.on("stock_location", func(v *value) { v.into(&b.StockLocation, (*value).nameOrID) })
	t.on("ingredients", b.readIngredients)
	t.on("poll", func(v *value) {
		if d, ok := v.duration(200*time.Millisecond, time.Hour); ok {
			b.Poll = d
		}
	})
	t.on("schedule", func(v *value) { b.readSchedule(v, checks) })
	t.on("busy", func(v *value) { b.Busy.read(t, v) })
}

// check looks at the backend as a whole: what must be there, and what only makes
// sense together.
func (b *Backend) check(t *table, checks Checks) {
	for _, m := range []struct{ key, fix string }{
		{"name", `write a name, such as name = "kitchen"`},
		{"type", `write type = "coffee"`},
		{"version", `write the machine's version, such as version = "2900"`},
		{"port", `write the serial port, such as port = "/dev/ttyACM0"`},
	} {
		if !t.has(m.key) {
			t.missing(m.key, m.fix)
		}
	}
	b.checkVersion(t, checks)
	stock := b.StockLocation != "" || len(b.Ingredients) > 0
	if stock && t.has("stock_location") != t.has("ingredients") {
		missing := "ingredients"
		if t.has("ingredients") {
			missing = "stock_location"
		}
		t.missing(missing, "stock needs stock_location and ingredients: write both or none")
	}
	if b.Busy.Enabled && b.Busy.Drink == "" {
		n := t.node.item("busy")
		(&table{r: t.r, path: "backend.busy", node: n}).missing("drink", "write the default_code of the drink to pour")
	}
}

// checkVersion needs the type, which may stand behind the version.
func (b *Backend) checkVersion(t *table, checks Checks) {
	n := t.node.item("version")
	versions := checks.Kinds[b.Type]
	if n == nil || n.kind != unstable.String || b.Type == "" || slices.Contains(versions, b.Version) {
		return
	}
	t.value(n).refuse("write one of "+quoteList(versions), "there is no %s %q", b.Type, b.Version)
}

func (b *Backend) readClose(v *value) {
	const fix = `write hours and minutes in quotes, pos_close = "03:00", or "" to close never`
	if v.kind != unstable.String {
		v.wants("text", fix)
		return
	}
	s, ok := v.string()
	if !ok {
		return
	}
	if s == "" {
		b.POSClose = nil
		return
	}
	m := timeOfDayForm.FindStringSubmatch(s)
	if m == nil {
		v.refuse(fix, "%q is no time of day", s)
		return
	}
	hour, _ := strconv.Atoi(m[1]) // digits, as the form says
	minute, _ := strconv.Atoi(m[2])
	b.POSClose = &TimeOfDay{hour, minute}
}
