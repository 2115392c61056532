package connectors

import (
	"maps"
	"testing"
)

// What nobody wrote is the default; "" is none where there can be none, and the default
// where there must be one. What is kept says which was meant.
func TestSettingDefaults(t *testing.T) {
	c := Connector{Kind: NewKind("probe"), Settings: []Setting{
		{Name: "close", Type: SettingTime, Default: "03:00"},
		{Name: "title", Type: SettingText},
		{Name: "poll", Type: SettingDuration, Default: "2s"},
		{Name: "wet", Type: SettingBoolean, Default: "true"},
		{Name: "level", Type: SettingInteger, Default: "7"},
		{Name: "mode", Type: SettingChoice, Choices: []string{"a", "b"}, Default: "b"},
	}}
	all := map[string]string{"close": "03:00", "poll": "2s", "wet": "true", "level": "7", "mode": "b"}
	never := maps.Clone(all)
	never["close"] = ""
	for name, row := range map[string]struct{ given, kept, complete map[string]string }{
		"nothing":     {nil, nil, all},
		"empty":       {map[string]string{"close": " ", "title": "", "poll": "", "wet": "", "level": "", "mode": ""}, map[string]string{"close": ""}, never},
		"the default": {map[string]string{"close": "03:00", "poll": "2s"}, map[string]string{"close": "03:00", "poll": "2s"}, all},
	} {
		b, err := c.parse(Backend{Name: "p", Kind: c.Kind, Settings: row.given})
		if err != nil || !maps.Equal(b.Settings, row.kept) {
			t.Errorf("%s: %q is kept, %v, want %q", name, b.Settings, err, row.kept)
		}
		if got := c.complete(b).Settings; !maps.Equal(got, row.complete) {
			t.Errorf("%s: %q, want %q", name, got, row.complete)
		}
	}
	c.Settings[0].Required = true
	if err := c.CheckSettings(Backend{Name: "p", Kind: c.Kind}); err != nil {
		t.Errorf("the default is missing: %v", err)
	}
	if err := c.CheckSettings(Backend{Name: "p", Kind: c.Kind, Settings: map[string]string{"close": ""}}); err == nil {
		t.Error("a required setting is none")
	}
}

// A setting that no file could say is refused before anything runs.
func TestSettingNames(t *testing.T) {
	for name, good := range map[string]bool{"port": true, "busy.enabled": true, "a1_b": true, "": false, "Port": false, "a.b.c": false, ".a": false, "a b": false, "schedule": false, "name": false} {
		if err := (Setting{Name: name, Type: SettingText}).declared(); (err == nil) != good {
			t.Errorf("%q: %v", name, err)
		}
	}
}
