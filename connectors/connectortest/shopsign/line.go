package shopsign

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"crema/connectors"
)

// Line is a line of the sign: a drink and its price, as text (version 1) or in cents.
type Line struct {
	ID    string `json:"id"`
	Text  string `json:"text"`
	Price string `json:"price"`
	Cents int64  `json:"cents"`
}

// lines is the adapter of a sign's lines.
type lines struct {
	*client
	backend connectors.Backend
}

func (l lines) Backend() connectors.Backend { return l.backend }

func (l lines) Search(ctx context.Context, _ struct{}) (ids []string, err error) {
	err = l.call(ctx, "GET", "/lines", "", nil, &ids)
	return ids, err
}

func (l lines) Read(ctx context.Context, id string) (line Line, err error) {
	err = l.about(ctx, "GET", id, nil, &line)
	return line, err
}

func (l lines) Create(ctx context.Context, key string, line connectors.Mapped[Line]) (string, error) {
	var made Line
	err := l.call(ctx, "POST", "/lines", key, body(line), &made)
	return made.ID, err
}

func (l lines) Write(ctx context.Context, id string, line connectors.Mapped[Line]) error {
	return l.about(ctx, "PATCH", id, body(line), nil)
}

func (l lines) Delete(ctx context.Context, id string) error {
	err := l.about(ctx, "DELETE", id, nil, nil)
	if errors.Is(err, connectors.ErrNotInBackend) {
		return nil
	}
	return err
}

// about calls the sign about a line. The sign counts its lines: what is no number is none
// of them, and not another place of its API either.
func (l lines) about(ctx context.Context, method, id string, body, reply any) error {
	if n, err := strconv.ParseUint(id, 10, 32); err != nil || strconv.FormatUint(n, 10) != id {
		return fmt.Errorf("line %q: %w", id, connectors.ErrNotInBackend)
	}
	return l.call(ctx, method, "/lines/"+id, "", body, reply)
}

// body has the fields that are set, and no others: those of the sign stay as they are.
func body(line connectors.Mapped[Line]) map[string]any {
	all := map[string]any{"text": line.Record.Text, "price": line.Record.Price, "cents": line.Record.Cents}
	set := map[string]any{}
	for _, field := range line.Fields() {
		set[field] = all[field]
	}
	return set
}
