package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
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
	asks    = 4               // looks from one order to join to the next: each has the chip begin anew
)

// A chip is what is asked of a Wi-Fi interface: a *wifi.Client.
type chip interface {
	Interfaces() ([]*wifi.Interface, error)
	StationInfo(*wifi.Interface) ([]*wifi.StationInfo, error)
	ConnectWPAPSK(link *wifi.Interface, network, passphrase string) error
}

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
	k := keeper{chip: client, name: name, network: network, passphrase: string(passphrase)}
	for told := ""; ; time.Sleep(between) {
		now, err := k.look()
		if err != nil {
			return err
		}
		if now != "" && now != told {
			fmt.Println(now)
			told = now
		}
	}
}

// A keeper keeps an interface in a network.
type keeper struct {
	chip
	name, network, passphrase string

	missed int // looks in a row without a connection
}

// look joins the network if the interface is in none, and says how it is; "" for nothing new.
func (k *keeper) look() (said string, err error) {
	link, err := find(k, k.name)
	if err != nil {
		return "", err
	}
	joined, err := associated(k, link)
	if err == nil && joined {
		k.missed = 0
		return fmt.Sprintf("in the network %q", k.network), nil
	}
	if err == nil && k.missed%asks == 0 {
		err = k.ConnectWPAPSK(link, k.network, k.passphrase)
	}
	if errors.Is(err, wifi.ErrNotSupported) {
		return "", errors.New("this board's Wi-Fi chip can't join a network with a passphrase by itself: use an Ethernet adapter on USB")
	}
	switch k.missed++; {
	case k.missed < patient:
		return "", nil
	case err != nil && !errors.Is(err, syscall.EALREADY): // that is: it is about to
		return fmt.Sprintf("not in the network %q: %v", k.network, err), nil
	default:
		return fmt.Sprintf("not in the network %q: it is out of reach, or not called so, or the passphrase is another, or it takes no WPA2", k.network), nil
	}
}

func find(client chip, name string) (*wifi.Interface, error) {
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
func associated(client chip, link *wifi.Interface) (bool, error) {
	stations, err := client.StationInfo(link)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return len(stations) > 0, err
}
