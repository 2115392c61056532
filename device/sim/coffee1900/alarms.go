package coffee1900

// The alarms that the machine itself acts on, manual section 1.
const (
	waterEmpty    uint16 = 0x0001
	beansEmpty    uint16 = 0x0002
	stopping      uint16 = 0x00FC // 0004 to 0080
	doorOpen             = 0x0010
	memoryFault   uint16 = 0x0080
	countersReset uint16 = 0x0200
)

// alarms stay set until their cause is gone and they were acknowledged.
type alarms struct{ set, cause, acknowledged uint16 }

// raise sets the alarms in bits; a lasting cause keeps them set.
func (a *alarms) raise(bits uint16, lasting bool) {
	a.set |= bits
	a.acknowledged &^= bits
	if lasting {
		a.cause |= bits
	}
}

// end takes the cause of the alarms in bits away.
func (a *alarms) end(bits uint16) {
	a.cause &^= bits
	a.settle()
}

// acknowledge tells whether it changed anything.
func (a *alarms) acknowledge(bits uint16) bool {
	was := *a
	a.acknowledged |= bits & a.set
	a.settle()
	return *a != was
}

func (a *alarms) settle() {
	a.set &^= a.acknowledged &^ a.cause
	a.acknowledged &= a.set
}
