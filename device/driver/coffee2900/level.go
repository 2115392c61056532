package coffee2900

import (
	"context"

	"crema/device"
)

// Levels reads what is left of each ingredient, in grams or millilitres.
func (m *Machine) Levels(ctx context.Context) ([]device.Level, error) {
	f, err := m.call(ctx, newRequest(opLevels))
	if err != nil {
		return nil, err
	}
	var levels []device.Level
	for i, it := range f.list(1) {
		l := f.member(1, i, it)
		level := device.Level{
			ID:       int(l.uint(1, ingredientMax)),
			Name:     l.text(2),
			Level:    int64(l.uint(3, amountMax)),
			Capacity: int64(l.uint(4, amountMax)),
			Unit:     device.UnitGram,
			Low:      int64(l.uint(6, amountMax)),
		}
		if l.uint(5, 1) == 1 {
			level.Unit = device.UnitMillilitre
		}
		levels = append(levels, level)
	}
	if err := f.fault(); err != nil {
		return nil, err
	}
	return levels, nil
}
