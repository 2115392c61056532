// Package standin is a stand-in Odoo.
package standin
