package connectors

import "context"

// Importer brings what a backend has to the board, or on to Odoo. It returns a
// short sentence for people on what was done.
type Importer interface {
	Import(ctx context.Context) (result string, err error)
}

// Exporter brings what Odoo has to a backend. It returns a short sentence for
// people on what was done.
type Exporter interface {
	Export(ctx context.Context) (result string, err error)
}
