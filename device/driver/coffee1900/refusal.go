package coffee1900

import (
	"fmt"

	"crema/device"
)

// The machine's error codes (manual, the table of nn).
const (
	codeUnknown  = 1
	codeCheck    = 2
	codeField    = 3
	codeBusy     = 4
	codeNotReady = 5
	codeDisabled = 6
	codeEmpty    = 7
	codeMemory   = 8
)

// refusal is a code as the error that callers know.
func refusal(code int) error {
	switch code {
	case codeUnknown:
		return device.ErrUnsupported
	case codeField:
		return device.ErrBadArgument
	case codeBusy:
		return device.ErrBusy
	case codeNotReady:
		return device.ErrNotReady
	case codeDisabled:
		return device.ErrSlotDisabled
	case codeEmpty:
		return device.ErrIngredientEmpty
	case codeMemory:
		return device.ErrMemory
	}
	return fmt.Errorf("%w: it refuses with error %02d, which its manual does not have", device.ErrBadReply, code)
}
