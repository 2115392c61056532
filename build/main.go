package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"crema/build/board"
	"crema/build/image"
)

type commandLine struct {
	Board board.Command `cmd:"" help:"Run crema on an emulated Raspberry Pi, and check how it gets on there."`
	Image image.Command `cmd:"" help:"Make an image that is written to a card as it is."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	chosen := kong.Parse(&commandLine{}, kong.Name("build"), kong.Description("Makes and proves crema. Run it in the top folder: go run ./build …"),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Vars(board.Vars()))
	chosen.FatalIfErrorf(chosen.Run())
}
