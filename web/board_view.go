package web

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// latencyBad is from when on Odoo's answers are slow, in milliseconds.
const latencyBad = 5000

// keySoon is how long before its end the API key is looked at askance; a checkpoint has told of it by then.
const keySoon = 3 * 24 * time.Hour

// boardCells is the board itself, and its way to Odoo.
func boardCells(st Status, c clock) []cell {
	odoo := wordsOf(odooWords, st.Odoo.State)
	extra := hostOf(st.Odoo.URL)
	if st.Odoo.Version != "" {
		extra = st.Odoo.Version + " · " + extra
	}
	cells := []cell{{Label: "Odoo", Value: odoo.Label, Extra: strings.Trim(extra, " ·"), Tone: odoo.Tone}}
	if st.Odoo.LatencyMS > 0 {
		t := toneGood
		if st.Odoo.LatencyMS >= latencyBad {
			t = toneWarn
		}
		cells = append(cells, cell{Label: "Odoo answers in", Value: latency(st.Odoo.LatencyMS), Tone: t})
	}
	if ends := st.Odoo.KeyEnds; !ends.IsZero() {
		t := toneQuiet
		if ends.Sub(c.now) < keySoon {
			t = toneWarn
		}
		cells = append(cells, cell{Label: "Key of Odoo", Value: "until " + ends.In(c.place).Format("2 Jan 2006"), Tone: t})
	}
	trust := wordsOf(trustWords, st.TimeTrust)
	from := ""
	if st.TimeSource != "" && st.TimeTrust == "trusted" { // an estimate comes from nowhere
		from = ", from " + st.TimeSource
	}
	cells = append(cells, cell{Label: "Board time", Value: c.now.In(c.place).Format("15:04"), Extra: trust.Label + from, Tone: trust.Tone})
	if st.Store.Size > 0 {
		on := ""
		if st.Store.DiskSize > 0 {
			on = byteSize(st.Store.DiskFree) + " of " + byteSize(st.Store.DiskSize) + " free on the disk"
		}
		cells = append(cells, cell{Label: "Store", Value: byteSize(st.Store.Size), Extra: on, Tone: diskTone(st.Store)})
	}
	return append(cells, cell{Label: "crema", Value: st.Version, Extra: "boot " + short(st.Boot), Tone: toneQuiet})
}

// diskTone warns when a twentieth of the disk or less is free.
func diskTone(s Store) tone {
	if s.DiskSize > 0 && s.DiskFree*20 < s.DiskSize {
		return toneWarn
	}
	return toneQuiet
}

func latency(ms int64) string {
	d := time.Duration(ms) * time.Millisecond
	if d < time.Second {
		return fmt.Sprintf("%d ms", ms)
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// hostOf is the part of a URL that people know it by.
func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return address
}

func short(id string) string {
	if len(id) > 8 {
		return id[:8]
	}
	return id
}
