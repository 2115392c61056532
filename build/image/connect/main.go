package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"crema/build/image/network"
	"crema/build/image/screen"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	console := screen.Open("/dev/console")
	settings, err := network.Await(ctx, network.Handed)
	if err == nil {
		n := network.Network{
			Settings: settings, DHCP: "/usr/local/bin/dhcp", Join: "/usr/local/bin/wifi", Load: func() error { return network.LoadWireless("/lib/modules") },
			Clock: "/usr/local/bin/clock", Interfaces: "/sys/class/net",
			Resolver: "/tmp/resolv.conf", Forget: network.Forget, Console: console}
		err = n.Run(ctx)
	}
	if err != nil && ctx.Err() == nil {
		fmt.Fprintln(console, "crema: the network:", err)
		console.Flush(time.Second)
		os.Exit(1) // gokrazy starts it again
	}
}
