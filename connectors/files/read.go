package files

import (
	"context"
	"io"
)

// Open opens a file for reading, as far as ctx lasts; fs.ErrNotExist, ErrIrregular. What is
// read ends with io.EOF only where the file ends, and never where the connection does.
// The caller closes it.
func (t *Tree) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	in := &input{tree: t, ctx: ctx, name: name}
	err := t.do(ctx, "open", name, func() (err error) {
		in.file, err = t.on.open(name)
		return err
	})
	if err != nil {
		return nil, err
	}
	return in, nil
}

// input reads a file under guard, a piece at a time.
type input struct {
	tree *Tree
	ctx  context.Context
	name string
	file io.ReadCloser
}

func (in *input) Read(p []byte) (n int, err error) {
	ended := false
	err = in.tree.do(in.ctx, "read", in.name, func() (err error) {
		n, err = in.file.Read(p)
		if ended = err == io.EOF; ended { // and never one in something: that is the connection's
			return nil
		}
		return err
	})
	if err == nil && ended {
		err = io.EOF
	}
	return n, err
}

// Close closes the file, though ctx may be over.
func (in *input) Close() error {
	return in.tree.do(context.WithoutCancel(in.ctx), "close", in.name, in.file.Close)
}
