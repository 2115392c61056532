package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"time"

	"github.com/go-chi/chi/v5"
)

//go:embed assets/*
var assetFiles embed.FS

// assets is the style, script and pictures, each under a URL that changes with its
// content: browsers keep them for good and never have an old one.
type assets struct{ by map[string]asset }

type asset struct {
	content []byte
	hash    string
	kind    string
}

// newAssets reads what is built in; that can't fail.
func newAssets() *assets {
	a := &assets{by: make(map[string]asset)}
	files, err := fs.Glob(assetFiles, "assets/*")
	if err != nil {
		panic("BUG: " + err.Error())
	}
	for _, file := range files {
		content, err := assetFiles.ReadFile(file)
		if err != nil {
			panic("BUG: " + err.Error())
		}
		sum := sha256.Sum256(content)
		a.by[path.Base(file)] = asset{content: content, hash: hex.EncodeToString(sum[:8]), kind: kindOf(file)}
	}
	return a
}

// kindOf does not ask the system's table, which differs from board to board.
func kindOf(file string) string {
	switch path.Ext(file) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	default:
		return mime.TypeByExtension(path.Ext(file))
	}
}

// url is where an asset is found; for the templates.
func (a *assets) url(name string) string { return "/assets/" + name + "?v=" + a.by[name].hash }

func (s *Server) asset(w http.ResponseWriter, r *http.Request) {
	name := chi.URLParam(r, "file")
	found, ok := s.assets.by[name]
	if !ok {
		s.notFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", found.kind)
	h.Set("ETag", `"`+found.hash+`"`)
	h.Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("v") == found.hash {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(found.content))
}
