package coffee2900

// journalSize is how many entries the ring holds.
const journalSize = 256

// entry is one entry of the journal.
type entry struct {
	Number   uint64         `json:"number"`
	Time     *uint64        `json:"time"` // nil while the clock was not set
	Uptime   uint64         `json:"uptime"`
	Slot     int            `json:"slot"`
	Kind     int            `json:"kind"`
	Price    *uint64        `json:"price,omitempty"` // and Currency, of a sale
	Currency string         `json:"currency,omitempty"`
	Payment  *int           `json:"payment,omitempty"`
	Used     map[int]uint64 `json:"used"`
	Badge    string         `json:"badge,omitempty"`
}

// The kinds of entries.
const (
	kindSale = iota
	kindFree
	kindTest
	kindRemote
	kindAborted
)

// record writes an entry into the ring, stamped with number, time and uptime.
func (m *Machine) record(e entry) {
	k := &m.kept
	e.Number = k.Next
	e.Uptime = uint64(m.uptime().Seconds())
	if now, ok := m.unix().(uint64); ok {
		e.Time = &now
	}
	k.Journal = append(k.Journal, e)
	if len(k.Journal) > journalSize {
		if k.Journal[0].Number > k.Acked {
			k.Overwritten++
		}
		k.Journal = append([]entry(nil), k.Journal[1:]...)
	}
	k.Next++
	m.changed = true
	m.tell(dict{{0, evJournal}, {1, e.Number}})
}

// oldest is the oldest number kept; next where there is none.
func (k *kept) oldest() uint64 { return k.Next - uint64(len(k.Journal)) }

// oldestOpen is the oldest number that is kept and not acknowledged; next where all
// are.
func (k *kept) oldestOpen() uint64 { return max(k.oldest(), k.Acked+1) }

// item is the entry as JOURNAL.READ tells it.
func (e entry) item() dict {
	var time any
	if e.Time != nil {
		time = *e.Time
	}
	d := dict{{1, e.Number}, {2, time}, {3, e.Uptime}, {4, e.Slot}, {5, e.Kind}}
	if e.Price != nil {
		d = append(d, pair{6, *e.Price}, pair{7, e.Currency})
	}
	if e.Payment != nil {
		d = append(d, pair{8, *e.Payment})
	}
	used := dict{}
	for _, id := range []int{beans, water, milk} {
		if n := e.Used[id]; n > 0 {
			used = append(used, pair{id, n})
		}
	}
	d = append(d, pair{9, used})
	if e.Badge != "" {
		d = append(d, pair{10, e.Badge})
	}
	return d
}

// payloadMost is what a frame's payload can hold: 1,100 less type, seq and FCS.
const payloadMost = 1100 - 4

// readJournal is the reply to JOURNAL.READ of up to n entries, as many as fit.
func (m *Machine) readJournal(from uint64, n int) dict {
	k := &m.kept
	reply := dict{{1, []any{}}, {2, k.Next}, {3, k.oldest()}, {4, k.Overwritten}}
	list := []any{}
	for _, e := range k.Journal {
		if e.Number < from || len(list) == n {
			continue
		}
		longer := dict{{1, append(list, e.item())}, reply[1], reply[2], reply[3]}
		if len(encode(longer)) > payloadMost {
			break
		}
		reply, list = longer, append(list, e.item())
	}
	return reply
}

// SetJournalNext sets the number of the next journal entry, 1 or more; the journal is
// then empty and all of it acknowledged.
func (m *Machine) SetJournalNext(n uint64) {
	defer m.act()()
	m.kept.Next = max(n, 1)
	m.kept.Journal, m.kept.Acked, m.kept.Overwritten = nil, m.kept.Next-1, 0
	m.changed = true
}
