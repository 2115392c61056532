package board

import (
	"cmp"
	"net"
	"net/url"
	"strings"
)

// declare says how each key of [odoo] is read.
func (o *Odoo) declare(t *table) {
	t.on("url", o.readURL)
	t.on("host", o.readHost)
	t.on("database", func(v *value) { v.into(&o.Database, (*value).string) })
	t.on("user", func(v *value) { v.into(&o.User, (*value).string) })
	t.on("api_key_file", func(v *value) { o.APIKeyFile = v.secretFile() })
	t.on("api_key", func(v *value) {
		if !v.loose {
			v.refuse("put it into a file and name that in api_key_file", "a key does not belong in this file")
			return
		}
		o.APIKey = NewSecret(strings.TrimSpace(v.text))
	})
}

func (o *Odoo) readURL(v *value) {
	s, ok := v.string()
	if !ok || s == "" {
		return
	}
	const fix = `write it as "https://odoo.example.com"`
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme == "" || u.Opaque != "":
		v.refuse(fix, "it is no URL") // and may hold a password
	case u.Scheme != "https" && u.Scheme != "http":
		v.refuse(fix, "%q is neither https nor http", u.Scheme)
	case u.Hostname() == "":
		v.refuse(fix, "it has no host")
	case u.User != nil:
		v.refuse("write the user in user, and the key's file in api_key_file", "user and password don't belong into a URL")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		v.refuse("write only "+u.Scheme+"://"+u.Host, "it goes on behind the host")
	default:
		o.URL = u.Scheme + "://" + u.Host
	}
}

func (o *Odoo) readHost(v *value) {
	s, ok := v.string()
	if !ok || s == "" {
		return
	}
	host := s
	if h, port, err := net.SplitHostPort(s); err == nil {
		host = h
		if _, err := net.LookupPort("tcp", port); err != nil || strings.TrimLeft(port, "0123456789") != "" {
			v.refuse("write a number from 0 to 65535 behind the colon", "%q is no port", port)
			return
		}
	}
	if host == "" || strings.ContainsAny(host, " /\\@") || strings.Contains(host, ":") && net.ParseIP(strings.Trim(host, "[]")) == nil {
		v.refuse(`write a name or address, with a port where it is another one: "10.0.0.2:8069"`, "%q is no host", s)
		return
	}
	o.Host = s
}

// Complete says what the appliance still needs, as a Problem: an Odoo. The commands that
// only look for the board go without.
func (c *Config) Complete() error {
	if c.Odoo.URL != "" {
		return nil
	}
	fix := `write url = "https://odoo.example.com" under [odoo]`
	if c.File == "" {
		fix = "there is no such file yet: create it, or name another with --config"
	}
	return &Problem{Position{File: cmp.Or(c.File, DefaultFile), Key: "odoo.url"}, "it is missing", fix}
}

// check looks at [odoo] as a whole.
func (o *Odoo) check(r *reader) {
	n := r.root.item("odoo")
	if n == nil || o.URL != "" || n.item("url") != nil && n.item("url").text != "" {
		return
	}
	for _, key := range []string{"host", "database", "user", "api_key_file"} {
		if i := n.item(key); i != nil && i.text != "" {
			(&table{r: r, path: "odoo", node: n}).missing("url", `write url = "https://…"`)
			return
		}
	}
}
