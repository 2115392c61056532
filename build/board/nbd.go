package board

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
)

// The words of the NBD protocol (the NetworkBlockDevice project's doc/proto.md, "fixed newstyle negotiation").
const (
	nbdMagic, nbdOptionMagic        = 0x4e42444d41474943, 0x49484156454f5054
	nbdReplyMagic                   = 0x3e889045565a9
	nbdRequestMagic, nbdAnswerMagic = 0x25609513, 0x67446698

	optionExport, optionAbort, optionGo          = 1, 2, 7
	replyAck, replyInfo, replyUnsupported        = 1, 3, 1<<31 | 1
	hasFlags, canFlush, canFUA                   = 1, 1 << 2, 1 << 3
	flagFUA                               uint16 = 1

	longestRequest = 32 << 20
)

// serveDisk serves a disk to the emulator on one connection, until that ends. Once its power is gone it hears all and answers nothing, as
// a card without power: one that hung up would be an error on the board. An error is what the emulator should not have said.
func serveDisk(c net.Conn, d *disk) error {
	defer c.Close()
	if err := negotiate(c, d.size); err != nil {
		return fmt.Errorf("the emulated disk: %w", err)
	}
	for {
		var request struct {
			Magic          uint32
			Flags, Command uint16
			Handle, Offset uint64
			Length         uint32
		}
		if err := binary.Read(c, binary.BigEndian, &request); err != nil {
			return nil // it hung up, or was killed
		}
		if request.Magic != nbdRequestMagic || request.Length > longestRequest {
			return fmt.Errorf("the emulated disk: not a request: %+v", request)
		}
		var data []byte
		if request.Command == doRead || request.Command == doWrite {
			data = make([]byte, request.Length)
		}
		if request.Command == doWrite {
			if _, err := io.ReadFull(c, data); err != nil {
				return nil
			}
		}
		if request.Command == doHangUp {
			return nil
		}
		code, ok := d.do(request.Command, request.Flags&flagFUA != 0, int64(request.Offset), data)
		if !ok {
			io.Copy(io.Discard, c) //nolint:errcheck // it ends with the emulator
			return nil
		}
		answer := binary.BigEndian.AppendUint32(nil, nbdAnswerMagic)
		answer = binary.BigEndian.AppendUint32(answer, code)
		answer = binary.BigEndian.AppendUint64(answer, request.Handle)
		if request.Command == doRead && code == noErr {
			answer = append(answer, data...)
		}
		if _, err := c.Write(answer); err != nil {
			return nil
		}
	}
}

// negotiate offers the one disk that there is.
func negotiate(c net.Conn, size int64) error {
	put := func(parts ...any) error {
		for _, p := range parts {
			if err := binary.Write(c, binary.BigEndian, p); err != nil {
				return err
			}
		}
		return nil
	}
	const offers = uint16(hasFlags | canFlush | canFUA)
	if err := put(uint64(nbdMagic), uint64(nbdOptionMagic), uint16(1)); err != nil {
		return err
	}
	var client uint32
	if err := binary.Read(c, binary.BigEndian, &client); err != nil {
		return err
	}
	for {
		var option struct {
			Magic        uint64
			Kind, Length uint32
		}
		if err := binary.Read(c, binary.BigEndian, &option); err != nil {
			return err
		}
		if option.Magic != nbdOptionMagic || option.Length > 64<<10 {
			return fmt.Errorf("not an option: %+v", option)
		}
		if _, err := io.CopyN(io.Discard, c, int64(option.Length)); err != nil {
			return err
		}
		var err error
		switch option.Kind {
		case optionExport:
			err = put(uint64(size), offers)
			if err == nil && client&2 == 0 { // it wants the zeros
				err = put([124]byte{})
			}
			return err
		case optionGo:
			return put(uint64(nbdReplyMagic), option.Kind, uint32(replyInfo), uint32(12), uint16(0), uint64(size), offers,
				uint64(nbdReplyMagic), option.Kind, uint32(replyAck), uint32(0))
		case optionAbort:
			return put(uint64(nbdReplyMagic), option.Kind, uint32(replyAck), uint32(0))
		default:
			err = put(uint64(nbdReplyMagic), option.Kind, uint32(replyUnsupported), uint32(0))
		}
		if err != nil {
			return err
		}
	}
}
