package board

import (
	"cmp"
	"net"
	"net/url"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// declare says how each key of [odoo] is read.
func (o *Odoo) declare(t *table, checks Checks) {
	t.on("url", o.readURL)
	t.on("host", o.readHost)
	t.on("ca_file", func(v *value) {
		if v.kind == unstable.String && v.text == "" {
			return
		}
		if path, ok := v.path(); ok {
			o.CAFile = CAFile{Path: path, Position: v.pos}
		}
	})
	t.on("fingerprint", func(v *value) { v.checked(&o.Fingerprint, checks.Fingerprint) })
	t.on("proxy", func(v *value) {
		var text string
		v.checked(&text, checks.Proxy)
		o.Proxy = NewSecret(text)
	})
	t.on("rotate_key", func(v *value) {
		if b, ok := v.boolean(); ok {
			o.RotateKey = b
		}
	})
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
	if strings.Contains(s, "://") {
		v.refuse("write only the name or address of the server; https or http stands in url", "it is a URL")
		return
	}
	host := s
	if h, port, err := net.SplitHostPort(s); err == nil {
		host = h
		if n, err := net.LookupPort("tcp", port); err != nil || n == 0 || strings.TrimLeft(port, "0123456789") != "" {
			v.refuse("write a number from 1 to 65535 behind the colon", "%q is no port", port)
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

// checked keeps a text in which check finds no fault.
func (v *value) checked(dst *string, check func(string) []Fault) {
	s, ok := v.string()
	if !ok || s == "" {
		return
	}
	for _, f := range check(s) {
		v.refuse(f.Fix, "%s", f.Wrong)
		return
	}
	*dst = s
}

// check looks at [odoo] as a whole.
func (o *Odoo) check(r *reader) {
	n := r.root.item("odoo")
	if n == nil {
		return
	}
	if o.URL != "" || n.item("url") != nil && n.item("url").text != "" {
		o.checkWay(&table{r: r, path: "odoo", node: n})
		return
	}
	for _, key := range []string{"host", "ca_file", "fingerprint", "proxy", "database", "user", "api_key_file"} {
		if i := n.item(key); i != nil && i.text != "" {
			(&table{r: r, path: "odoo", node: n}).missing("url", `write url = "https://…"`)
			return
		}
	}
}

// checkWay refuses what can't hold at once on the way to Odoo.
func (o *Odoo) checkWay(t *table) {
	refuse := func(key, wrong, fix string) {
		if n := t.node.item(key); n != nil {
			t.value(n).refuse(fix, "%s", wrong)
		}
	}
	plain := strings.HasPrefix(o.URL, "http:")
	if o.CAFile.Path != "" && plain {
		refuse("ca_file", "with http there is no certificate to check", "write https in url, or leave ca_file out")
	}
	if o.Fingerprint != "" && plain {
		refuse("fingerprint", "with http there is no certificate to check", "write https in url, or leave fingerprint out")
	}
	if o.CAFile.Path != "" && o.Fingerprint != "" {
		refuse("ca_file", "with fingerprint nobody has to vouch for the certificate", "leave one of the two out")
	}
	if p := o.Proxy.Reveal(); p != "" && !strings.EqualFold(p, "none") && o.Host != "" {
		refuse("proxy", "host connects past a proxy", "leave one of the two out")
	}
}
