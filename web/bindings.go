package web

// Binding links one Odoo record and one record of a backend.
type Binding struct {
	Backend    string `json:"backend"`
	Model      string `json:"model"`
	OdooID     ID     `json:"odoo_id"`
	ExternalID ID     `json:"external_id"`
	Synced     Time   `json:"synced"`
	Archived   bool   `json:"archived"`
}

// BindingFilter is which bindings are wanted; empty fields take all.
type BindingFilter struct {
	Backend, Model string
	Paging
}
