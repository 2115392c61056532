package files

import (
	"context"
	"fmt"

	"crema/connectors"
	"crema/connectors/remote"
)

// The kinds of backends.
var (
	Files = connectors.NewKind("files")
	// OS is a directory of the board's own file system.
	OS = Files.Version("os")
	// SFTP is a directory at a server.
	SFTP = Files.Version("sftp")
)

// The settings that are ours; the others are those of package remote.
const (
	dirSetting      = "directory"
	readOnlySetting = "read_only"
)

// New makes the connector. private are the directories in which crema keeps its own
// files and keys, and single files such as those of secrets: no backend may reach them.
func New(private ...string) connectors.Connector {
	return connectors.Connector{
		Kind: Files, Versions: []*connectors.Kind{OS, SFTP}, Text: "Files",
		Settings: settings(),
		Check:    check,
		Open: func(ctx context.Context, w *connectors.Work) (any, func() error, error) {
			t, err := open(ctx, w, private)
			if err != nil {
				return nil, nil, err
			}
			return t, t.on.close, nil
		},
		Test: func(ctx context.Context, w *connectors.Work) ([]connectors.Finding, error) {
			return test(ctx, w, private)
		},
	}
}

func settings() []connectors.Setting {
	own := []connectors.Setting{
		{Name: dirSetting, Type: connectors.SettingPath, Label: "Directory", Help: "On the board, or a share that is mounted there", Versions: []string{OS.VersionName()}, Required: true, Example: "/mnt/exchange"},
		{Name: readOnlySetting, Type: connectors.SettingBoolean, Label: "For reading only", Help: "Nothing is written or removed there", Default: "false"},
	}
	for _, s := range remote.Settings("host", "port", "username", "password", "private_key", "private_key_password", "fingerprint", "ignore_fingerprint", "path", "timeout") {
		s.Versions = []string{SFTP.VersionName()}
		s.Required = s.Required || s.Name == "username"
		own = append(own, s)
	}
	return own
}

func check(b connectors.Backend) error {
	if b.Kind.Is(SFTP) {
		return remote.CheckSSH(b)
	}
	return nil
}

// open opens the directory of a backend.
func open(ctx context.Context, w *connectors.Work, private []string) (t *Tree, err error) {
	t = &Tree{readOnly: w.Backend.Bool(readOnlySetting)}
	switch {
	case w.Backend.Kind.Is(OS):
		t.on, err = openDirectory(w.Backend.Text(dirSetting), private)
	case w.Backend.Kind.Is(SFTP):
		t.on, err = openServer(ctx, w)
	default:
		err = fmt.Errorf("backend %q: there is no version %q of files", w.Backend.Name, w.Backend.Kind.VersionName())
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}
