package command

import (
	"fmt"
	"strings"

	"crema/web"
)

// standstill is why no job of a channel starts, and what to do about it; empty where they start, or wait for a place or a
// throttle only.
func standstill(name string, channels []web.Channel) string {
	declared := map[string]web.Channel{}
	for _, c := range channels {
		declared[c.Name] = c
	}
	if name != "root" && !strings.HasPrefix(name, "root.") {
		name = strings.TrimSuffix("root."+name, ".")
	}
	for ; name != ""; name = name[:max(strings.LastIndexByte(name, '.'), 0)] {
		c, ok := declared[name]
		switch {
		case !ok:
		case c.Capacity != nil && *c.Capacity == 0:
			return fmt.Sprintf("the channel %s has no places: change `channels` of the configuration, then: crema queue reload", name)
		case c.Paused:
			return fmt.Sprintf("the channel %s is paused: crema channel resume %s", name, name)
		case c.BlockedBy != "":
			return fmt.Sprintf("the channel %s stands still for job %s: crema job show %s, then requeue, cancel or done", name, c.BlockedBy, c.BlockedBy)
		}
	}
	return ""
}
