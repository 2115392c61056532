package files_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/connectortest"
	"crema/connectors/files"
)

// TestAdapterConforms: to synchronizers a directory is a system like any other.
func TestAdapterConforms(t *testing.T) {
	media(t, func(t *testing.T, w *connectors.Work, dir string) {
		parts := 0
		connectortest.Adapter(t, func(tb testing.TB) connectortest.System[files.File, files.File, string] {
			parts++
			in := fmt.Sprint("part", parts) // each has a directory of its own
			if err := os.Mkdir(filepath.Join(dir, in), 0o755); err != nil {
				tb.Fatal(err)
			}
			client, end, err := files.New().Open(tb.Context(), w)
			if err != nil {
				tb.Fatal(err)
			}
			tb.Cleanup(func() {
				if err := end(); err != nil {
					tb.Error(err)
				}
			})
			a, err := files.NewAdapter(w.On(w.Backend, client))
			if err != nil {
				tb.Fatal(err)
			}
			content := func(n int) []byte { return fmt.Appendf(nil, "drink %d\n", n) }
			return connectortest.System[files.File, files.File, string]{
				Adapter: a, Can: "search read create write delete", All: in + "/*", Named: true, OneTask: true,
				New:  func(n int) files.File { return files.File{Name: fmt.Sprintf("%s/%d.csv", in, n), Content: content(n)} },
				Part: func(n int) files.File { return files.File{Content: content(n)} },
				Written: func(f, w files.File) files.File {
					if w.Name != "" {
						f.Name = w.Name
					}
					f.Content = w.Content
					return f
				},
				Own: func(f *files.File) { f.Modified = time.Time{} },
			}
		})
	})
}
