package remotetest

import (
	"io"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// Files is an [SSH.Serve] that has all files of the computer, as the user who tests has
// them. With options it has them otherwise: sftp.ReadOnly.
func Files(options ...sftp.ServerOption) func(ssh.Channel) {
	return func(c ssh.Channel) { ServeFiles(c, options...) }
}

// ServeFiles does it by any channel, until the other end hangs up.
func ServeFiles(c io.ReadWriteCloser, options ...sftp.ServerOption) {
	if server, err := sftp.NewServer(c, options...); err == nil {
		_ = server.Serve() // whose error is that the other end hung up
	}
}
