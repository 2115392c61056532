package coffee2900

import "fmt"

// operation is what a request asks for, key 0 (manual 2).
type operation byte

// The operations of manual 2.
const (
	opHello       operation = 1
	opLogin       operation = 2
	opStatus      operation = 3
	opSlotRead    operation = 4
	opSlotWrite   operation = 5
	opSlotList    operation = 6
	opBrew        operation = 7
	opJournalRead operation = 8
	opJournalAck  operation = 9
	opLevels      operation = 10
	opAlarmAck    operation = 11
	opClock       operation = 12
	opLock        operation = 13
	opCounters    operation = 14
)

var operationNames = [...]string{
	opHello: "HELLO", opLogin: "LOGIN", opStatus: "STATUS", opSlotRead: "SLOT.READ",
	opSlotWrite: "SLOT.WRITE", opSlotList: "SLOT.LIST", opBrew: "BREW",
	opJournalRead: "JOURNAL.READ", opJournalAck: "JOURNAL.ACK", opLevels: "LEVELS",
	opAlarmAck: "ALARM.ACK", opClock: "CLOCK", opLock: "LOCK", opCounters: "COUNTERS",
}

// String is the manual's name.
func (op operation) String() string {
	if op == 0 || int(op) >= len(operationNames) {
		return fmt.Sprintf("operation %d", byte(op))
	}
	return operationNames[op]
}

// changes tells whether op changes the machine, so that a lost reply leaves the
// outcome unknown.
func (op operation) changes() bool {
	switch op {
	case opSlotWrite, opBrew, opJournalAck, opAlarmAck, opClock, opLock:
		return true
	default:
		return false
	}
}
