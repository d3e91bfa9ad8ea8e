package web

import (
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// fontsPage is the one name of the fonts' style sheet that does not change with
// its content: pages that are made here, to be printed, link it.
const fontsPage = "fonts.css"

// fontsFile finds the style sheet under its name of this build; its own
// where there is none, which is no file.
func (s *Server) fontsFile() string {
	names, err := fs.Glob(s.opt.Pages, "assets/fonts-*.css")
	if err != nil || len(names) == 0 {
		return fontsPage
	}
	return names[0]
}

// printPolicy is the content policy of a page to be printed, which has its
// style inside, so that it can be kept as one file; the fonts are this server's.
func printPolicy(styleHash string) string {
	return "default-src 'none'; style-src 'self' " + styleHash + "; font-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
}

// pages serves the built front end. Files under assets/ carry a hash in their
// name and never change; the pages themselves are asked for each time.
func (s *Server) pages(w http.ResponseWriter, r *http.Request) error {
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	fixed := strings.HasPrefix(name, "assets/")
	switch {
	case name == "":
		name = "index.html"
	case name == fontsPage:
		name = s.fontsFile()
	case path.Ext(name) == "": // /wall is wall.html
		name += ".html"
	}
	info, err := fs.Stat(s.opt.Pages, name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) || (err == nil && info.IsDir()) {
		return notFound("no such page")
	}
	if err != nil {
		return err
	}
	if fixed {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		w.Header().Set("Cache-Control", "no-cache")
	}
	// ServeFileFS redirects index.html to its directory; content goes out as is.
	file, err := s.opt.Pages.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	seeker, ok := file.(interface {
		fs.File
		Seek(offset int64, whence int) (int64, error)
	})
	if !ok {
		return errors.New("the embedded pages cannot seek")
	}
	http.ServeContent(w, r, name, info.ModTime(), seeker)
	return nil
}
