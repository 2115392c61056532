package odoo

import (
	"context"
	"fmt"
)

// A Version is what an Odoo says of itself.
type Version struct {
	Major int    // 19; of Odoo Online's in-between versions too
	Text  string // "19.0", "saas~19.1"
}

// Probe asks for the server's version. It needs no key, works with every version, and is answered even while
// Odoo's database is down. A server that speaks JSON but doesn't tell its version is [ErrUnexpected].
func (c *Client) Probe(ctx context.Context) (Version, error) {
	var reply struct {
		Result struct {
			Version string `json:"server_version"`
			Info    []any  `json:"server_version_info"`
		} `json:"result"`
	}
	r := request{method: "version_info", path: "/web/webclient/version_info", body: []byte(`{"jsonrpc":"2.0","method":"call","id":1,"params":{}}`)}
	if err := c.do(ctx, r, &reply); err != nil {
		return Version{}, err
	}
	v := Version{Text: cut(reply.Result.Version, 40)}
	// The first number may be a text for Odoo Online, such as "saas~19"; its digits are the major version.
	if len(reply.Result.Info) > 0 {
		v.Major = digits(fmt.Sprint(reply.Result.Info[0]))
	}
	if v.Major == 0 {
		v.Major = digits(v.Text)
	}
	if v.Major == 0 {
		return Version{}, &Error{Class: Transient, Status: 200, Method: r.method, Err: fmt.Errorf("%w: no version", ErrUnexpected)}
	}
	c.health.version(v)
	return v, nil
}

// version is the server's, as the last probe found it.
func (c *Client) version(ctx context.Context) (Version, error) {
	v := c.health.known()
	if v.Major == 0 {
		var err error
		if v, err = c.Probe(ctx); err != nil {
			return Version{}, err
		}
	}
	if v.Major < 18 {
		return Version{}, &Error{Class: Denied, Method: "version_info", Message: "this is Odoo " + v.Text, Err: ErrOldServer}
	}
	return v, nil
}

// digits reads the first run of at most four digits in s; 0: there is none.
func digits(s string) int {
	n, seen := 0, 0
	for _, r := range s {
		if r < '0' || r > '9' {
			if seen > 0 {
				break
			}
			continue
		}
		if seen++; seen > 4 {
			break
		}
		n = n*10 + int(r-'0')
	}
	return n
}

// A User is the one whose key the client has.
type User struct {
	ID   int64
	Lang string // "en_US"; empty if the user has none
	TZ   string // "Europe/Zurich"; empty if the user has none
}

// Whoami asks whose key this is: the cheapest call that proves key and database.
func (c *Client) Whoami(ctx context.Context) (User, error) {
	var reply struct {
		UID  ID     `json:"uid"`
		Lang String `json:"lang"`
		TZ   String `json:"tz"`
	}
	if err := c.Call(ctx, "res.users", "context_get", nil, &reply); err != nil {
		return User{}, err
	}
	if reply.UID <= 0 {
		return User{}, &Error{Class: Unknown, Status: 200, Model: "res.users", Method: "context_get", Err: fmt.Errorf("%w: no user", ErrUnexpected)}
	}
	return User{ID: int64(reply.UID), Lang: string(reply.Lang), TZ: string(reply.TZ)}, nil
}

// Languages lists the codes of the languages that are installed, such as "en_US". Odoo refuses a call whose
// context names another.
func (c *Client) Languages(ctx context.Context) ([]string, error) {
	var reply [][]string
	if err := c.Call(ctx, "res.lang", "get_installed", nil, &reply); err != nil {
		return nil, err
	}
	var codes []string
	for _, pair := range reply {
		if len(pair) > 0 {
			codes = append(codes, pair[0])
		}
	}
	return codes, nil
}

// Modules tells which of the named modules are installed, and their versions.
func (c *Client) Modules(ctx context.Context, names ...string) (map[string]string, error) {
	found, err := SearchRead[struct {
		Name    string `json:"name"`
		Version String `json:"installed_version"`
	}](ctx, c, "ir.module.module", Search{
		Domain: Domain{Where("name", "in", names), Where("state", "=", "installed")},
		Fields: []string{"name", "installed_version"},
	})
	if err != nil {
		return nil, err
	}
	installed := make(map[string]string)
	for _, m := range found {
		installed[m.Name] = string(m.Version)
	}
	return installed, nil
}

// HasAccess asks whether the user may "read", "create", "write" or "unlink" records of a model, without doing it.
// A model that doesn't exist is a [Denied] error.
func (c *Client) HasAccess(ctx context.Context, model, operation string) (bool, error) {
	var may bool
	args := struct {
		Operation string `json:"operation"`
	}{operation}
	err := c.Call(ctx, model, "has_access", args, &may)
	return may, err
}
