package main

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/mdlayher/wifi"
)

// A fake is a chip that takes some looks to join, counted from the last order to.
type fake struct {
	supports bool
	takes    int
	orders   []string // the passphrases
	since    int
}

func (f *fake) Interfaces() ([]*wifi.Interface, error) {
	return []*wifi.Interface{{Name: "wlan0"}}, nil
}

func (f *fake) StationInfo(*wifi.Interface) ([]*wifi.StationInfo, error) {
	if f.since++; len(f.orders) > 0 && f.since > f.takes {
		return []*wifi.StationInfo{{}}, nil
	}
	return nil, fs.ErrNotExist
}

func (f *fake) ConnectWPAPSK(_ *wifi.Interface, _, passphrase string) error {
	if !f.supports {
		return wifi.ErrNotSupported
	}
	f.orders, f.since = append(f.orders, passphrase), 0
	return nil
}

func keeping(f *fake) *keeper {
	return &keeper{chip: f, name: "wlan0", network: "Kitchen", passphrase: " correct horse "}
}

// A chip that is slow to join is let do it, with the passphrase as it is, and once.
func TestSlow(t *testing.T) {
	f := &fake{supports: true, takes: asks - 1}
	k := keeping(f)
	var said []string
	for range asks + 3 {
		now, err := k.look()
		if err != nil {
			t.Fatal(err)
		}
		said = append(said, now)
	}
	if !slices.Equal(f.orders, []string{k.passphrase}) || said[len(said)-1] != `in the network "Kitchen"` || said[0] != "" {
		t.Errorf("it was told to join with %q, and said %q", f.orders, said)
	}
}

// One that can't is told to again now and then, and that is said after a while.
func TestOutOfReach(t *testing.T) {
	f := &fake{supports: true, takes: 1000}
	k, said := keeping(f), ""
	for n := range 3 * asks {
		now, err := k.look()
		if err != nil || (now == "") != (n < patient-1) {
			t.Errorf("look %d: %q, %v", n, now, err)
		}
		said = now
	}
	if len(f.orders) != 3 || !strings.Contains(said, "out of reach") {
		t.Errorf("it was told to join %d times, and said %q", len(f.orders), said)
	}
}

func TestNotSupported(t *testing.T) {
	if _, err := keeping(&fake{}).look(); err == nil || !strings.Contains(err.Error(), "use an Ethernet adapter") {
		t.Errorf("look: %v", err)
	}
	k := keeping(&fake{})
	k.name = "wlan1"
	if _, err := k.look(); err == nil || errors.Is(err, wifi.ErrNotSupported) {
		t.Errorf("another interface: %v", err)
	}
}
