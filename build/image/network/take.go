package network

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"crema/store/secret"

	"github.com/google/renameio/v2"
)

// Take puts card/network.txt and card/wifi-passphrase in force, the folder kept having what is: bad ones change nothing. The passphrase
// is removed from the card once it is kept. card is "" where there is none to be read. It returns what is in force, DHCP on
// Ethernet where nothing was written ever, and what a person must know of it, "" for nothing.
func Take(card, kept string) (s Settings, said string) {
	before, s, err := read(kept, "")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		said = fmt.Sprintf("The network's settings in force can't be used, so that DHCP on Ethernet is: %v\n", err)
	}
	if card == "" {
		return s, said
	}
	if removed, err := secret.FinishWipe(filepath.Join(card, PassphraseFile)); removed && err == nil { // else read refuses it
		said += fmt.Sprintf("%s held nothing but zero bytes, as its removal leaves it when the power is cut, and is removed now. If it was to be a new passphrase, write it again.\n", PassphraseFile)
	}
	text, now, err := read(card, kept)
	if errors.Is(err, fs.ErrNotExist) {
		return s, said + leftOver(card)
	}
	if err != nil {
		return s, said + fmt.Sprintf("%s is refused, and changes nothing. Correct it and start the board again:\n%v\n", File, err)
	}
	said += fmt.Sprintf("%s is in force: %s.\n", File, now)
	if err := keep(kept, text, before, now); err != nil {
		return now, said + fmt.Sprintf("That is so until the board is switched off, as it can't be kept: %v\n", err)
	}
	if now.WiFi == "" {
		return now, said + leftOver(card)
	}
	if err := secret.Wipe(filepath.Join(card, PassphraseFile), kept); err == nil {
		said += PassphraseFile + " is kept on the board and was removed.\n"
	} else if !errors.Is(err, fs.ErrNotExist) {
		said += fmt.Sprintf("%s is kept on the board but can't be removed: remove it by hand (%v)\n", PassphraseFile, err)
	}
	return now, said
}

// leftOver says that a passphrase stays on the card where nothing there asks for it.
func leftOver(card string) string {
	if _, err := os.Stat(filepath.Join(card, PassphraseFile)); err != nil {
		return ""
	}
	return fmt.Sprintf("%s is left over: no %s on the card names a network with wifi, so it was not taken. Write that, or remove it by hand.\n", PassphraseFile, File)
}

// read reads the settings in dir, with the passphrase there, or where dir has none that in other, "" for no other place. It is
// fs.ErrNotExist where there is no network.txt.
func read(dir, other string) (text string, s Settings, err error) {
	all, err := os.ReadFile(filepath.Join(dir, File))
	if err != nil {
		return "", s, err
	}
	if s, err = Parse(string(all)); err != nil || s.WiFi == "" {
		return string(all), s, err
	}
	secret, err := os.ReadFile(filepath.Join(dir, PassphraseFile))
	if errors.Is(err, fs.ErrNotExist) && other != "" {
		secret, err = os.ReadFile(filepath.Join(other, PassphraseFile))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return "", Settings{}, fmt.Errorf("%s is missing: write the passphrase of the network %q into it, a line", PassphraseFile, s.WiFi)
	}
	if err == nil {
		s.Passphrase, err = passphrase(string(secret))
	}
	if err != nil {
		return "", Settings{}, err
	}
	return string(all), s, nil
}

// keep writes the settings into a folder, unless they are there. Cut off between the two, the passphrase is still on the card.
func keep(dir, text, before string, s Settings) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	path := filepath.Join(dir, PassphraseFile)
	if is, err := os.ReadFile(path); s.WiFi != "" && (err != nil || string(is) != s.Passphrase) {
		if err := renameio.WriteFile(path, []byte(s.Passphrase), 0o600); err != nil {
			return err
		}
	}
	if text != before {
		if err := renameio.WriteFile(filepath.Join(dir, File), []byte(text), 0o600); err != nil {
			return err
		}
	}
	if s.WiFi != "" {
		return nil
	}
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// String is how the board is reached, in words, without the passphrase.
func (s Settings) String() string {
	way := "Ethernet"
	if s.WiFi != "" {
		way = fmt.Sprintf("the Wi-Fi network %q", s.WiFi)
	}
	switch {
	case !s.Address.IsValid():
		return way + ", the address by DHCP"
	case !s.Gateway.IsValid():
		return fmt.Sprintf("%s with the address %s, and no gateway", way, s.Address)
	}
	return fmt.Sprintf("%s with the address %s and the gateway %s", way, s.Address, s.Gateway)
}
