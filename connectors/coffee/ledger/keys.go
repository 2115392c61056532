package ledger

import (
	"strconv"

	"github.com/google/uuid"
)

// namespace is that of all order uuids, a random one made once. To change it is a
// breaking release: every cup would be booked a second time after a lost card.
var namespace = uuid.UUID{0x5d, 0x0f, 0x3a, 0x6e, 0x91, 0xc4, 0x4b, 0x27, 0xa8, 0x3d, 0x17, 0xe2, 0x60, 0xb9, 0xf4, 0x8c}

// Key2900 is the key of a cup of a Coffee 2900: its serial number and the number of
// its journal entry, which is never used again.
func Key2900(serial string, number uint64) string {
	return "crema/2900/" + serial + "/" + strconv.FormatUint(number, 10)
}

// Key1900 is the key of a cup of a Coffee 1900: its serial number, the era (how often
// the counters were reset, unwrapped), the slot, and n, the slot's counter unwrapped
// to 64 bits as it stood after the cup. The era's first cup has n = 1.
func Key1900(serial string, era uint64, slot int, n uint64) string {
	return "crema/1900/" + serial + "/" + strconv.FormatUint(era, 10) + "/" + strconv.Itoa(slot) + "/" + strconv.FormatUint(n, 10)
}

// OrderUUID is the uuid of the order that books the cup with this key: a UUIDv5 of
// the key.
func OrderUUID(key string) string {
	return uuid.NewSHA1(namespace, []byte(key)).String()
}

// LineUUID is the uuid of the line of the order with this uuid: a UUIDv5 of "line"
// under the order's own.
func LineUUID(order string) string { return part(order, "line") }

// PaymentUUID is the uuid of the payment of the order with this uuid: a UUIDv5 of
// "payment" under the order's own.
func PaymentUUID(order string) string { return part(order, "payment") }

// part derives a uuid from an order's. What is no uuid is taken for a key, so that
// the function has an answer for every string.
func part(order, name string) string {
	id, err := uuid.Parse(order)
	if err != nil {
		id = uuid.NewSHA1(namespace, []byte(order))
	}
	return uuid.NewSHA1(id, []byte(name)).String()
}
