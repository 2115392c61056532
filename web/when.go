package web

import (
	"fmt"
	"time"
)

// moment is a time as the page shows it: what to read, and the exact time beside it.
type moment struct {
	Text  string // "3 min ago"
	Exact string // RFC 3339, for <time datetime> and its title
}

// clock tells times by the board's time and the place that the machines stand in.
type clock struct {
	now   time.Time
	place *time.Location
}

// ago is a time in the past, in words; the zero moment for the zero time.
func (c clock) ago(t Time) moment { return c.moment(t, c.since(t.Time)) }

// until is a time to come, in words.
func (c clock) until(t Time) moment {
	d := t.Sub(c.now)
	text := "now"
	switch {
	case d > 20*time.Hour:
		text = "at " + t.In(c.place).Format("2 Jan 15:04")
	case d > 90*time.Minute:
		text = "at " + t.In(c.place).Format("15:04")
	case d > 90*time.Second:
		text = fmt.Sprintf("in %d min", int(d.Round(time.Minute).Minutes()))
	case d > 0:
		text = fmt.Sprintf("in %d s", int(d.Seconds())+1)
	}
	return c.moment(t, text)
}

// start is when something began that lasts, in words: "since 10:29".
func (c clock) start(t Time) moment {
	layout := "2 Jan 15:04"
	switch d := c.now.Sub(t.Time); {
	case c.sameDay(t.Time):
		layout = "15:04"
	case d > 0 && d < 6*24*time.Hour:
		layout = "Mon 15:04"
	}
	return c.moment(t, "since "+t.In(c.place).Format(layout))
}

func (c clock) sameDay(t time.Time) bool {
	local, today := t.In(c.place), c.now.In(c.place)
	return local.YearDay() == today.YearDay() && local.Year() == today.Year()
}

func (c clock) moment(t Time, text string) moment {
	if t.IsZero() {
		return moment{}
	}
	return moment{Text: text, Exact: t.In(c.place).Format(time.RFC3339)}
}

func (c clock) since(t time.Time) string {
	d := c.now.Sub(t)
	local, today := t.In(c.place), c.now.In(c.place)
	switch {
	case d < 0: // stamped by a clock that was ahead
		return local.Format("2 Jan 2006 15:04")
	case d < time.Minute:
		return "just now"
	case d < 90*time.Minute:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case c.sameDay(t):
		return local.Format("15:04")
	case d < 6*24*time.Hour:
		return local.Format("Mon 15:04")
	case local.Year() == today.Year():
		return local.Format("2 Jan 15:04")
	default:
		return local.Format("2 Jan 2006")
	}
}

// date is a whole time; empty for the zero time.
func (c clock) date(t Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(c.place).Format("2 Jan 2006 15:04")
}

// counted is "1 cup", "2 cups".
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// byteSize is a size for people: "4.2 MB".
func byteSize(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	f, i := float64(n), 0
	for f >= 1000 && i < len(units)-1 {
		f, i = f/1000, i+1
	}
	if i == 0 || f >= 100 {
		return fmt.Sprintf("%.0f %s", f, units[i])
	}
	return fmt.Sprintf("%.1f %s", f, units[i])
}
