package webtest

import (
	"context"
	"fmt"

	"crema/web"
)

type hooks struct{ *Board }

// Make gives the secrets secret-1, secret-2, ….
func (h hooks) Make(_ context.Context, backend string) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	b, err := h.machine(backend)
	if err != nil {
		return "", err
	}
	h.hooksMade++
	secret := fmt.Sprintf("secret-%d", h.hooksMade)
	if h.Hooked == nil {
		h.Hooked = map[string]string{}
	}
	h.Hooked[backend], b.Hook = secret, web.At(Now())
	return secret, nil
}

func (h hooks) Drop(_ context.Context, backend string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	b, err := h.machine(backend)
	if err != nil {
		return err
	}
	delete(h.Hooked, backend)
	b.Hook = web.Time{}
	return nil
}

func (h hooks) Knows(_ context.Context, backend, secret string) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, has := h.Hooked[backend]
	return has && s == secret, h.Err
}

func (h hooks) Hint(_ context.Context, backend, model string, id int64) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if model != "product.product" {
		return "", nil
	}
	h.ask("hint %s %s %d", backend, model, id)
	return h.start("coffee.catalogue", "catalogue of "+backend, backend), nil
}
