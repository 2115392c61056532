package files_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"crema/connectors"
	"crema/connectors/files"
)

// What both versions do, in the same words.
func TestTree(t *testing.T) {
	media(t, func(t *testing.T, w *connectors.Work, dir string) {
		tree, ctx := open(t, w), t.Context()
		large := make([]byte, 700_001) // more than a piece, and than a packet
		rng := rand.New(rand.NewPCG(1, 2))
		for i := range large {
			large[i] = byte(rng.Uint32())
		}
		for _, text := range []string{"", "one", string(large)} {
			if err := tree.Replace(ctx, "a b.csv", strings.NewReader(text)); err != nil {
				t.Fatal(err)
			}
			if got, err := content(ctx, tree, "a b.csv"); got != text || err != nil {
				t.Errorf("%d bytes come back as %d, %v", len(text), len(got), err)
			}
		}
		if err := errors.Join(tree.Mkdir(ctx, "in"), tree.Mkdir(ctx, "in/deep"), tree.Create(ctx, "in/drinks.csv", strings.NewReader("Espresso"))); err != nil {
			t.Fatal(err)
		}
		info, err := tree.Stat(ctx, "in/drinks.csv")
		if err != nil || info.Name != "in/drinks.csv" || info.Size != 8 || info.Directory || info.Modified.IsZero() {
			t.Errorf("Stat = %+v, %v", info, err)
		}
		for dir, want := range map[string][]string{".": {"a b.csv", "in"}, "in": {"in/deep", "in/drinks.csv"}, "in/deep": nil} {
			list, err := tree.List(ctx, dir)
			var got []string
			for _, i := range list {
				got = append(got, i.Name)
			}
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("List(%s) = %q, %v, want %q", dir, got, err, want)
			}
		}
		for what, c := range map[string]struct{ err, want error }{
			"create what is there":           {tree.Create(ctx, "in/drinks.csv", strings.NewReader("Tea")), fs.ErrExist},
			"create a directory's name":      {tree.Create(ctx, "in", strings.NewReader("Tea")), fs.ErrExist},
			"make a directory twice":         {tree.Mkdir(ctx, "in"), fs.ErrExist},
			"make one where a file is":       {tree.Mkdir(ctx, "a b.csv"), fs.ErrExist},
			"make one in none":               {tree.Mkdir(ctx, "no/where"), fs.ErrNotExist},
			"create in no directory":         {tree.Create(ctx, "no/tea.csv", strings.NewReader("Tea")), fs.ErrNotExist},
			"remove what is not there":       {tree.Remove(ctx, "tea.csv"), fs.ErrNotExist},
			"stat what is not there":         {last(tree.Stat(ctx, "tea.csv")), fs.ErrNotExist},
			"list what is not there":         {last(tree.List(ctx, "out")), fs.ErrNotExist},
			"open what is not there":         {last(tree.Open(ctx, "tea.csv")), fs.ErrNotExist},
			"open a directory":               {last(tree.Open(ctx, "in")), files.ErrIrregular},
			"write the directory itself":     {tree.Replace(ctx, ".", strings.NewReader("")), files.ErrOutside},
			"remove the directory itself":    {tree.Remove(ctx, "."), files.ErrOutside},
			"an absolute name":               {last(tree.Open(ctx, "/etc/hostname")), files.ErrOutside},
			"out of it":                      {last(tree.Open(ctx, "../x")), files.ErrOutside},
			"out of it by a way round":       {tree.Create(ctx, "in/../../x", strings.NewReader("")), files.ErrOutside},
			"a name that ends in the kernel": {last(tree.Open(ctx, "a\x00b")), files.ErrOutside},
			"a name that moves the cursor":   {last(tree.Open(ctx, "a\x1b[2Jb")), files.ErrOutside},
		} {
			if !errors.Is(c.err, c.want) {
				t.Errorf("%s: %v, want %v", what, c.err, c.want)
			}
		}
		if err := errors.Join(tree.Move(ctx, "a b.csv", "in/deep/c.csv"), tree.Move(ctx, "in/deep", "done"), tree.Move(ctx, "done/c.csv", "a b.csv"), tree.Move(ctx, "done", "in/deep")); err != nil {
			t.Error(err)
		}
		for what, c := range map[string]struct {
			from, to string
			want     error
		}{
			"in place of a file":      {"in/drinks.csv", "a b.csv", fs.ErrExist},
			"in place of a directory": {"a b.csv", "in", fs.ErrExist},
			"what is not there":       {"tea.csv", "in/tea.csv", fs.ErrNotExist},
			"to no directory":         {"a b.csv", "no/b.csv", fs.ErrNotExist},
			"out":                     {"a b.csv", "../b.csv", files.ErrOutside},
			"in":                      {"../b.csv", "b.csv", files.ErrOutside},
			"over all":                {"a b.csv", ".", files.ErrOutside},
		} {
			if err := tree.Move(ctx, c.from, c.to); !errors.Is(err, c.want) {
				t.Errorf("move %s: %v, want %v", what, err, c.want)
			}
		}
		if got, err := content(ctx, tree, "a b.csv"); got != string(large) || err != nil {
			t.Errorf("moved to and fro it has %d bytes, %v", len(got), err)
		}
		if tree.Remove(ctx, "in") == nil {
			t.Error("a directory that is not empty was removed")
		}
		if got, err := content(ctx, tree, "in/drinks.csv"); got != "Espresso" || err != nil {
			t.Errorf("after all that was refused it is %q, %v", got, err)
		}
		if err := errors.Join(tree.Remove(ctx, "in/drinks.csv"), tree.Remove(ctx, "in/deep"), tree.Remove(ctx, "in"), tree.Remove(ctx, "a b.csv")); err != nil {
			t.Error(err)
		}
		if left := names(t, dir); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
	})
}

func last[T any](_ T, err error) error { return err }

// Links are followed as long as they stay inside; none leads out, neither to read nor to
// write.
func TestLinksOutOfTheTree(t *testing.T) {
	media(t, func(t *testing.T, w *connectors.Work, dir string) {
		outside := t.TempDir()
		secret := filepath.Join(outside, "secret")
		if err := errors.Join(os.WriteFile(secret, []byte("sesame"), 0o600), os.Mkdir(filepath.Join(dir, "in"), 0o755),
			os.WriteFile(filepath.Join(dir, "in", "a.csv"), []byte("inside"), 0o600)); err != nil {
			t.Fatal(err)
		}
		up := "../" + filepath.Base(outside)
		for name, target := range map[string]string{
			"file": secret, "dir": outside, "climb": up, "in/climb": "../" + up, "round": "in/../../" + filepath.Base(outside), "loop": "loop",
			"inside": "in", "in/b.csv": "a.csv", "in/again": "../inside/a.csv", "nowhere": "nothing",
		} {
			if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		tree, ctx := open(t, w), t.Context()
		for _, name := range []string{"file", "dir/secret", "climb/secret", "in/climb/secret", "round/secret"} {
			if got, err := content(ctx, tree, name); got != "" || !errors.Is(err, files.ErrOutside) {
				t.Errorf("%s reads as %q, %v", name, got, err)
			}
		}
		for _, name := range []string{"dir/x", "climb/x", "round/x", "in/climb/x"} {
			for what, err := range map[string]error{"Create": tree.Create(ctx, name, strings.NewReader("x")), "Replace": tree.Replace(ctx, name, strings.NewReader("x")),
				"Mkdir": tree.Mkdir(ctx, name), "Remove": tree.Remove(ctx, strings.TrimSuffix(name, "x")+"secret"), "Move": tree.Move(ctx, strings.TrimSuffix(name, "x")+"secret", "mine"), "Move out": tree.Move(ctx, "in/a.csv", name), "List": last(tree.List(ctx, filepath.Dir(name)))} {
				if !errors.Is(err, files.ErrOutside) {
					t.Errorf("%s of %s = %v", what, name, err)
				}
			}
		}
		if _, err := tree.Open(ctx, "loop"); err == nil {
			t.Error("a link to itself was opened")
		}
		for _, name := range []string{"in/b.csv", "inside/b.csv", "in/again", "inside/again"} {
			if got, err := content(ctx, tree, name); got != "inside" || err != nil {
				t.Errorf("%s reads as %q, %v", name, got, err)
			}
		}
		// To replace or remove a link is to replace or remove the link.
		if err := errors.Join(tree.Replace(ctx, "file", strings.NewReader("new")), tree.Remove(ctx, "climb")); err != nil {
			t.Error(err)
		}
		if err := tree.Create(ctx, "nowhere", strings.NewReader("x")); !errors.Is(err, fs.ErrExist) {
			t.Errorf("Create in place of a link = %v", err)
		}
		list, err := tree.List(ctx, ".")
		if err != nil || len(list) != 3 { // file, in, inside
			t.Errorf("List = %+v, %v", list, err)
		}
		if got, err := os.ReadFile(secret); string(got) != "sesame" || err != nil || len(names(t, outside)) != 1 {
			t.Errorf("outside there is %q, %v, and %q", got, err, names(t, outside))
		}
	})
}

// Who reads the directory while a file is written sees what was there or the whole of the
// new one, and no other name.
func TestNoHalfFiles(t *testing.T) {
	media(t, func(t *testing.T, w *connectors.Work, dir string) {
		tree, ctx := open(t, w), t.Context()
		if err := tree.Create(ctx, "a.csv", strings.NewReader("old")); err != nil {
			t.Fatal(err)
		}
		reader := open(t, w)
		look := func(when string) {
			t.Helper()
			if got, err := content(ctx, reader, "a.csv"); got != "old" || err != nil {
				t.Errorf("%s it reads as %q, %v", when, got, err)
			}
			if list, err := reader.List(ctx, "."); len(list) != 1 || err != nil {
				t.Errorf("%s there is %+v, %v", when, list, err)
			}
		}
		enough := errors.New("the source is dry")
		for _, replace := range []bool{true, false} {
			write, name := tree.Create, "b.csv"
			if replace {
				write, name = tree.Replace, "a.csv"
			}
			pieces := &pieces{each: func() { look("in between") }, end: enough}
			if err := write(ctx, name, pieces); !errors.Is(err, enough) || pieces.n < 3 {
				t.Errorf("%s: %v after %d pieces", name, err, pieces.n)
			}
			look("after a failure")
		}
		if got := names(t, dir); !slices.Equal(got, []string{"a.csv"}) {
			t.Errorf("there is %q", got)
		}
		if err := tree.Replace(ctx, "a.csv", &pieces{each: func() { look("before the end") }, end: io.EOF}); err != nil {
			t.Error(err)
		}
		if got, err := content(ctx, reader, "a.csv"); len(got) != 3*100_000 || err != nil {
			t.Errorf("in the end it has %d bytes, %v", len(got), err)
		}
	})
}

// Of two who create one name, the second is told so, however far it was.
func TestTwoCreateOneName(t *testing.T) {
	media(t, func(t *testing.T, w *connectors.Work, dir string) {
		first, second, ctx := open(t, w), open(t, w), t.Context()
		var err error
		late := &pieces{end: io.EOF, each: func() {
			if err == nil {
				err = first.Create(ctx, "a.csv", strings.NewReader("first"))
			}
		}}
		if got := second.Create(ctx, "a.csv", late); !errors.Is(got, fs.ErrExist) || !errors.Is(err, fs.ErrExist) { // its last piece was the first to meet it
			t.Errorf("Create = %v, and the first's %v", got, err)
		}
		if got, err := content(ctx, first, "a.csv"); got != "first" || err != nil || len(names(t, dir)) != 1 {
			t.Errorf("there is %q, %v, and %q", got, err, names(t, dir))
		}
	})
}

// pieces gives three pieces, then its end.
type pieces struct {
	each func()
	end  error
	n    int
}

func (p *pieces) Read(b []byte) (int, error) {
	p.each()
	if p.n++; p.n > 3 {
		return 0, p.end
	}
	return min(len(b), 100_000), nil
}

// A task that is over does nothing any more.
func TestTreeEndsWithItsContext(t *testing.T) {
	media(t, func(t *testing.T, w *connectors.Work, dir string) {
		if err := os.WriteFile(filepath.Join(dir, "a.csv"), make([]byte, 500_000), 0o600); err != nil {
			t.Fatal(err)
		}
		tree, enough := open(t, w), errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		in, err := tree.Open(ctx, "a.csv")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(in, make([]byte, 1000)); err != nil {
			t.Fatal(err)
		}
		err = tree.Create(ctx, "b.csv", &pieces{each: func() { cancel(enough) }, end: io.EOF})
		if !errors.Is(err, enough) {
			t.Errorf("Create = %v", err)
		}
		if _, err := in.Read(make([]byte, 10)); !errors.Is(err, enough) {
			t.Errorf("Read = %v", err)
		}
		if err := in.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
		for what, err := range map[string]error{"List": last(tree.List(ctx, ".")), "Stat": last(tree.Stat(ctx, "a.csv")), "Remove": tree.Remove(ctx, "a.csv"), "Mkdir": tree.Mkdir(ctx, "x")} {
			if !errors.Is(err, enough) {
				t.Errorf("%s = %v", what, err)
			}
		}
		if got := names(t, dir); !slices.Equal(got, []string{"a.csv"}) {
			t.Errorf("there is %q", got)
		}
	})
}

// A backend for reading only is not written to.
func TestReadOnly(t *testing.T) {
	media(t, func(t *testing.T, w *connectors.Work, dir string) {
		if err := os.WriteFile(filepath.Join(dir, "a.csv"), []byte("one"), 0o600); err != nil {
			t.Fatal(err)
		}
		w.Backend.Settings["read_only"] = "true"
		tree, ctx := open(t, w), t.Context()
		for what, err := range map[string]error{"Create": tree.Create(ctx, "b.csv", strings.NewReader("")), "Replace": tree.Replace(ctx, "a.csv", strings.NewReader("")),
			"Remove": tree.Remove(ctx, "a.csv"), "Mkdir": tree.Mkdir(ctx, "x"), "Move": tree.Move(ctx, "a.csv", "b.csv")} {
			if !errors.Is(err, files.ErrReadOnly) {
				t.Errorf("%s = %v", what, err)
			}
		}
		if got, err := content(ctx, tree, "a.csv"); got != "one" || err != nil || len(names(t, dir)) != 1 {
			t.Errorf("there is %q, with %q, %v", names(t, dir), got, err)
		}
		if findings, err := files.New().Test(ctx, w); len(findings) > 0 || err != nil {
			t.Errorf("its test is %+v, %v", findings, err)
		}
	})
}

// What is no file does not hang.
func TestNamedPipe(t *testing.T) {
	media(t, func(t *testing.T, w *connectors.Work, dir string) {
		if err := unix.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
			t.Skip(err)
		}
		tree := open(t, w)
		if _, err := tree.Open(t.Context(), "pipe"); !errors.Is(err, files.ErrIrregular) {
			t.Errorf("Open = %v", err)
		}
		if _, err := tree.List(t.Context(), "pipe"); err == nil {
			t.Error("it is listed as a directory")
		}
		if list, err := tree.List(t.Context(), "."); len(list) > 0 || err != nil {
			t.Errorf("List = %+v, %v", list, err)
		}
	})
}
