package frozen

import (
	"os"
	"time"

	"crema/device/board"
)

// File holds the name of the loop that hangs. It is gone with the board's next start.
const File = "/tmp/frozen"

// soon is the longest silence that a loop hangs in: of several that it announces the check waits for a short one.
const soon = 90 * time.Second

// Loop is dog.Loop, except that the loop hangs for good, where it has just said that it will be heard of again, once File names it.
func Loop(dog *board.Watchdog, name string) (alive func(within time.Duration)) {
	says := dog.Loop(name)
	return func(within time.Duration) {
		says(within)
		if within <= 0 || within > soon {
			return
		}
		if named, err := os.ReadFile(File); err == nil && string(named) == name {
			select {}
		}
	}
}
