package board

import (
	"os"
	"slices"
)

// Private is what no backend of files may read or write, whoever makes it on the page: what
// crema keeps, its configuration, and the files of keys and secrets, which may be there still.
func (c *Config) Private() []string {
	all := []string{c.Data, c.File, os.Getenv("CREDENTIALS_DIRECTORY"), c.Odoo.APIKeyFile.Path}
	for _, b := range c.Backends {
		for _, s := range b.Secrets {
			all = append(all, s.Path)
		}
	}
	return slices.DeleteFunc(all, func(path string) bool { return path == "" })
}
