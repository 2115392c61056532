package files_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"crema/connectors"
	"crema/connectors/files"
)

// What synchronizers see of a system, an adapter of files has all of it.
var (
	_ connectors.BackendAdapter[files.File] = (*files.Adapter)(nil)
	_ connectors.Searcher[string]           = (*files.Adapter)(nil)
	_ connectors.Reader[files.File]         = (*files.Adapter)(nil)
	_ connectors.Creator[files.File]        = (*files.Adapter)(nil)
	_ connectors.Writer[files.File]         = (*files.Adapter)(nil)
	_ connectors.Deleter                    = (*files.Adapter)(nil)
)

func TestAdapter(t *testing.T) {
	media(t, func(t *testing.T, w *connectors.Work, dir string) {
		ctx := t.Context()
		a, err := files.NewAdapter(w.On(w.Backend, open(t, w)))
		if err != nil {
			t.Fatal(err)
		}
		if a.Backend().Name != "files" {
			t.Errorf("it is of %q", a.Backend().Name)
		}
		if err := os.Mkdir(filepath.Join(dir, "in"), 0o755); err != nil {
			t.Fatal(err)
		}
		drinks := files.File{Name: "in/drinks.csv", Content: []byte("Espresso;2.50\n")}
		// The same record again, after a crash, say, makes no second file.
		for range 2 {
			id, err := a.Create(ctx, "key", drinks)
			if id != drinks.Name || err != nil {
				t.Fatalf("Create = %q, %v", id, err)
			}
		}
		other := files.File{Name: drinks.Name, Content: []byte("Tea;1.00\n")}
		if id, err := a.Create(ctx, "key", other); !refused(err) {
			t.Errorf("somebody else's file is written over: %q, %v", id, err)
		}
		if f, err := a.Read(ctx, drinks.Name); err != nil || string(f.Content) != string(drinks.Content) || f.Name != drinks.Name || f.Modified.IsZero() {
			t.Errorf("Read = %+v, %v", f, err)
		}
		for _, name := range []string{"in/b.csv", "in/a.txt", "c.csv", "in/.hidden.csv"} {
			if _, err := a.Create(ctx, name, files.File{Name: name}); err != nil {
				t.Fatal(err)
			}
		}
		for pattern, want := range map[string][]string{
			"in/*.csv": {"in/.hidden.csv", "in/b.csv", "in/drinks.csv"}, "*": {"c.csv"}, "*.txt": {}, "in/?.*": {"in/a.txt", "in/b.csv"}, "in/b.csv": {"in/b.csv"}, "out/*": nil,
		} {
			got, err := a.Search(ctx, pattern)
			if !slices.Equal(got, want) || err != nil {
				t.Errorf("Search(%q) = %q, %v, want %q", pattern, got, err, want)
			}
		}
		for _, pattern := range []string{"[", "*/a.csv", "../*"} {
			if _, err := a.Search(ctx, pattern); !refused(err) {
				t.Errorf("Search(%q) = %v", pattern, err)
			}
		}
		if err := a.Write(ctx, drinks.Name, other); err != nil {
			t.Error(err)
		}
		if f, err := a.Read(ctx, drinks.Name); err != nil || string(f.Content) != string(other.Content) {
			t.Errorf("after Write it is %q, %v", f.Content, err)
		}
		if err := a.Write(ctx, drinks.Name, files.File{Name: "in/tea.csv"}); !refused(err) {
			t.Errorf("a file gets another name: %v", err)
		}
		for range 2 {
			if err := a.Delete(ctx, drinks.Name); err != nil {
				t.Errorf("Delete = %v", err)
			}
		}
		for what, err := range map[string]error{"Read": last(a.Read(ctx, drinks.Name)), "Write": a.Write(ctx, drinks.Name, drinks)} {
			if !errors.Is(err, connectors.ErrNotInBackend) {
				t.Errorf("%s of a file that is gone = %v", what, err)
			}
		}
		for what, err := range map[string]error{"Create": last(a.Create(ctx, "", files.File{Name: "../x"})), "in no directory": last(a.Create(ctx, "", files.File{Name: "no/x"})),
			"Read": last(a.Read(ctx, "/etc/hostname")), "Read of a directory": last(a.Read(ctx, "in")), "Delete": a.Delete(ctx, "..")} {
			if !refused(err) {
				t.Errorf("%s = %v", what, err)
			}
		}
		if err := os.Truncate(filepath.Join(dir, "c.csv"), files.LargestFile+1); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Read(ctx, "c.csv"); !refused(err) {
			t.Errorf("a file that is too large = %v", err)
		}
	})
	if _, err := files.NewAdapter(work(files.OS, nil, nil)); err == nil {
		t.Error("an adapter without a client was made")
	}
}

func refused(err error) bool {
	_, is := errors.AsType[*connectors.RefusedError](err)
	return is
}
