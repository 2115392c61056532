package web

// tone is how much something matters, for colour and order; never told by colour
// alone.
type tone string

const (
	toneGood  tone = "good"
	toneBusy  tone = "busy"  // works, something is going on
	toneQuiet tone = "quiet" // nothing to do for anybody
	toneWarn  tone = "warn"  // a person should look
	toneBad   tone = "bad"   // does not work until a person acts
)

// rank puts what matters most first.
func (t tone) rank() int {
	switch t {
	case toneBad:
		return 0
	case toneWarn:
		return 1
	default:
		return 2
	}
}

// plain is a state in plain words, and what to do about it.
type plain struct {
	Label string
	Tone  tone
	Fix   string // empty where nothing is to be done
}

var linkWords = map[string]plain{
	"connecting": {Label: "Connecting", Tone: toneBusy},
	"away": {Label: "Away", Tone: toneWarn,
		Fix: "Is the machine switched on, and its cable plugged in at both ends? crema keeps trying. Cups made meanwhile are counted by the machine and read when it is back."},
	"wrong_model": {Label: "Wrong machine", Tone: toneBad,
		Fix: "Another machine answers than the one configured: change `version` of this backend, or plug in the right cable."},
	"login_refused": {Label: "Login refused", Tone: toneBad,
		Fix: "The machine does not accept the user or the password: correct `username` and `password_file` of this backend and restart crema. It tries rarely meanwhile, so that the machine does not lock itself."},
	"locked_out": {Label: "Locked out", Tone: toneBad,
		Fix: "After wrong passwords the machine takes no login for a while. Correct `username` and `password_file`; crema tries again by itself."},
}

// editWords are what to do about a machine whose backend was made here.
var editWords = map[string]string{
	"wrong_model":   "Another machine answers than the one that this backend is for: make it the other version under Edit, or plug in the right cable.",
	"login_refused": "The machine does not accept the user or the password: correct them under Edit. crema tries rarely meanwhile, so that the machine does not lock itself.",
	"locked_out":    "After wrong passwords the machine takes no login for a while. Correct the user and the password under Edit; crema tries again by itself.",
}

var doingWords = map[string]plain{
	"ready":    {Label: "Ready", Tone: toneGood},
	"brewing":  {Label: "Brewing", Tone: toneBusy},
	"heating":  {Label: "Heating up", Tone: toneBusy},
	"standby":  {Label: "On standby", Tone: toneQuiet},
	"cleaning": {Label: "Cleaning", Tone: toneBusy},
	"error":    {Label: "Fault", Tone: toneBad, Fix: "The machine makes no coffee until its fault is mended: see its alarms."},
}

// machineWords is how a backend is, as the page says it.
func machineWords(b Backend) plain {
	if b.State == "off" {
		return stateWords(b)
	}
	if b.Machine.State == "connected" {
		if p, known := doingWords[b.Machine.Doing]; known {
			return p
		}
		return plain{Label: "Connected", Tone: toneGood}
	}
	if p, known := linkWords[b.Machine.State]; known {
		if fix, own := editWords[b.Machine.State]; own && !b.FromFile {
			p.Fix = fix
		}
		return p
	}
	return plain{Label: "Unknown", Tone: toneQuiet}
}

var odooWords = map[string]plain{
	"up": {Label: "Connected", Tone: toneGood},
	"down": {Label: "Not reachable", Tone: toneQuiet,
		Fix: "Nothing is lost: cups are kept here and booked when Odoo answers again."},
	"refused": {Label: "Login refused", Tone: toneBad,
		Fix: "Odoo does not accept the key: make a new API key for crema's user in Odoo, put it in `api_key_file` and restart crema."},
	"unknown": {Label: "Not asked yet", Tone: toneQuiet},
}

var trustWords = map[string]plain{
	"trusted":   {Label: "Trusted", Tone: toneGood},
	"estimated": {Label: "Estimated", Tone: toneQuiet},
	"untrusted": {Label: "Not known yet", Tone: toneWarn,
		Fix: "Schedules wait until the board knows the time: connect it to the network (NTP or Odoo). Cups are read and booked all the same."},
}

var jobWords = map[string]plain{
	JobWaitDependencies: {Label: "After others", Tone: toneQuiet},
	JobPending:          {Label: "Waiting", Tone: toneQuiet},
	JobEnqueued:         {Label: "Next", Tone: toneQuiet},
	JobStarted:          {Label: "Running", Tone: toneBusy},
	JobDone:             {Label: "Done", Tone: toneGood},
	JobCancelled:        {Label: "Cancelled", Tone: toneQuiet},
	JobFailed:           {Label: "Failed", Tone: toneBad},
}

var checkpointWords = map[string]plain{
	CheckpointOpen:     {Label: "Open", Tone: toneWarn},
	CheckpointReviewed: {Label: "Reviewed", Tone: toneGood},
	CheckpointResolved: {Label: "Resolved", Tone: toneQuiet},
	CheckpointClosed:   {Label: "Closed", Tone: toneQuiet},
}

// reviewerWords say where something was reviewed by nobody knows whom.
var reviewerWords = map[string]string{"page": "Somebody on the page", "api": "A program, by the API"}

var cupWords = map[string]plain{
	CupSeen:      {Label: "to be booked", Tone: toneBusy},
	CupBooked:    {Label: "booked", Tone: toneGood},
	CupParked:    {Label: "parked", Tone: toneWarn},
	CupDismissed: {Label: "not booked", Tone: toneQuiet},
}

// reasonWords are the titles of checkpoints and parked cups, by reason. One that is
// not here is shown as it is.
var reasonWords = map[string]string{
	"file_refused":   "A file can’t be imported",
	"import_refused": "Records of a file were refused",
	"unbound":        "Nobody knows which drink this is",
	"jump":           "The counter jumped",
	"in_doubt":       "Cups in doubt",
	"refused":        "Odoo refuses it",
	"currency":       "Another currency",
	"tax":            "Taxes unclear",
	"time":           "Time not believable",

	"unbound_slot":      "A slot sells no drink of Odoo",
	"unknown_slot":      "A slot with an unknown name",
	"no_slot":           "No free slot for a drink",
	"bad_slot":          "A drink wants a slot that it can’t have",
	"slot_refused":      "The machine refuses a drink",
	"archived":          "A drink was archived",
	"price":             "A price that the machine can’t hold",
	"price_tax":         "A price that can’t be told",
	"disabled_at_panel": "Switched off at the machine’s panel",
	"first_sight":       "A machine seen for the first time",
	"machine_swapped":   "Another machine is connected",
	"counter_reset":     "The machine’s counters were reset",
	"counters_lost":     "Cups can’t be counted",
	"journal_gap":       "The machine’s journal has a gap",
	"journal_backwards": "The machine’s journal went back",
	"lost_card":         "Carried on after a lost card",
	"note":              "A note in Odoo can’t be read",
	"reconcile":         "The books don’t agree",
	"water":             "Water and cups don’t agree",
	"restarted":         "The machine was restarted by itself",
	"stock":             "The stock can’t be kept in Odoo",
	"stock_gap":         "What was used is not known",
	"stock_begins":      "The stock begins here",
	"session":           "The point of sale is in use",
	"session_closing":   "A session can’t be closed",
	"odoo":              "Odoo refuses",
	"odoo_key_ends":     "The API key of Odoo ends soon",
	"parked_job":        "A job was cut off again and again",
	"backend_left":      "Switched off with cups to book",
	"run_failed":        "What runs it fails again and again",
	"no_connector":      "Of a kind that this program does not know",
	"settings":          "Its settings can’t be used",
	"setting_shared":    "Shares what only one may have",
	"setting_taken":     "Switched off for a backend of the file",
	"listener_failed":   "An event led to nothing",
	"conflict":          "Changed on both sides",
	"conflict_settled":  "Changed on both sides, and settled",
	"restored":          "Carried on after a damaged store",
	"busy_drink":        "No coffee for a busy Odoo",
	"maintenance":       "Alarms can’t go up to Odoo",
	"store_full":        "There is no room left",
	"setup_refused":     "A new configuration was refused",
	"stuck":             "A part of crema stood still",

	"webhook_refused":     "The receiver refuses an event",
	"webhook_gone":        "Switched off: the receiver wants no more",
	"webhook_undelivered": "Events are not delivered",
	"webhook_missed":      "Events were left out",
}

// versionWords are the versions of a kind whose name says little to people. One that is not
// here is shown as it is.
var versionWords = map[string]string{"os": "in a directory", "sftp": "by SFTP"}

var flowWords = map[string]string{
	"catalogue": "Sync drinks", "cups": "Read cups", "sales": "Book sales", "clock": "Set clock", "reconcile": "Compare books",
	"stock": "Sync stock", "alarms": "Tell Odoo of alarms",
	"import": "Import new files", "export": "Export files",
}

// lastWords is what a flow did when it last succeeded.
var lastWords = map[string]string{
	"catalogue": "drinks synced", "cups": "cups read", "sales": "sales booked", "clock": "clock set",
	"stock": "stock synced", "alarms": "alarms told", "reconcile": "books compared",
}

// jobState is the state of a job as the page says it.
func jobState(j Job) plain {
	switch {
	case j.Skipped:
		return plain{Label: "Not needed", Tone: toneQuiet}
	case j.Stuck:
		return plain{Label: "Does not end", Tone: toneWarn}
	case j.Waiting:
		return plain{Label: "Waiting", Tone: toneQuiet}
	default:
		return wordsOf(jobWords, j.State)
	}
}

// wordsOf looks a state up; one that the page does not know is shown as it is.
func wordsOf(words map[string]plain, state string) plain {
	if p, known := words[state]; known {
		return p
	}
	return plain{Label: state, Tone: toneQuiet}
}
