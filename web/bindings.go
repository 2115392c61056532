package web

import (
	"net/http"
)

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

func (s *Server) listBindings(w http.ResponseWriter, r *http.Request) error {
	q, err := queryOf(r, "backend", "model", "limit", "after")
	if err != nil {
		return err
	}
	f := BindingFilter{Model: q.Get("model")}
	if f.Paging, err = pagingOf(q); err != nil {
		return err
	}
	if f.Backend, err = s.backendOf(r, q); err != nil {
		return err
	}
	page, err := s.deps.Bindings(r.Context(), f)
	return list(w, page, err)
}
