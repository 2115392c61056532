package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/mdlayher/wifi"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: wifi INTERFACE NAME < PASSPHRASE")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

const (
	between = 5 * time.Second // two looks
	patient = 6               // looks without a connection before that is said: a chip takes its time
)

// run joins the network whenever the interface is not in one. It returns only what no waiting mends.
func run(name, network string) error {
	passphrase, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	client, err := wifi.New()
	if err != nil {
		return err
	}
	defer client.Close()
	told := ""
	for missed := 0; ; time.Sleep(between) {
		link, err := find(client, name)
		if err != nil {
			return err
		}
		joined, err := associated(client, link)
		if err == nil && !joined {
			err = client.ConnectWPAPSK(link, network, strings.TrimSpace(string(passphrase)))
		}
		if errors.Is(err, wifi.ErrNotSupported) {
			return errors.New("this board's Wi-Fi chip can't join a network with a passphrase by itself: use an Ethernet adapter on USB")
		}
		now := told
		switch missed++; {
		case joined:
			now, missed = fmt.Sprintf("in the network %q", network), 0
		case missed < patient:
		case err != nil && !errors.Is(err, syscall.EALREADY): // that is: it is about to
			now = fmt.Sprintf("not in the network %q: %v", network, err)
		default:
			now = fmt.Sprintf("not in the network %q: it is out of reach, or not called so, or the passphrase is another, or it takes no WPA2", network)
		}
		if now != told {
			fmt.Println(now)
			told = now
		}
	}
}

func find(client *wifi.Client, name string) (*wifi.Interface, error) {
	all, err := client.Interfaces()
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(all, func(i *wifi.Interface) bool { return i.Name == name })
	if at < 0 {
		return nil, fmt.Errorf("%s is no Wi-Fi interface", name)
	}
	return all[at], nil
}

// associated tells whether the interface is in a network; there is but one that it is ever told to join.
func associated(client *wifi.Client, link *wifi.Interface) (bool, error) {
	stations, err := client.StationInfo(link)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return len(stations) > 0, err
}
