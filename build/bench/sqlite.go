package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// openSQLite opens a database with one connection, since SQLite has one writer: those
// who wait in Go for it are served sooner than those who meet a lock and come again.
// That the settings took is read back.
func openSQLite(dir, name string) (*sql.DB, error) {
	q := url.Values{"_pragma": {"journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(10000)", "foreign_keys(1)"}, "_txlock": {"immediate"}}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, name)+"?"+q.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if err := durable(db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// durable errs unless each commit is synced: WAL with synchronous 2, FULL.
func durable(db *sql.DB) error {
	ctx := context.Background()
	var journal string
	var synchronous int
	if err := db.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&journal); err != nil {
		return err
	}
	if err := db.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&synchronous); err != nil {
		return err
	}
	if journal != "wal" || synchronous != 2 {
		return fmt.Errorf("SQLite has journal_mode %q and synchronous %d, want wal and 2 (FULL)", journal, synchronous)
	}
	return nil
}
