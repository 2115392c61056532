package command

import (
	"context"
	"errors"
	"io"
	"slices"

	"crema/store"
	"crema/web"
)

type check struct{}

// Run asks the running board, which compares the books as well; without one it examines the store itself.
func (check) Run(ctx context.Context, g *Globals, out io.Writer) error {
	c, data, err := g.board(ctx)
	if err != nil {
		return err
	}
	var report web.Report
	if c != nil {
		report, err = c.Check(ctx)
	} else {
		report, err = g.Schema.checkStore(ctx, data)
	}
	if err != nil {
		return err
	}
	if err := g.Print(out, report, func() { printReport(out, report) }); err != nil {
		return err
	}
	switch {
	case report.OK:
		return nil
	case slices.ContainsFunc(report.Findings, func(f web.Finding) bool { return f.Code == web.CodeBooks }):
		return errors.New("the books don't agree")
	}
	return errors.New("the store is damaged")
}

// checkStore examines a store that no board has open. Its lock decides that. A file that
// is damaged is not opened, and one of an older schema not brought to this one: then its
// pages alone are examined.
func (s Schema) checkStore(ctx context.Context, data string) (web.Report, error) {
	report := web.Report{OK: true, Findings: []web.Finding{}} // as the board answers
	path, err := storePath(data)
	if err != nil {
		return report, err
	}
	schema, err := store.Verify(ctx, path)
	var damaged *store.DamagedError
	switch {
	case errors.As(err, &damaged), errors.Is(err, store.ErrForeign):
		report.OK = false
		report.Findings = append(report.Findings, web.Finding{Code: "store", Text: err.Error(),
			Fix: "Start crema: it puts the newest good snapshot in its place and keeps this file. Or restore a backup: crema restore FILE."})
		return report, nil
	case err != nil:
		return report, locked(err)
	case s.Examine == nil || schema != len(s.Migrations):
		return report, nil
	}
	db, err := store.Open(path, store.Options{Migrations: s.Migrations})
	if err != nil {
		return report, locked(err)
	}
	err = db.View(func(tx *store.Tx) error {
		report.Findings = append(report.Findings, s.Examine(tx)...)
		return nil
	})
	report.OK = len(report.Findings) == 0
	return report, errors.Join(err, db.Close())
}
