package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	cupsShown = 6   // last cups of a machine
	jobsShown = 8   // of each state
	firstLine = 200 // characters of an error that are shown at once
)

// view is everything that the page shows, in words: the template only sets it out.
type view struct {
	frame
	Headline string
	Subline  string
	Tone     tone
	Concerns []concern
	Machines []machineView
	Others   []backendView
	Kinds    bool // there is something to add
	Queue    queueView
	Cells    []cell // the board itself
	Snippet  bool   // there is no backend yet: show how
	Now      moment
}

// cell is one fact about the board.
type cell struct {
	Label, Value, Extra string
	Tone                tone
}

// button posts to Path; Needs is what it asks before, where it can.
type button struct {
	Label, Path string
	Main        bool
	About       string // whose it is, for screen readers: "Sync drinks of kitchen"
}

// machineView is one machine on the page.
type machineView struct {
	ID, Name, Location, Model, Serial, Firmware string
	State                                       plain
	Message, Setup                              string
	Since                                       moment // of a state that somebody waits to end
	Temperature                                 string
	Locked                                      bool
	Drinks                                      []drinkView
	Free                                        string // the slots that hold none
	Levels                                      []levelView
	Today                                       dayView
	Cups                                        []cupView
	Buttons                                     []button
	Asked                                       []link // to what is asked about first
	Edit                                        link
	Tested                                      *testedView // where it found something
	Last                                        []lastView
	Trouble                                     string // why a part of it could not be read
	Busy                                        *busyView
	Wires                                       []wireLine
}

// busyView is the coffee that is poured when Odoo is busy, in words.
type busyView struct {
	Text                string
	Since, Poured, Next moment
}

type drinkView struct {
	Slot    int
	Name    string
	Price   string
	Enabled bool
	Bound   bool
}

type levelView struct {
	Name, Text string
	Percent    int64
	Low        bool
}

type dayView struct {
	Cups   int
	Unit   string // "cup", "cups"
	Money  string
	Drinks []drinkDay

	takings []Money
}

type drinkDay struct {
	Name, Money   string
	Cups, Percent int // of the drink with the most
}

type cupView struct {
	Name, Price, Kind, Payment, Reason string
	State                              plain
	When                               moment
}

type lastView struct {
	Flow string
	When moment
}

// viewOf gathers what the page shows. What can't be read is said on the page: it must
// work best when something is broken.
func (s *Server) viewOf(r *http.Request) view {
	ctx := r.Context()
	var v view
	status, err := s.statusNow(r)
	if err != nil {
		v.Concerns = append(v.Concerns, brokenConcern("the board's state", err))
		status.Time = At(s.now())
	}
	c := clock{now: status.Time.Time, place: s.config.Location}
	v.frame = s.frameOf(r, status)
	v.Now = c.moment(status.Time, c.now.In(c.place).Format("Mon 2 Jan 15:04"))
	for _, b := range status.Backends {
		if b.isMachine() {
			v.Machines = append(v.Machines, s.machineViewOf(ctx, b, c))
		} else {
			v.Others = append(v.Others, s.backendViewOf(b, c))
		}
	}
	v.Kinds = len(s.deps.Backends.Kinds()) > 0
	v.Snippet = err == nil && len(status.Backends) == 0
	v.Concerns = append(v.Concerns, s.concernsOf(ctx, status, c)...)
	if err == nil {
		v.Concerns = append(v.Concerns, queueConcerns(status)...)
	}
	var trouble []concern
	v.Queue, trouble = s.queueViewOf(ctx, status, c)
	v.Concerns = append(v.Concerns, trouble...)
	slices.SortStableFunc(v.Concerns, func(a, b concern) int { return cmp.Compare(a.Tone.rank(), b.Tone.rank()) })
	v.Cells = boardCells(status, c)
	v.Headline, v.Tone = headline(v)
	v.Subline = subline(v)
	return v
}

// headline is the state of everything in one sentence.
func headline(v view) (string, tone) {
	acts, worst := 0, toneGood
	for _, c := range v.Concerns {
		if c.Tone == toneBad || c.Tone == toneWarn {
			acts++
			if worst != toneBad {
				worst = c.Tone
			}
		}
	}
	switch {
	case acts == 1:
		return "One thing needs you.", worst
	case acts > 1:
		return fmt.Sprintf("%s things need you.", spelled(acts)), worst
	case v.Snippet:
		return "Let’s connect your coffee machine.", toneQuiet
	case len(v.Concerns) > 0:
		return "Nothing for you to do.", toneGood
	default:
		return "All is well.", toneGood
	}
}

// subline is today, over all machines.
func subline(v view) string {
	if v.Snippet {
		return "crema runs and waits for its first machine"
	}
	cups := 0
	var takings []Money
	for _, m := range v.Machines {
		cups += m.Today.Cups
		takings = append(takings, m.Today.takings...)
	}
	if len(v.Machines) == 0 {
		return counted(len(v.Others), "backend", "backends")
	}
	if cups == 0 {
		return "No cup yet today"
	}
	text := counted(cups, "cup", "cups") + " today"
	if money := sum(takings); money != "" {
		text += ", " + money
	}
	return text
}

func spelled(n int) string {
	words := []string{"No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"}
	if n < len(words) {
		return words[n]
	}
	return fmt.Sprint(n)
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// wordy makes a code readable: "no_slot_free" → "No slot free".
func wordy(code string) string {
	return sentence(strings.Join(strings.FieldsFunc(code, func(r rune) bool { return r == '_' || r == '.' }), " "))
}

// sentence begins a text with a capital.
func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + text[size:]
}
