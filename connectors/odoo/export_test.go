package odoo

// Assume has c take the server for one of this version, without asking it.
func (c *Client) Assume(text string) {
	c.health.version(Version{Major: digits(text), Text: text}, c.now())
}

// AssumeLogin has c take the user of an Odoo 18 for the one of this id, and models for there, without asking for them.
func (c *Client) AssumeLogin(uid int64, models ...string) {
	c.rpc.uid = uid
	for _, name := range models {
		c.rpc.models[name] = true
	}
}
