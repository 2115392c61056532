package web

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"strings"
)

//go:embed page/*.html
var pageFiles embed.FS

// page is the templates; what goes in is a view, a Problem or a message.
type page struct{ all *template.Template }

func newPage(a *assets) *page {
	all := template.New("").Funcs(template.FuncMap{"asset": a.url, "prose": prose, "sentence": sentence})
	return &page{all: template.Must(all.ParseFS(pageFiles, "page/*.html"))}
}

func (p *page) login(w http.ResponseWriter, status int, message string) {
	// The form is drawn from constants and one text: what can fail is the reader.
	_ = p.draw(w, status, "login", struct{ Message string }{message})
}

func (p *page) problem(w http.ResponseWriter, problem *Problem) error {
	return p.draw(w, problem.Status, "problem", problem)
}

// draw draws into memory first, so that a failure is an error page and not half a page.
func (p *page) draw(w http.ResponseWriter, status int, name string, data any) error {
	var out bytes.Buffer
	if err := p.all.ExecuteTemplate(&out, name, data); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = out.WriteTo(w) // the reader may have gone
	return nil
}

// prose is a text for the page; what stands between `backticks` is code.
func prose(text string) template.HTML {
	parts := strings.Split(text, "`")
	var out strings.Builder
	for i, part := range parts {
		safe := template.HTMLEscapeString(part)
		switch {
		case i%2 == 0:
			out.WriteString(safe)
		case i == len(parts)-1: // no second one: it is only a character
			out.WriteString("`" + safe)
		default:
			out.WriteString("<code>" + safe + "</code>")
		}
	}
	return template.HTML(out.String()) // every part is escaped above
}
