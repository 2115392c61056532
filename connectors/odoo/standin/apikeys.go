package standin

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// keyLimit is how many keys a user may have for generate to make another.
const keyLimit = 10

// longestKey is how long a plain user's key may live.
const longestKey = 90 * 24 * time.Hour

// apiKeyModels are those of API keys that end: see [Server.AddKey].
func apiKeyModels() []*model {
	return []*model{
		{name: "res.users.apikeys", title: "Users API Keys",
			shown: func(c *call, row Values) bool { return row["user_id"] == c.user || c.admin() },
			methods: map[string]*method{
				"generate": {class: true, params: []string{"key!", "scope!", "name!", "expiration_date!"}, run: generateKey},
				"revoke":   {class: true, params: []string{"key!"}, run: revokeKey},
			},
			fields: join(text("name"), ref("user_id", "res.users"), text("scope"), fieldsOf(datetime, []string{"expiration_date", "create_date"}),
				one(field{name: "key", hidden: true}))},
		{name: "ir.config_parameter", title: "System Parameter", rights: map[string]right{"read": {groups: []string{"admin"}, labels: []string{"Role / Administrator"}}},
			fields: text("key", "value")},
	}
}

// AddKey gives a user one more API key, which is listed by its name and ends at a time; zero: never.
func (s *Server) AddKey(user int64, name, key string, ends time.Time) int64 {
	v := Values{"user_id": user, "name": name, "key": key}
	if !ends.IsZero() {
		v["expiration_date"] = ends
	}
	return s.Insert("res.users.apikeys", 0, v)
}

// AllowKeys lets users make and revoke keys by calls, or forbids it, as it is at first.
func (s *Server) AllowKeys(allowed bool) {
	s.Insert("ir.config_parameter", 1, Values{"key": "base.enable_programmatic_api_keys", "value": fmt.Sprint(allowed)})
}

// A Key that was made for a user.
type Key struct {
	Name, Key string
	Ends      time.Time // zero: never
}

// Keys lists the keys of a user that [Server.AddKey] or a call made and nobody revoked, oldest first.
func (s *Server) Keys(user int64) []Key {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Key
	t := s.tables["res.users.apikeys"]
	for _, id := range t.ids() {
		row := t.rows[id]
		if row["user_id"] != user {
			continue
		}
		ends, _ := time.Parse(stamp, row["expiration_date"].(string))
		all = append(all, Key{Name: row["name"].(string), Key: row["key"].(string), Ends: ends})
	}
	return all
}

// userOf finds whose key it is; 0: nobody's that may come in.
func (s *Server) userOf(key string) int64 {
	users := s.tables["res.users"]
	for _, id := range users.ids() {
		if u := users.rows[id]; u["key"] == key && u["active"] == true {
			return id
		}
	}
	if row := s.listedKey(key); row != nil {
		if user, _ := row["user_id"].(int64); users.rows[user]["active"] == true {
			return user
		}
	}
	return 0
}

// listedKey finds the record of a key that has not ended; nil: there is none.
func (s *Server) listedKey(key string) Values {
	t := s.tables["res.users.apikeys"]
	for _, id := range t.ids() {
		if row := t.rows[id]; row["key"] == key && s.alive(row) {
			return row
		}
	}
	return nil
}

func (s *Server) alive(row Values) bool {
	ends, _ := row["expiration_date"].(string)
	return ends == "" || ends >= s.now().UTC().Format(stamp)
}

func (c *call) admin() bool {
	groups, _ := c.s.tables["res.users"].rows[c.user]["groups"].(string)
	return slices.Contains(strings.Fields(groups), "admin")
}

// byCalls refuses who may not make and revoke keys by calls.
func (c *call) byCalls() *refusal {
	if row := c.s.tables["ir.config_parameter"].rows[1]; c.admin() || row != nil && row["value"] == "true" {
		return nil
	}
	return userError("Programmatic API keys are not enabled")
}

func generateKey(c *call) (any, *refusal) {
	if no := c.byCalls(); no != nil {
		return nil, no
	}
	t, now, alive := c.s.tables["res.users.apikeys"], c.s.now(), 0
	for _, row := range t.rows {
		if row["user_id"] == c.user && c.s.alive(row) {
			alive++
		}
	}
	if alive >= keyLimit {
		return nil, userError(fmt.Sprintf("Limit of %d API keys is reached for programmatic creation", keyLimit))
	}
	given, _ := c.args["key"].(string)
	scope, _ := c.args["scope"].(string)
	row := c.s.listedKey(given)
	if c.s.userOf(given) != c.user || row != nil && row["scope"] != "" && row["scope"] != scope {
		return nil, refuse(403, "odoo.exceptions.AccessDenied", "The provided API key is invalid or does not belong to the current user.")
	}
	name, _ := c.args["name"].(string)
	until, _ := c.args["expiration_date"].(string)
	ends, err := time.Parse(stamp, until)
	switch {
	case err != nil && until != "":
		return nil, valueError(fmt.Sprintf("time data '%s' does not match format '%%Y-%%m-%%d %%H:%%M:%%S'", until))
	case until == "" && !c.admin():
		return nil, validationError("The API key must have an expiration date")
	case until != "" && ends.Before(now):
		return nil, validationError("You cannot set an expiration date in the past.")
	case !c.admin() && ends.After(now.Add(longestKey)):
		return nil, validationError("You cannot exceed 90.0 days.")
	}
	key := fmt.Sprintf("%040x", c.s.random.Uint64())
	c.s.insert(c.model.name, 0, Values{"user_id": c.user, "name": name, "scope": scope, "expiration_date": until, "key": key})
	return key, nil
}

func revokeKey(c *call) (any, *refusal) {
	if no := c.byCalls(); no != nil {
		return nil, no
	}
	given, _ := c.args["key"].(string)
	t := c.s.tables["res.users.apikeys"]
	for _, id := range t.ids() {
		row := t.rows[id]
		if row["key"] != given || given == "" || !c.s.alive(row) {
			continue
		}
		if row["user_id"] != c.user && !c.admin() {
			return nil, refuse(403, "odoo.exceptions.AccessError", "You can not remove API keys unless they're yours or you are a system user")
		}
		delete(t.rows, id)
		return true, nil
	}
	return nil, refuse(403, "odoo.exceptions.AccessDenied", "The provided API key is invalid.")
}
