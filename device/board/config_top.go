package board

import (
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2/unstable"
)

// declare says how each key of the top level is read.
func (c *Config) declare(t *table, checks Checks) {
	t.on("data", func(v *value) { v.into(&c.Data, (*value).path) })
	t.on("listen", func(v *value) {
		if s, ok := v.string(); ok {
			c.readListen(v, s)
		}
	})
	t.on("hosts", c.readHosts)
	t.on("timezone", c.readTimezone)
	t.on("clock", func(v *value) {
		if s, ok := v.oneOf("auto", "strict"); ok {
			c.StrictClock = s == "strict"
		}
	})
	t.on("watchdog", func(v *value) { v.into(&c.Watchdog, (*value).path) })
	t.on("watchdog_timeout", c.readWatchdogTimeout)
	tables := map[string]func(*table){
		"odoo":  func(o *table) { c.Odoo.declare(o, checks) },
		"queue": func(q *table) { c.Queue.declare(q, checks) },
	}
	for _, key := range sortedKeys(tables) {
		read := func(n *node) {
			sub := t.sub(key, n)
			tables[key](sub)
			sub.read()
		}
		t.on(key, func(v *value) {
			switch {
			case v.loose: // CREMA_ODOO is no key
			case !v.isTable():
				v.wants("a table", "write ["+key+"] on a line of its own")
			default:
				read(v.node)
			}
		})
		if t.node.item(key) == nil {
			read(nil) // the environment alone
		}
	}
	t.on("backend", func(v *value) { c.readBackends(t, v, checks) })
}

// into stores what read returns, unless it is refused.
func (v *value) into(dst *string, read func(*value) (string, bool)) {
	if s, ok := read(v); ok {
		*dst = s
	}
}

func (c *Config) readListen(v *value, s string) {
	const fix = `write host:port, such as "127.0.0.1:8080", or ":8080" for every network`
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		v.refuse(fix, "%q is no address to listen on", s)
		return
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		v.refuse("write a number from 0 to 65535 behind the colon", "%q is no port", port)
		return
	} else if strings.ContainsAny(host, " /\\@") {
		v.refuse(fix, "%q is no host", host)
		return
	} else {
		c.Listen = net.JoinHostPort(host, strconv.FormatUint(n, 10))
	}
}

// readHosts reads hosts = "coffee.lan, coffee.example.com".
func (c *Config) readHosts(v *value) {
	s, ok := v.string()
	if !ok {
		return
	}
	c.Hosts = nil
	for name := range strings.SplitSeq(s, ",") {
		name = strings.TrimSpace(name)
		switch {
		case name == "":
		case strings.ContainsAny(name, " /\\@:*"):
			v.refuse(`write names alone, with commas between: "coffee.lan, coffee.example.com"`, "%q is no name of a host", name)
		default:
			c.Hosts = append(c.Hosts, name)
		}
	}
}

func (c *Config) readTimezone(v *value) {
	s, ok := v.string()
	if !ok {
		return
	}
	zone, err := time.LoadLocation(s)
	if err == nil && s != "" {
		c.Timezone = zone
		return
	}
	fix := `write a name of the time zone database, such as "Europe/Zurich"; ` + "`timedatectl list-timezones` lists them"
	if _, err := time.LoadLocation("Europe/Zurich"); err != nil {
		fix = "install the time zone data (tzdata) on this board"
	}
	v.refuse(fix, "%q is no time zone", s)
}

func (c *Config) readWatchdogTimeout(v *value) {
	s, ok := v.durationText()
	if !ok {
		return
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < minWatchdog || d > maxWatchdog || d%time.Second != 0 {
		v.refuse(`write whole seconds, from "5s" to "10m"`, "%q is not possible", s)
		return
	}
	c.WatchdogTimeout = d
}

// A watchdog that waits for less restarts boards whose cards are slow for a moment.
const minWatchdog, maxWatchdog = 5 * time.Second, 10 * time.Minute

// readBackends reads the list of backends.
func (c *Config) readBackends(t *table, v *value, checks Checks) {
	switch {
	case v.loose: // CREMA_BACKEND is no key
	case v.kind != unstable.ArrayTable:
		v.wants("a list of tables", "write [[backend]], with two brackets, above each backend's keys")
	default:
		for _, n := range v.items {
			c.Backends = append(c.Backends, readBackend(t, n, checks))
		}
	}
}
