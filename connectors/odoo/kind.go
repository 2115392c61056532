package odoo

import "crema/connectors"

// Kind is the backend kind of every Odoo; what holds for all versions is provided for it.
var Kind = connectors.NewKind("odoo")

// The versions that crema speaks with.
var (
	// Odoo19 is Odoo 19 and later, which speaks JSON-2.
	Odoo19 = Kind.Version("19")
	// Odoo18 is Odoo 18, which speaks JSON-RPC.
	Odoo18 = Kind.Version("18")
)

// kind is the kind of an Odoo of this version: the newest that crema knows of, for those to come.
func (v Version) kind() *connectors.Kind {
	if v.Major >= 19 {
		return Odoo19
	}
	return Odoo18
}
