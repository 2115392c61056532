package source

import (
	"testing"

	"crema/web"
)

// The page and the API's clients listen for the types that web.Event names: a hint of another type would be told to nobody.
func TestMachineHints(t *testing.T) {
	hub := new(web.Hub)
	events, stop := hub.Watch()
	defer stop()
	tell := MachineHints(hub)
	for what, want := range map[string]string{"cups": "cup", "status": "machine", "slots": "machine", "a word of later": "machine"} {
		tell(what, "kitchen")
		if e := <-events; e != (web.Event{Type: want, Backend: "kitchen"}) {
			t.Errorf("%s became %+v, want the type %s", what, e, want)
		}
	}
}
