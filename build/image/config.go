package image

// config is what gokrazy's packer reads of its config.json (github.com/gokrazy/internal/config).
type config struct {
	Hostname             string
	Update               update
	Environment          []string
	Packages             []string
	PackageConfig        map[string]packageConfig
	SerialConsole        string
	GokrazyPackages      []string
	KernelPackage        string
	FirmwarePackage      string
	EEPROMPackage        string
	BootloaderExtraLines []string
}

type update struct {
	NoPassword bool
}

type packageConfig struct {
	ExtraFilePaths map[string]string
}

// The program that starts crema, and where it finds that, built as README.md says; the one that brings the board to its
// network, and where it finds gokrazy's DHCP client, what joins a Wi-Fi network and what sets the clock.
const (
	startPackage   = "crema/build/image/start"
	cremaPath      = "/usr/local/bin/crema"
	connectPackage = "crema/build/image/connect"
	dhcpPath       = "/usr/local/bin/dhcp"
	wifiPath       = "/usr/local/bin/wifi"
	clockPath      = "/usr/local/bin/clock"
)

// made is what is made before the packer is at it: four programs, and a folder of firmware.
type made struct{ crema, dhcp, wifi, clock, firmware string }

// newConfig is the appliance: crema's start, the network with the time, and random numbers, and nothing that listens but crema.
// Without a password gokrazy's own page is on a local socket alone. "disabled" keeps the kernel off the serial line, and
// leaves that on.
func newConfig(m made) config {
	const system = "github.com/gokrazy/gokrazy/cmd/"
	return config{
		Hostname: "crema", Update: update{NoPassword: true}, Environment: []string{"GOOS=linux", "GOARCH=arm64"},
		Packages: []string{startPackage, connectPackage},
		PackageConfig: map[string]packageConfig{
			startPackage:   {map[string]string{cremaPath: m.crema}},
			connectPackage: {map[string]string{dhcpPath: m.dhcp, wifiPath: m.wifi, clockPath: m.clock, firmwarePath: m.firmware}},
		},
		GokrazyPackages: []string{system + "randomd"},
		KernelPackage:   "github.com/gokrazy/kernel.rpi", FirmwarePackage: "github.com/gokrazy/firmware",
		SerialConsole: "disabled",
		BootloaderExtraLines: []string{
			"[pi3]", noBluetooth,
			"[pi02]", noBluetooth,
			"[pi4]", noBluetooth,
			"[pi5]", uart0,
			"[all]",
		},
	}
}
