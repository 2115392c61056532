package serial

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	bugst "go.bug.st/serial"
	"golang.org/x/sys/unix"
)

// byID is where udev names adapters by maker and serial number.
const byID = "/dev/serial/by-id"

// locate follows links to the device file itself.
func locate(path string) (string, error) {
	if path == "" {
		return "", errors.New("no port is given: " + choices())
	}
	real, err := filepath.EvalSymlinks(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", absent(path)
	case err != nil:
		return "", fmt.Errorf("port %s: %w", path, err)
	}
	return real, nil
}

func absent(path string) error {
	return fmt.Errorf("port %s is not there: plug the machine in, or %s", path, choices())
}

// choices names what is plugged in.
func choices() string {
	ports, _ := filepath.Glob(filepath.Join(byID, "*")) // the pattern is right
	if len(ports) == 0 {
		return "check the cable: no USB serial adapter is plugged in at all"
	}
	return "set port to what is plugged in: " + strings.Join(ports, ", ")
}

// unopened says why a port that is there can't be opened.
func unopened(path, real string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist): // pulled since it was located
		return absent(path)
	case hasCode(err, bugst.PermissionDenied), errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("port %s may not be opened by this user: %s: %w", path, permit(real), err)
	case hasCode(err, bugst.PortBusy), errors.Is(err, unix.EBUSY):
		return fmt.Errorf("port %s is in use by another program: `fuser -v %s` names it: %w", path, real, err)
	case hasCode(err, bugst.InvalidSerialPort), errors.Is(err, unix.EISDIR):
		// What the kernel said is only in the text.
		return fmt.Errorf("%s is not a serial port, or one with nothing behind it: %s: %w", path, choices(), err)
	case errors.Is(err, unix.ENXIO), errors.Is(err, unix.ENODEV), errors.Is(err, unix.EIO):
		return fmt.Errorf("port %s has nothing behind it: check the cable: %w", path, err)
	}
	return fmt.Errorf("port %s: %w", path, err)
}

// hasCode tells whether err is the library's, with that code.
func hasCode(err error, code bugst.PortErrorCode) bool {
	var said *bugst.PortError
	return errors.As(err, &said) && said.Code() == code
}

// permit is what gives the right: the port's group, on most systems dialout.
func permit(real string) string {
	group := "dialout"
	var st unix.Stat_t
	if unix.Stat(real, &st) == nil && st.Gid != 0 {
		if g, err := user.LookupGroupId(strconv.Itoa(int(st.Gid))); err == nil {
			group = g.Name
		}
	}
	name := strconv.Itoa(os.Getuid())
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return fmt.Sprintf("add it to the group with `usermod -a -G %s %s` and start again", group, name)
}
