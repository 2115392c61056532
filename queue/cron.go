package queue

import (
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// A crontab is a parsed schedule: five fields or a descriptor, in a time zone.
//
// robfig/cron parses it. Its own Next leaves out what falls into the hour that daylight saving skips, and doubles what falls into the one
// that comes twice; here, a schedule with set hours runs once on such a day too: a skipped time right after the gap, a doubled one the
// first time. A schedule for every hour goes by elapsed time.
type crontab struct {
	spec      *cron.SpecSchedule
	zone      *time.Location
	everyHour bool
	share     float64 // of the spread that its times come late by, below 1; see spread
}

// allHours are the bits of cron's field for the hours 0 to 23.
const allHours = 1<<24 - 1

func parseCron(spec string, zone *time.Location) (crontab, error) {
	if zone == nil {
		zone = time.UTC
	}
	spec = strings.TrimSpace(spec)
	if strings.HasPrefix(spec, "@every") {
		return crontab{}, fmt.Errorf("schedule %q: @every is not understood, as it has no hour to come back to: use five fields, as \"*/15 * * * *\"", spec)
	}
	if strings.Contains(spec, "TZ=") {
		return crontab{}, fmt.Errorf("schedule %q: the time zone is set beside the schedule, not in it", spec)
	}
	if n := len(strings.Fields(spec)); n > 0 && n != 5 && !strings.HasPrefix(spec, "@") {
		return crontab{}, fmt.Errorf("schedule %q: it has %d of five fields", spec, n)
	}
	parsed, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor).Parse(spec)
	if err != nil {
		return crontab{}, fmt.Errorf("schedule %q: %w", spec, err)
	}
	s, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return crontab{}, fmt.Errorf("schedule %q: want five fields or a descriptor such as @daily", spec)
	}
	c := crontab{spec: s, zone: zone, everyHour: s.Hour&allHours == allHours}
	if c.everyHour {
		s.Location = zone
	} else {
		s.Location = time.UTC // next reads the zone's clock as if it were UTC's
	}
	if c.next(time.Date(2000, 1, 1, 0, 0, 0, 0, zone)).IsZero() {
		return crontab{}, fmt.Errorf("schedule %q: no day ever fits", spec)
	}
	return c, nil
}

// next is the first time after t, with what it comes late by; zero if there is none within five years.
func (c crontab) next(t time.Time) time.Time {
	if c.share == 0 {
		return c.hour(t)
	}
	for hour := c.hour(t.Add(-spreadMost)); !hour.IsZero(); hour = c.hour(hour) {
		if at := c.fires(hour); at.After(t) {
			return at
		}
	}
	return time.Time{}
}

// hour is the first time of the expression after t.
func (c crontab) hour(t time.Time) time.Time {
	if c.everyHour {
		return c.spec.Next(t.In(c.zone))
	}
	local := t.In(c.zone)
	// The hands of the zone's clock. An hour earlier, since a gap may have put them ahead of the times they skipped.
	hands := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), local.Nanosecond(), time.UTC)
	for hands = c.spec.Next(hands.Add(-maxShift)); !hands.IsZero(); hands = c.spec.Next(hands) {
		if at := c.instant(hands); at.After(t) {
			return at
		}
	}
	return time.Time{}
}

// maxShift is at least what any zone has ever set its clocks by at once for daylight saving.
const maxShift = 3 * time.Hour

// instant is when the zone's clock first shows these hands, or, where it skips them, the end of the gap.
func (c crontab) instant(hands time.Time) time.Time {
	at := time.Date(hands.Year(), hands.Month(), hands.Day(), hands.Hour(), hands.Minute(), hands.Second(), 0, c.zone)
	start, end := at.ZoneBounds()
	shown := time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, time.UTC)
	switch {
	case shown.After(hands): // in a gap, told by the clock after it
		return start
	case shown.Before(hands): // the same, told by the clock before it
		return end
	}
	if start.IsZero() {
		return at
	}
	_, before := start.Add(-time.Second).Zone()
	earlier := hands.Add(-time.Duration(before) * time.Second)
	if earlier.Before(start) {
		return earlier.In(c.zone)
	}
	return at
}
