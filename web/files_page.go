package web

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
)

// errNoFile is a form that was sent without one.
var errNoFile = errors.New("the form has no file")

// filesOnPage is how many imports, and exports, the page shows: the newest.
const filesOnPage = 20

// filesView is the page of files.
type filesView struct {
	frame
	Now     moment
	Tables  []tableView
	Imports []fileView
	Exports []fileView
}

// tableView is a table, and its forms.
type tableView struct {
	Table
	Shown []Column // in exports only
}

// fileView is an import or an export, and how far it is.
type fileView struct {
	ID, Kind, Title, Text string
	URL                   string // of its file; empty where there is none
	Link                  string // what that is called
	Job                   string
	Percent               int // while it goes on
	Busy                  bool
	State                 plain
	When                  moment
	Buttons               []button
}

var fileWords = map[string]plain{
	FileReceiving: {Label: "Receiving", Tone: toneBusy},
	FileRunning:   {Label: "Running", Tone: toneBusy},
	FileDone:      {Label: "Done", Tone: toneGood},
	FileFailed:    {Label: "Failed", Tone: toneBad},
	FileCancelled: {Label: "Cancelled", Tone: toneQuiet},
}

func (s *Server) filesViewOf(r *http.Request) (v filesView, err error) {
	if _, err := queryOf(r); err != nil {
		return v, err
	}
	status, err := s.deps.Status(r.Context())
	if err != nil {
		return v, err
	}
	c := clock{now: status.Time.Time, place: s.config.Location}
	v = filesView{frame: s.frameOf(r, status), Now: c.moment(status.Time, c.now.In(c.place).Format("Mon 2 Jan 15:04"))}
	for _, t := range s.deps.Files.Tables() {
		v.Tables = append(v.Tables, tableViewOf(t))
	}
	all := Paging{Limit: maxLimit} // what is old is removed: there are few
	imports, err := s.deps.Files.Imports(r.Context(), all)
	if err != nil {
		return v, err
	}
	exports, err := s.deps.Files.Exports(r.Context(), all)
	for _, i := range newestFirst(imports.Items) {
		v.Imports = append(v.Imports, importViewOf(i, c))
	}
	for _, e := range newestFirst(exports.Items) {
		v.Exports = append(v.Exports, exportViewOf(e, c))
	}
	return v, err
}

func newestFirst[T any](list []T) []T {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list[:min(len(list), filesOnPage)]
}

func tableViewOf(t Table) tableView {
	v := tableView{Table: t}
	v.Columns = nil
	for _, c := range t.Columns {
		if c.Shown {
			v.Shown = append(v.Shown, c)
		} else {
			v.Columns = append(v.Columns, c)
		}
	}
	return v
}

// example is a file that an import takes: the columns, and a record of their examples.
func (t Table) example() string {
	var names, cells []string
	for _, c := range t.Columns {
		if !c.Shown {
			names, cells = append(names, c.Name), append(cells, c.Example)
		}
	}
	return strings.Join(names, ",") + "\r\n" + strings.Join(cells, ",") + "\r\n"
}

func importViewOf(i Import, c clock) fileView {
	id := string(i.ID)
	v := fileView{ID: id, Kind: "import", Title: i.Name + " into " + i.Table, Job: string(i.Job), State: wordsOf(fileWords, i.State), When: c.ago(i.Created), Busy: !i.Over()}
	var parts []string
	for _, p := range []struct {
		n    int
		text string
	}{{i.Changed, "imported"}, {i.Unchanged, "unchanged"}, {i.Refused, "refused"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.text))
		}
	}
	if left := i.Records - i.Done; left > 0 && i.State != FileReceiving {
		parts = append(parts, fmt.Sprintf("%d to go", left))
		if i.Over() {
			parts[len(parts)-1] = fmt.Sprintf("%d not looked at", left)
		}
	}
	v.Text = counted(i.Records, "record", "records") + ": " + strings.Join(parts, ", ")
	if i.Records > 0 {
		v.Percent = 100 * i.Done / i.Records
	}
	if i.Refused > 0 {
		if i.State == FileDone {
			v.State.Tone = toneWarn // somebody has to look at it
		}
		v.URL, v.Link = "/files/imports/"+id+"/refused", "Refused records"
	}
	if i.State == FileRunning {
		v.Buttons = []button{{Path: "/do/files/imports/" + id + "/cancel", Label: "Cancel", About: "Cancel the import of " + i.Name}}
	}
	return v
}

func exportViewOf(e Export, c clock) fileView {
	id := string(e.ID)
	v := fileView{ID: id, Kind: "export", Title: e.Name, Job: string(e.Job), State: wordsOf(fileWords, e.State), When: c.ago(e.Created), Text: e.Error}
	var filter []string
	for _, name := range slices.Sorted(maps.Keys(e.Filter)) {
		filter = append(filter, name+" "+e.Filter[name])
	}
	if len(filter) > 0 {
		v.Title += ", " + strings.Join(filter, ", ")
	}
	if e.State == FileDone {
		v.Text = counted(e.Records, "record", "records") + ", " + byteSize(e.Bytes)
		v.URL, v.Link = "/files/exports/"+id, "Download"
	}
	return v
}

// postFile takes a file from the page's form: first its table, then the file.
func (s *Server) postFile(r *http.Request) (*notice, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, Invalid("the form can't be read: "+err.Error(), "try again")
	}
	table := param(r, "table")
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, Invalid(errNoFile.Error(), "choose one, then press Import")
		}
		if err != nil {
			return nil, Invalid("the form can't be read: "+err.Error(), "try again")
		}
		if part.FormName() != "file" {
			continue
		}
		return s.takePart(r, table, part)
	}
}

func (s *Server) takePart(r *http.Request, table string, part *multipart.Part) (*notice, error) {
	if part.FileName() == "" {
		return nil, Invalid(errNoFile.Error(), "choose one, then press Import")
	}
	i, err := s.deps.Files.Import(r.Context(), table, part.FileName(), part)
	if err != nil {
		return nil, err
	}
	return &notice{Title: "Import of " + i.Name, Text: "It has come whole, and its " + counted(i.Records, "record is", "records are") + " imported.", Tone: toneBusy, Job: string(i.Job)}, nil
}

// received is do for a file that may take its time to come.
func (s *Server) received(w http.ResponseWriter, r *http.Request) {
	receiveTime(w)
	n, err := s.postFile(r)
	s.acted(w, r, n, err)
}

func (s *Server) doExport(r *http.Request) (*notice, error) {
	t, err := s.tableOf(param(r, "table"))
	if err != nil {
		return nil, err
	}
	filter := map[string]string{}
	for _, f := range t.Filters {
		value, err := formValue(r, f.Name)
		if err != nil {
			return nil, err
		}
		if value != "" {
			filter[f.Name] = value
		}
	}
	e, err := s.deps.Files.Export(r.Context(), t.Name, filter)
	if err != nil {
		return nil, err
	}
	return &notice{Title: "Export of " + t.Name, Text: "Started. The file is below when it is written.", Tone: toneBusy, Job: string(e.Job)}, nil
}

func (s *Server) doCancelImport(r *http.Request) (*notice, error) {
	if err := s.deps.Files.Cancel(r.Context(), param(r, "id")); err != nil {
		return nil, err
	}
	return &notice{Title: "Import " + param(r, "id"), Text: "Cancelled. What was imported stays.", Tone: toneGood}, nil
}

// file makes a handler of a page's file: what goes wrong is a page.
func (s *Server) file(send func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := send(w, r); err != nil {
			s.fail(w, r, s.asProblem(r, err))
		}
	}
}
