package coffee2900

import (
	"fmt"
	"time"

	"crema/device"
)

// The error codes of manual 2.
const (
	codeBadCBOR      = 1
	codeUnknown      = 2
	codeBadArgument  = 3
	codeBusy         = 4
	codeNotReady     = 5
	codeSlotDisabled = 6
	codeEmpty        = 7
	codeMemory       = 8
	codeNoVersion    = 9
	codeLogin        = 16
	codeLockedOut    = 17
	codeLoginNeeded  = 18
	codeRevDiffers   = 20
)

// refusal is an ERR: the machine did nothing. It unwraps to package device's word
// for it.
type refusal struct {
	op     operation
	code   uint64
	detail uint64 // key 1: seconds to wait, the current rev; 0 where there is none
}

// readRefusal reads the payload of an ERR.
func readRefusal(op operation, m item) error {
	f := readFields(op.String()+" error", m)
	r := refusal{op: op, code: f.uint(0, 1<<32)}
	if r.code == codeLockedOut || r.code == codeRevDiffers {
		r.detail = f.uint(1, 1<<63-1)
	}
	if err := f.fault(); err != nil {
		return err
	}
	return r
}

// Error names the operation and what the machine has against it.
func (r refusal) Error() string {
	switch r.code {
	case codeBadCBOR:
		return fmt.Sprintf("%s: the machine can't read the request: %v", r.op, r.Unwrap())
	case codeNoVersion:
		return fmt.Sprintf("%s: the machine speaks no protocol version %d: %v", r.op, protocolVersion, r.Unwrap())
	case codeLoginNeeded:
		return fmt.Sprintf("%s: the machine wants a login right after one: %v", r.op, r.Unwrap())
	case codeBadArgument, codeUnknown, codeBusy, codeNotReady, codeSlotDisabled,
		codeEmpty, codeMemory, codeLogin, codeLockedOut, codeRevDiffers:
		return fmt.Sprintf("%s: %v", r.op, r.Unwrap())
	default:
		return fmt.Sprintf("%s: refused with error %d, which the manual does not have: %v", r.op, r.code, r.Unwrap())
	}
}

// Unwrap is the refusal in package device's words (manual 2, Errors).
func (r refusal) Unwrap() error {
	switch r.code {
	case codeBadCBOR, codeBadArgument:
		return device.ErrBadArgument
	case codeUnknown, codeNoVersion:
		return device.ErrUnsupported
	case codeBusy:
		return device.ErrBusy
	case codeNotReady:
		return device.ErrNotReady
	case codeSlotDisabled:
		return device.ErrSlotDisabled
	case codeEmpty:
		return device.ErrIngredientEmpty
	case codeMemory:
		return device.ErrMemory
	case codeLogin:
		return device.ErrLogin
	case codeLockedOut:
		return &device.LockedOutError{Wait: time.Duration(min(r.detail, 1<<31)) * time.Second}
	case codeLoginNeeded:
		return device.ErrRestarted
	case codeRevDiffers:
		return &device.RevDiffersError{Current: r.detail}
	default:
		return device.ErrBadReply
	}
}
