package queue

import (
	"maps"
	"strings"
	"testing"
)

// What queue_job's own tests of its grammar say, in our words, and where ours is stricter.
func TestChannelGrammar(t *testing.T) {
	free := rule{capacity: unlimited}
	for config, want := range map[string]map[string]rule{
		"":                             {"root": {capacity: 1}},
		" \n,, ":                       {"root": {capacity: 1}},
		"root:4":                       {"root": {capacity: 4}},
		"root":                         {"root": {capacity: 1}},
		"root:0":                       {"root": {capacity: 0}},
		"root:4,root.sub:2":            {"root": {capacity: 4}, "root.sub": {capacity: 2}},
		"root:4,sub:2":                 {"root": {capacity: 4}, "root.sub": {capacity: 2}},
		"root : 4 ,\n root.sub:\t2 ,":  {"root": {capacity: 4}, "root.sub": {capacity: 2}},
		"root:4\n\nroot.sub:2\nother":  {"root": {capacity: 4}, "root.sub": {capacity: 2}, "root.other": {capacity: 1}},
		"root:2,root.sub:1:sequential": {"root": {capacity: 2}, "root.sub": {capacity: 1, sequential: true}},
		"root:4,a:1: throttle = 5 : sequential": {
			"root": {capacity: 4}, "root.a": {capacity: 1, sequential: true, throttle: 5}},
		"a.b.c:7:throttle=1": {"root": {capacity: 1}, "root.a": free, "root.a.b": free, "root.a.b.c": {capacity: 7, throttle: 1}},
		"root.foo.foo:2":     {"root": {capacity: 1}, "root.foo": free, "root.foo.foo": {capacity: 2}},
		"rooted:3":           {"root": {capacity: 1}, "root.rooted": {capacity: 3}},
	} {
		c, err := parseChannels(config)
		if err != nil || !maps.Equal(c.rules, want) {
			t.Errorf("parseChannels(%q) = %v, %v, want %v", config, c.rules, err, want)
		}
	}
}

func TestChannelGrammarIsStrict(t *testing.T) {
	for config, want := range map[string][]string{
		":1":                                {"character 1,", "needs a name"},
		"root:4, :1":                        {"character 9,", "needs a name"},
		"root:":                             {"character 6,", `capacity ""`, "from 0"},
		"root:4,root.a:x":                   {"character 15,", `"root.a:x"`, `capacity "x"`, "whole number"},
		"root:4,root.a: -1":                 {"character 16,", `capacity "-1"`},
		"root:+4":                           {"character 6,", `capacity "+4"`},
		"root:1.5":                          {"character 6,", `capacity "1.5"`},
		"root:10001":                        {"character 6,", "0 to 10000"},
		"root:99999999999999999999":         {"character 6,", "0 to 10000"},
		"root:4:sequential":                 {"character 8,", "sequential needs the capacity 1, not 4"},
		"root:0:sequential":                 {"character 8,", "pause it"},
		"root:sequential":                   {"character 6,", "root:1:sequential"},
		"root:1:sequential=false":           {"character 8,", `not "false"`, "leave it out"},
		"root:1:sequential=true":            {"character 8,", `not "true"`},
		"root:1:sequential=":                {"character 8,", "takes no value"},
		"root:1:sequential:sequential":      {"character 19,", "sequential is there twice"},
		"root:4:throttle":                   {"character 8,", "throttle=5"},
		"root:4:throttle=":                  {"character 8,", "throttle=5"},
		"root:4:throttle=0":                 {"character 8,", "from 1"},
		"root:4:throttle=-3":                {"character 8,", "from 1"},
		"root:4:throttle=0.5":               {"character 8,", "whole seconds"},
		"root:4:throttle=5=6":               {"character 8,", "whole seconds"},
		"root:4:throttle=1:throttle=2":      {"character 19,", "throttle is there twice"},
		"root:4:colour=red":                 {"character 8,", `key "colour" is not known`, "throttle=SECONDS"},
		"root:4:capacity=5":                 {"character 8,", `key "capacity" is not known`},
		"root:4:paused":                     {"character 8,", "not known"},
		"root:4:Sequential":                 {"character 8,", "not known"},
		"root:4:":                           {"character 8,", "nothing between the colons"},
		"root:4,a:1,root.a:2":               {"character 12,", `"root.a" is named twice`},
		"root:4,a..b":                       {"character 8,", "a..b"},
		"root:4,.a":                         {"character 8,", "joined by dots"},
		"root:4,a.":                         {"character 8,", "joined by dots"},
		"root:4,é:1:x":                      {"character 8,", "letters, digits"},
		"root:4,a b:1":                      {"character 8,", "letters, digits"},
		"root:4\né:1":                       {"character 8,", "letters, digits"},
		"root:1:throttle=5,é":               {"character 19,", "letters, digits"},
		strings.Repeat("a", 300) + ":1":     {"character 1,", "305 bytes"},
		"root:4,ünlike:1,root.a:b:throttle": {"character 8,", "letters, digits"},
	} {
		_, err := parseChannels(config)
		if err == nil {
			t.Errorf("parseChannels(%q) was accepted", config)
			continue
		}
		for _, part := range want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("parseChannels(%q) = %v, want it to say %q", config, err, part)
			}
		}
	}
}

func TestSequenceIsTheTopmostSequentialChannel(t *testing.T) {
	c, err := parseChannels("root:4,a:1:sequential,a.b.c:1:sequential,d.e:1:sequential,a-b:2")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"root": "", "root.a": "root.a", "root.a.x": "root.a", "root.a.b.c": "root.a", "root.a-b": "", "root.ab": "", "root.d": "",
		"root.d.e": "root.d.e", "root.d.e.f.g": "root.d.e",
	} {
		if got := c.sequence(name); got != want {
			t.Errorf("sequence(%q) = %q, want %q", name, got, want)
		}
	}
}

func FuzzParseChannels(f *testing.F) {
	for _, s := range []string{"root:4,root.machine:2", "a,b:0,\nc.d:7", "a:1:sequential:throttle=5,a.b:1:sequential", "é:::=", "root:1\n\xff:2", strings.Repeat("0", 251)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := parseChannels(s)
		if err != nil {
			return
		}
		for name, r := range c.rules {
			if full, err := channelName(name); err != nil || full != name || r.capacity < unlimited || r.sequential && r.capacity != 1 {
				t.Errorf("parseChannels(%q) has %q: %+v", s, name, r)
			}
			for _, a := range ancestors(name) {
				if !c.known(a) {
					t.Errorf("parseChannels(%q) knows %q, not %q", s, name, a)
				}
			}
		}
		if c.limit(rootChannel) == unlimited {
			t.Errorf("parseChannels(%q): root is unlimited", s)
		}
		back, err := parseChannels(c.String())
		if err != nil || !maps.Equal(back.rules, c.rules) {
			t.Errorf("parseChannels(%q) is written %q, which is read as %v, %v", s, c, back.rules, err)
		}
	})
}
