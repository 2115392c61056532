package board

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// moduleFiles lists the files of the kernel modules named, each behind what it depends on. One that the kernel has built in,
// or hasn't, is left out: what is missing shows on the board.
func (k kernel) moduleFiles(names ...string) ([]string, error) {
	files := map[string]string{}
	err := filepath.WalkDir(k.modules, func(path string, _ fs.DirEntry, err error) error {
		if name, ok := strings.CutSuffix(strings.TrimSuffix(filepath.Base(path), packed), ".ko"); ok {
			files[moduleName(name)] = path
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("the kernel's modules: %w", err)
	}
	var ordered []string
	seen := map[string]bool{}
	var add func(name string) error
	add = func(name string) error {
		name = moduleName(name)
		file, ok := files[name]
		if seen[name] || !ok {
			return nil
		}
		seen[name] = true
		needs, err := dependencies(file)
		if err != nil {
			return fmt.Errorf("kernel module %s: %w", file, err)
		}
		for _, n := range needs {
			if err := add(n); err != nil {
				return err
			}
		}
		ordered = append(ordered, file)
		return nil
	}
	for _, name := range names {
		if err := add(name); err != nil {
			return nil, err
		}
	}
	return ordered, nil
}

// moduleName is a module's name in the one of its two spellings that the kernel prefers.
func moduleName(name string) string { return strings.ReplaceAll(name, "-", "_") }

// packed is how the names of modules end that the kernel's package has compressed, as Debian's have since Linux 6.12.
const packed = ".xz"

// readModule reads a module, and unpacks it.
func readModule(file string) ([]byte, error) {
	if !strings.HasSuffix(file, packed) {
		return os.ReadFile(file)
	}
	out, err := exec.Command("xz", "-dc", file).Output()
	if err != nil {
		return nil, fmt.Errorf("unpack %s by xz: %w", file, err)
	}
	return out, nil
}

// dependencies are the modules that one says it needs.
func dependencies(file string) ([]string, error) {
	content, err := readModule(file)
	if err != nil {
		return nil, err
	}
	f, err := elf.NewFile(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	section := f.Section(".modinfo")
	if section == nil {
		return nil, fmt.Errorf("it has no .modinfo")
	}
	info, err := section.Data()
	if err != nil {
		return nil, err
	}
	for field := range bytes.SplitSeq(info, []byte{0}) {
		if list, ok := strings.CutPrefix(string(field), "depends="); ok && list != "" {
			return strings.Split(list, ","), nil
		}
	}
	return nil, nil
}
