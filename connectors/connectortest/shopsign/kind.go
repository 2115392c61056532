package shopsign

import (
	"crema/connectors"
	"crema/connectors/odoo/product"
)

// The kinds of backend: every shop sign, and the two versions of its API.
var (
	Sign  = connectors.NewKind("shopsign")
	Sign1 = Sign.Version("1")
	Sign2 = Sign.Version("2")
)

// The models that bindings, events and checkpoints name.
const (
	ModelProduct = "product.product" // bound to a line of the sign
	ModelPress   = "shopsign.press"
)

// lineMapper is what differs between the versions: how a line says its price.
var lineMapper = connectors.NewRole[*connectors.Mapper[product.Product, Line]](ModelProduct, "export.mapper")

var settings = []connectors.Setting{
	{Name: "url", Label: "Address", Type: connectors.SettingURL, Required: true, Unique: "address", Address: true, Example: "http://sign.local"},
	{Name: "token", Label: "Token", Help: "It is printed on the back of the sign.", Type: connectors.SettingSecret, Required: true},
	{Name: "category", Label: "Category", Help: "The POS category whose drinks are shown.", Type: connectors.SettingNameOrID, Default: "Coffee"},
}
