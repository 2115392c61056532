package odoo

import "crema/connectors"

// Kind is the backend kind of every Odoo; what holds for all versions is provided for it.
var Kind = connectors.NewKind("odoo")

// Kind19 is Odoo 19 and later, which speaks JSON-2.
var Kind19 = Kind.Version("19")

// Kind18 is Odoo 18, which doesn't speak JSON-2.
var Kind18 = Kind.Version("18")
