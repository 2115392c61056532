package board

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
)

// Identity is whose board this is, as far as it can be told; unknown parts are "".
type Identity struct {
	Hostname string `json:"hostname"`
	// Model is what the device tree says: "Raspberry Pi 4 Model B Rev 1.4".
	Model string `json:"model"`
	// Serial is the Pi's, 16 hexadecimal digits; on other boards it is made of the
	// machine id, which itself must not be shown (machine-id(5)).
	Serial string `json:"serial"`
}

// ReadIdentity reads the board's identity below root, "/" on a board.
func ReadIdentity(root string) Identity {
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return "" // not every board has every file
		}
		// Strings of the device tree end with a NUL (Devicetree Specification 0.4, 2.2.4).
		return strings.TrimSpace(strings.TrimRight(string(b), "\x00"))
	}
	id := Identity{
		Hostname: read("proc/sys/kernel/hostname"),
		Model:    read("proc/device-tree/model"),
		Serial:   read("proc/device-tree/serial-number"),
	}
	if machine := read("etc/machine-id"); id.Serial == "" && machine != "" {
		mac := hmac.New(sha256.New, []byte(machine))
		mac.Write([]byte("crema board serial"))
		id.Serial = hex.EncodeToString(mac.Sum(nil)[:8])
	}
	return id
}
