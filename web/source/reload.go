package source

import (
	"context"

	"crema/web"
)

func (p *Parts) reload(context.Context) (web.Reloaded, error) {
	return web.Reloaded{}, web.Unavailable("the queue can't be reloaded yet", "restart crema")
}
