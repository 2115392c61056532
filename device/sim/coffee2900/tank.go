package coffee2900

import (
	"fmt"
	"time"

	"crema/device"
)

// The ingredients, by their ids in LEVELS.
const (
	beans = 1
	water = 2
	milk  = 3
)

// tank holds one ingredient. Its numbers are in the recipe's measure, of which Per
// make one of LEVELS' units: beans are ground by 0.1 g and told in g.
type tank struct {
	ID       int    `json:"id"`
	Name     string `json:"name"`
	Level    int64  `json:"level"`
	Capacity int64  `json:"capacity"`
	Low      int64  `json:"low"`
	Unit     int    `json:"unit"` // 0 g, 1 ml
	Per      int64  `json:"per"`
}

// need is what a recipe takes from the tank.
func (t tank) need(r device.Recipe) int64 {
	switch t.ID {
	case beans:
		return int64(r.Coffee)
	case water:
		return int64(r.Water)
	default:
		return int64(r.Milk)
	}
}

// empty is the alarm that the tank is empty.
func (t tank) empty() int {
	return map[int]int{beans: 2, water: 1, milk: 3}[t.ID]
}

// lacking tells whether an ingredient of r is empty. A tank that holds less than the
// cup needs is empty from then on.
func (m *Machine) lacking(r device.Recipe) bool {
	lacking := false
	for _, t := range m.kept.Tanks {
		need := t.need(r)
		if need == 0 {
			continue
		}
		if t.Level < need {
			m.runDry(t)
		}
		lacking = lacking || m.kept.Alarms[t.empty()].Cause
	}
	return lacking
}

// use takes r's ingredients and returns how much by LEVELS' units, as LEVELS shows it:
// tenths of a gram add up over the cups.
func (m *Machine) use(r device.Recipe) map[int]uint64 {
	used := map[int]uint64{}
	for i := range m.kept.Tanks {
		t := &m.kept.Tanks[i]
		before := t.Level
		t.Level = max(0, before-t.need(r))
		if n := before/t.Per - t.Level/t.Per; n > 0 {
			used[t.ID] = uint64(n)
		}
		if before >= t.Low && t.Level < t.Low {
			m.tell(dict{{0, evLevelLow}, {1, t.ID}})
		}
		if before > 0 && t.Level == 0 {
			m.runDry(*t)
		}
	}
	return used
}

// runDry raises a tank's empty alarm, and sends for whoever refills it.
func (m *Machine) runDry(t tank) {
	if m.kept.Alarms[t.empty()].Cause {
		return
	}
	m.setAlarm(t.empty(), true)
	m.sendForRefill(t)
}

func (m *Machine) sendForRefill(t tank) {
	if m.o.Refill > 0 {
		time.AfterFunc(m.o.Refill, func() { _ = m.SetLevel(t.ID, t.Capacity/t.Per) })
	}
}

// SetLevel fills a tank, 1 beans (g), 2 water (ml), 3 milk (ml), up to its capacity; at
// more than nothing its empty alarm has no cause any more.
func (m *Machine) SetLevel(id int, level int64) error {
	defer m.act()()
	for i := range m.kept.Tanks {
		if t := &m.kept.Tanks[i]; t.ID == id {
			t.Level = min(max(0, level*t.Per), t.Capacity)
			m.setAlarm(t.empty(), t.Level == 0)
			m.changed = true
			return nil
		}
	}
	return fmt.Errorf("tank %d: %w", id, device.ErrBadArgument)
}

// levels is the reply to LEVELS.
func (m *Machine) levels() dict {
	list := []any{}
	for _, t := range m.kept.Tanks {
		list = append(list, dict{
			{1, t.ID}, {2, t.Name}, {3, int(t.Level / t.Per)}, {4, int(t.Capacity / t.Per)},
			{5, t.Unit}, {6, int(t.Low / t.Per)},
		})
	}
	return dict{{1, list}}
}
