package network

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// Take puts card/network.txt in force, the folder kept having what is: a bad one changes nothing. card is "" where there is none to
// be read. It returns what is in force, DHCP where nothing was written ever, and what a person must know of it, "" for nothing.
func Take(card, kept string) (s Settings, said string) {
	path := filepath.Join(kept, File)
	before, err := os.ReadFile(path)
	if err == nil {
		s, err = Parse(string(before))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		said = fmt.Sprintf("The network's settings in force can't be used, so that DHCP is: %v\n", err)
	}
	if card == "" {
		return s, said
	}
	text, err := os.ReadFile(filepath.Join(card, File))
	if errors.Is(err, fs.ErrNotExist) {
		return s, said
	}
	var now Settings
	if err == nil {
		now, err = Parse(string(text))
	}
	if err != nil {
		return s, said + fmt.Sprintf("%s is refused, and changes nothing. Correct it and start the board again:\n%v\n", File, err)
	}
	if string(text) != string(before) {
		if err := errors.Join(os.MkdirAll(kept, 0o700), renameio.WriteFile(path, text, 0o600)); err != nil {
			said += fmt.Sprintf("%s is in force until the board is switched off, but can't be kept: %v\n", File, err)
		}
	}
	return now, said + fmt.Sprintf("%s is in force: %s.\n", File, now)
}

// String is how the board is reached, in words.
func (s Settings) String() string {
	switch {
	case !s.Address.IsValid():
		return "Ethernet, the address by DHCP"
	case !s.Gateway.IsValid():
		return fmt.Sprintf("Ethernet with the address %s, and no gateway", s.Address)
	}
	return fmt.Sprintf("Ethernet with the address %s and the gateway %s", s.Address, s.Gateway)
}
