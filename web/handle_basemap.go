package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"reli/web/basemap"
)

// BaseMap is what lies under the map, and what has to stand in its corner.
type BaseMap struct {
	Layers   []*basemap.Source // lowest first
	Credit   string            // whose map it is
	Approval string            // 审图号
	Date     string            // of the map's data
}

// Close closes the layers' archives.
func (m BaseMap) Close() error {
	var errs []error
	for _, layer := range m.Layers {
		errs = append(errs, layer.Close())
	}
	return errors.Join(errs...)
}

// baseMapAge is how long a browser keeps a raster tile.
const baseMapAge = "private, max-age=86400"

// baseMap says what lies under the map: addresses on this server, never those
// of the map's own server.
func (s *Server) baseMap(w http.ResponseWriter, r *http.Request) error {
	if err := onlyParameters(r.URL.Query(), "v"); err != nil {
		return err
	}
	addresses := []string{}
	for i := range s.opt.BaseMap.Layers {
		addresses = append(addresses, "/v1/basemap/"+strconv.Itoa(i)+"/{z}/{x}/{y}")
	}
	return s.writeJSON(w, r, map[string]any{"tiles": addresses, "credit": s.opt.BaseMap.Credit,
		"approval": s.opt.BaseMap.Approval, "date": s.opt.BaseMap.Date})
}

func (s *Server) baseMapTile(w http.ResponseWriter, r *http.Request) error {
	n, err := strconv.Atoi(chi.URLParam(r, "layer"))
	if err != nil || n < 0 || n >= len(s.opt.BaseMap.Layers) {
		return notFound("the base map has no such layer")
	}
	id, err := rasterID(chi.URLParam(r, "z"), chi.URLParam(r, "x"), chi.URLParam(r, "y"))
	if err != nil {
		return err
	}
	body, kind, err := s.opt.BaseMap.Layers[n].Tile(r.Context(), id)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", strings.TrimSpace(kind))
	h.Set("Cache-Control", baseMapAge)
	_, err = w.Write(body)
	return clientGone(err)
}
