package remotetest

import (
	"encoding/binary"
	"io"

	"golang.org/x/crypto/ssh"
)

// Refuse is an [SSH.Serve] that refuses whatever it is asked for, in these words.
func Refuse(words string) func(ssh.Channel) {
	return func(c ssh.Channel) {
		const version, status, failure = 2, 101, 4 // draft-ietf-secsh-filexfer-02, sections 3 and 7
		for {
			head := make([]byte, 4)
			if _, err := io.ReadFull(c, head); err != nil {
				return // the other end hung up
			}
			body := make([]byte, binary.BigEndian.Uint32(head))
			if _, err := io.ReadFull(c, body); err != nil {
				return
			}
			answer := []byte{version, 0, 0, 0, 3}
			if body[0] != 1 { // no beginning, so it has an id behind its type
				answer = append([]byte{status}, body[1:5]...)
				answer = binary.BigEndian.AppendUint32(answer, failure)
				answer = append(binary.BigEndian.AppendUint32(answer, uint32(len(words))), words...)
				answer = append(answer, 0, 0, 0, 0) // no language
			}
			if _, err := c.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(answer))), answer...)); err != nil {
				return
			}
		}
	}
}
