package web

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"
)

// A file may come, and go, over a slow line.
const fileTimeout = 10 * time.Minute

func (s *Server) listTables(w http.ResponseWriter, r *http.Request) error {
	if _, err := queryOf(r); err != nil {
		return err
	}
	return list(w, Page[Table]{Items: s.deps.Files.Tables()}, nil)
}

func (s *Server) listImports(w http.ResponseWriter, r *http.Request) error {
	return listFiles(w, r, s.deps.Files.Imports)
}

func (s *Server) listExports(w http.ResponseWriter, r *http.Request) error {
	return listFiles(w, r, s.deps.Files.Exports)
}

func listFiles[T any](w http.ResponseWriter, r *http.Request, from func(context.Context, Paging) (Page[T], error)) error {
	q, err := queryOf(r, "limit", "after")
	if err != nil {
		return err
	}
	p, err := pagingOf(q)
	if err != nil {
		return err
	}
	page, err := from(r.Context(), p)
	return list(w, page, err)
}

// importFile takes the file that is the body.
func (s *Server) importFile(w http.ResponseWriter, r *http.Request) error {
	q, err := queryOf(r, "table", "name")
	if err != nil {
		return err
	}
	if q.Get("table") == "" {
		return Invalid("the table is missing", "give ?table=, one of GET tables")
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "text/csv" {
		return problem(http.StatusUnsupportedMediaType, "media-type", "Not CSV",
			"the body is "+strconv.Quote(r.Header.Get("Content-Type")), "send the file with Content-Type: text/csv")
	}
	receiveTime(w)
	i, err := s.deps.Files.Import(r.Context(), q.Get("table"), firstOf(q.Get("name"), "file"), r.Body)
	if err != nil {
		return err
	}
	return respond(w, http.StatusAccepted, i)
}

// receiveTime lets the body of this request, and the answer, take their time.
func receiveTime(w http.ResponseWriter) {
	// An error means a server without deadlines, as in tests: nothing to extend.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(fileTimeout))
	takeTime(w, fileTimeout+writeTimeout)
}

func (s *Server) getImport(w http.ResponseWriter, r *http.Request) error {
	return oneFile(w, r, s.deps.Files.GetImport)
}

func (s *Server) getExport(w http.ResponseWriter, r *http.Request) error {
	return oneFile(w, r, s.deps.Files.GetExport)
}

func oneFile[T any](w http.ResponseWriter, r *http.Request, get func(context.Context, string) (T, error)) error {
	if _, err := queryOf(r); err != nil {
		return err
	}
	v, err := get(r.Context(), param(r, "id"))
	if err != nil {
		return err
	}
	return respond(w, http.StatusOK, v)
}

func (s *Server) cancelImport(w http.ResponseWriter, r *http.Request) error {
	if err := noBody(w, r); err != nil {
		return err
	}
	if err := s.deps.Files.Cancel(r.Context(), param(r, "id")); err != nil {
		return err
	}
	return oneFile(w, r, s.deps.Files.GetImport)
}

func (s *Server) exportTable(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Table  string            `json:"table"`
		Filter map[string]string `json:"filter"`
	}
	if err := bodyOf(w, r, &body); err != nil {
		return err
	}
	if body.Table == "" {
		return Invalid(`"table" is missing`, "send one of GET tables")
	}
	e, err := s.deps.Files.Export(r.Context(), body.Table, body.Filter)
	if err != nil {
		return err
	}
	return respond(w, http.StatusAccepted, e)
}

// refusedFile sends the refused records of an import.
func (s *Server) refusedFile(w http.ResponseWriter, r *http.Request) error {
	if _, err := queryOf(r); err != nil {
		return err
	}
	id := param(r, "id")
	i, err := s.deps.Files.GetImport(r.Context(), id)
	if err != nil {
		return err
	}
	return s.sendFile(w, r, fmt.Sprintf("refused-%s-%s.csv", i.Table, id), func(to io.Writer) error { return s.deps.Files.Refused(r.Context(), id, to) })
}

// exportedFile sends what an export has written.
func (s *Server) exportedFile(w http.ResponseWriter, r *http.Request) error {
	if _, err := queryOf(r); err != nil {
		return err
	}
	file, e, err := s.deps.Files.Open(r.Context(), param(r, "id"))
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // it was only read
	return s.sendFile(w, r, e.Name, func(to io.Writer) error {
		_, err := io.Copy(to, file)
		return err
	})
}

// exampleFile sends a file of one record that an import of the table would take.
func (s *Server) exampleFile(w http.ResponseWriter, r *http.Request) error {
	t, err := s.tableOf(param(r, "table"))
	if err != nil {
		return err
	}
	return s.sendFile(w, r, t.Name+".csv", func(to io.Writer) error {
		_, err := io.WriteString(to, t.example())
		return err
	})
}

// sendFile sends a CSV file. One that fails on the way is cut off, so that no reader takes
// it for whole.
func (s *Server) sendFile(w http.ResponseWriter, r *http.Request, name string, fill func(io.Writer) error) error {
	takeTime(w, fileTimeout)
	stream := &fileStream{w: w, name: name}
	err := fill(stream)
	if err == nil || !stream.begun {
		return err
	}
	if r.Context().Err() == nil {
		s.log.Error("file cut off", "name", name, "err", err)
	}
	panic(http.ErrAbortHandler)
}

// fileStream sends the headers with the first bytes only: an error before them is still
// answered as a problem.
type fileStream struct {
	w     http.ResponseWriter
	name  string
	begun bool
}

func (f *fileStream) Write(p []byte) (int, error) {
	if !f.begun {
		f.begun = true
		f.w.Header().Set("Content-Type", "text/csv; charset=utf-8; header=present")
		f.w.Header().Set("Content-Disposition", `attachment; filename="`+f.name+`"`)
	}
	return f.w.Write(p)
}

// tableOf is a table by name.
func (s *Server) tableOf(name string) (Table, error) {
	for _, t := range s.deps.Files.Tables() {
		if t.Name == name {
			return t, nil
		}
	}
	return Table{}, NotFound("table", name, "see GET tables")
}
