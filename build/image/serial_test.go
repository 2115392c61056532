package image

import (
	"strings"
	"testing"
)

// The packer's config.txt, with our lines, gives each board its UART; without them, or with them for another board, it doesn't.
func TestLineIsFree(t *testing.T) {
	const cmdline = "console=tty1 root=PARTUUID=60c24cc1-f3f9-427a-8199-76baa2d60001/PARTNROFF=1 init=/gokrazy/init rootwait panic=10"
	good := "enable_uart=0\nkernel=vmlinuz\nenable_uart=1\n" + strings.Join(newConfig(made{}).BootloaderExtraLines, "\n") + "\n"
	for _, p := range pis {
		if err := p.lineIsFree(good, cmdline); err != nil {
			t.Error(err)
		}
		for what, bad := range map[string][2]string{
			"a console":        {good, cmdline + " console=serial0,115200"},
			"off at the end":   {good + "enable_uart=0\n", cmdline},
			"not ours":         {"enable_uart=1\n", cmdline},
			"of another board": {"enable_uart=1\n[pi2]\n" + p.serial + "\n[all]\n", cmdline},
			"behind a section": {"[cm4]\n" + good[:strings.Index(good, "[")], cmdline},
			"only a remark":    {"enable_uart=1\n# " + p.serial, cmdline},
			"no files":         {"", ""},
		} {
			if err := p.lineIsFree(bad[0], bad[1]); err == nil || !strings.Contains(err.Error(), p.name) {
				t.Errorf("%s, %s: %v", p.name, what, err)
			}
		}
	}
}
