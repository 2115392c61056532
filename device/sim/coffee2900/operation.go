package coffee2900

// The operations.
const (
	opHello       = 1
	opLogin       = 2
	opStatus      = 3
	opSlotRead    = 4
	opSlotWrite   = 5
	opSlotList    = 6
	opBrew        = 7
	opJournalRead = 8
	opJournalAck  = 9
	opLevels      = 10
	opAlarmAck    = 11
	opClock       = 12
	opLock        = 13
	opCounters    = 14
)

// The errors.
const (
	errBadCBOR   = 1
	errUnknown   = 2
	errArgument  = 3
	errBusy      = 4
	errNotReady  = 5
	errDisabled  = 6
	errEmpty     = 7
	errMemory    = 8
	errVersion   = 9
	errLogin     = 16
	errLockedOut = 17
	errNoLogin   = 18
	errRev       = 20
)

// failure is the payload of an ERR.
func failure(code int) dict { return dict{{0, code}} }

func uintArg(body dict, key uint64) (uint64, bool) {
	v, _ := body.get(key)
	n, ok := v.(uint64)
	return n, ok
}

func textArg(body dict, key uint64) (string, bool) {
	v, _ := body.get(key)
	s, ok := v.(string)
	return s, ok
}

func (m *Machine) slotArg(body dict) (int, bool) {
	n, ok := uintArg(body, 1)
	return int(min(n, slotsMost)), ok && n < uint64(len(m.kept.Slots))
}

// execute does what is asked, and tells the first of the errors 2, 18, 3 and the
// operation's own.
func (m *Machine) execute(op uint64, body dict) (reply, refusal dict) {
	switch {
	case op < opHello || op > opCounters:
		return nil, failure(errUnknown)
	case op == opHello:
		return m.hello(body)
	case op == opLogin:
		return m.login(body)
	case op == opStatus:
		return m.status(), nil
	case !m.session.loggedIn:
		return nil, failure(errNoLogin)
	}
	switch op {
	case opSlotRead:
		if n, ok := m.slotArg(body); ok {
			return m.readSlot(n), nil
		}
	case opSlotWrite:
		return m.writeSlot(body)
	case opSlotList:
		list := []any{}
		for n, s := range m.kept.Slots {
			list = append(list, []any{n, s.Rev})
		}
		return dict{{1, list}}, nil
	case opBrew:
		n, isSlot := m.slotArg(body)
		v, _ := body.get(2)
		if t, _ := v.([]byte); isSlot && len(t) == 8 {
			number, err := m.brew(n, [8]byte(t))
			if err != 0 {
				return nil, failure(err)
			}
			return dict{{1, number}}, nil
		}
	case opJournalRead:
		from, isFrom := uintArg(body, 1)
		n, isN := uintArg(body, 2)
		if isFrom && isN && from > 0 && n >= 1 && n <= 16 {
			return m.readJournal(from, int(n)), nil
		}
	case opJournalAck:
		if n, ok := uintArg(body, 1); ok && n < m.kept.Next {
			m.kept.Acked = max(m.kept.Acked, n)
			m.kept.Overwritten = 0
			m.changed = true
			return dict{}, nil
		}
	case opLevels:
		return m.levels(), nil
	case opAlarmAck:
		if code, ok := uintArg(body, 1); ok && code < 1<<16 && isAlarm(int(code)) {
			m.ackAlarm(int(code))
			return dict{}, nil
		}
	case opClock:
		if unix, ok := uintArg(body, 1); ok && unix < 1<<62 {
			m.clock = &clock{unix, m.uptime()}
			return dict{}, nil
		}
	case opLock:
		v, _ := body.get(1)
		if locked, ok := v.(bool); ok {
			m.locked = locked
			return dict{}, nil
		}
	case opCounters:
		counters := dict{}
		for n, c := range m.kept.Counters {
			counters = append(counters, pair{n, uint64(c)})
		}
		return dict{{1, counters}}, nil
	}
	return nil, failure(errArgument)
}

// status is the reply to STATUS.
func (m *Machine) status() dict {
	return dict{
		{1, m.currentState()}, {2, 935}, {3, m.alarmCodes()}, {4, m.kept.Next},
		{5, m.kept.oldestOpen()}, {6, m.locked},
	}
}
