package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"reli/analytics/cube"
	"reli/geo/tile"
	"reli/schemas"
	"reli/tiles"
	"reli/web/access"
)

// Cache lifetimes in seconds. An address with the data version in it never
// changes its meaning; without it a closed window rarely does, an open one
// does with every new record.
const (
	maxAgeVersioned = 31_536_000
	maxAgeClosed    = 300
	maxAgeOpen      = 5
)

// selection reads the Selection of a request; extra names the parameters that
// the endpoint takes besides.
func (s *Server) selection(r *http.Request, extra ...string) (cube.Selection, url.Values, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return cube.Selection{}, nil, schemas.BadParameter("query", "the query string is malformed")
	}
	if err := onlyParameters(q, append(cube.Parameters(), extra...)...); err != nil {
		return cube.Selection{}, nil, err
	}
	sel, err := cube.ParseSelection(q, s.opt.Store.Current().Catalogue, s.opt.Store.Today())
	if err == nil {
		sel, err = s.scoped(r, sel)
	}
	if err == nil {
		traceOf(r).shows(r, sel, q, extra)
	}
	return sel, q, err
}

func clip(text string) string {
	const most = 40
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}

func (s *Server) tile(w http.ResponseWriter, r *http.Request) error {
	started := s.opt.Now()
	layers, err := tiles.ParseLayers(chi.URLParam(r, "layers"))
	if err != nil {
		return err
	}
	id, err := tileID(chi.URLParam(r, "z"), chi.URLParam(r, "x"), chi.URLParam(r, "tile"))
	if err != nil {
		return err
	}
	version, today := s.opt.Store.Current().Version, s.opt.Store.Today()
	sel, q, err := s.selection(r, "v")
	if err != nil {
		return err
	}
	request := tiles.Request{Layers: layers, Tile: id, Selection: sel, Encoding: acceptedEncoding(r.Header.Get("Accept-Encoding"))}
	answer, hit, err := s.opt.Tiles.Tile(r.Context(), request)
	if err != nil {
		return err
	}
	ready := readyTileOf(request.Key(answer.DataVersion), answer, request.Encoding, s.cacheControl(sel, q.Get("v"), answer.DataVersion))
	ready.object = traceOf(r).object
	// The address was read with the codes of one version and for one day.
	if k, ok := readyKeyOf(r, access.From(r.Context())); ok && answer.DataVersion == version && s.opt.Store.Today() == today {
		s.readyTiles.put(k, version, today, ready)
	}
	h := w.Header()
	h.Add("Vary", "Accept-Encoding")
	noDocument(h)
	s.writeTile(w, r, answer, ready, hit, started)
	return nil
}

// tileID reads z, x and y.mvt of a vector tile.
func tileID(z, x, last string) (tile.ID, error) {
	y, ok := strings.CutSuffix(last, ".mvt")
	if !ok {
		return tile.ID{}, badTile("want /{z}/{x}/{y}.mvt")
	}
	id, err := rasterID(z, x, y)
	if err == nil && id.Z > tiles.MaxZoom {
		return tile.ID{}, badTile(fmt.Sprintf("tiles are made up to zoom %d; the client overzooms", tiles.MaxZoom))
	}
	return id, err
}

// rasterID reads z, x and y.
func rasterID(z, x, y string) (tile.ID, error) {
	numbers := [3]int{}
	for i, text := range []string{z, x, y} {
		n, err := strconv.Atoi(text)
		if err != nil || strconv.Itoa(n) != text { // one tile has one address: no 07, no +7
			return tile.ID{}, badTile("want z, x and y in whole numbers")
		}
		numbers[i] = n
	}
	id, err := tile.New(numbers[0], numbers[1], numbers[2])
	if err != nil {
		return tile.ID{}, badTile(err.Error())
	}
	return id, nil
}

func badTile(detail string) error {
	return &schemas.Problem{Code: schemas.CodeBadTile, Status: http.StatusNotFound, Detail: detail}
}

// cacheControl lets an address with the data version that answered be kept for
// good and lets the others be asked for again soon.
func (s *Server) cacheControl(sel cube.Selection, version string, answered uint64) string {
	if sel.Measure == cube.MeasureLevel {
		return fmt.Sprintf("private, max-age=%d", maxAgeOpen) // levels change within a data version
	}
	if version == strconv.FormatUint(answered, 10) {
		return fmt.Sprintf("private, max-age=%d, immutable", maxAgeVersioned)
	}
	if sel.Closed(s.opt.Store.Today()) {
		return fmt.Sprintf("private, max-age=%d", maxAgeClosed)
	}
	return fmt.Sprintf("private, max-age=%d", maxAgeOpen)
}

// matches compares an If-None-Match header with a tag.
func matches(header, tag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		part = strings.TrimPrefix(strings.TrimSpace(part), "W/")
		if part == tag || part == "*" {
			return true
		}
	}
	return false
}

func (s *Server) tileJSON(w http.ResponseWriter, r *http.Request) error {
	name, ok := strings.CutSuffix(chi.URLParam(r, "document"), ".json")
	if !ok {
		return notFound("want /v1/tiles/{layer}.json")
	}
	layers, err := tiles.ParseLayers(name)
	if err != nil {
		return err
	}
	sel, _, err := s.selection(r)
	if err != nil {
		return err
	}
	return s.writeJSON(w, r, s.opt.Tiles.TileJSON(sel, layers, baseURL(r)))
}

func (s *Server) style(w http.ResponseWriter, r *http.Request) error {
	name, ok := strings.CutSuffix(chi.URLParam(r, "document"), ".json")
	layers, err := tiles.ParseLayers(name)
	if err != nil || !ok || len(layers) != 1 {
		return notFound("want /v1/styles/{layer}.json with one layer")
	}
	sel, q, err := s.selection(r, "theme")
	if err != nil {
		return err
	}
	theme := q.Get("theme")
	if theme == "" {
		theme = "dark"
	}
	style, err := s.opt.Tiles.Style(r.Context(), sel, layers[0], theme, baseURL(r))
	if err != nil {
		return err
	}
	return s.writeJSON(w, r, style)
}

func (s *Server) legend(w http.ResponseWriter, r *http.Request) error {
	sel, q, err := s.selection(r, "layer", "z", "breaks", "v")
	if err != nil {
		return err
	}
	layers, err := tiles.ParseLayers(q.Get("layer"))
	if err != nil || len(layers) != 1 {
		return schemas.BadParameter("layer", "want one of hex, grid, village, township, county")
	}
	zoom, err := zoomOf(q.Get("z"))
	if err != nil {
		return err
	}
	scheme, err := tiles.ParseScheme(q.Get("breaks"))
	if err != nil {
		return err
	}
	legend, err := s.opt.Tiles.Legend(r.Context(), sel, layers[0], zoom, scheme)
	if err != nil {
		return err
	}
	return s.writeJSON(w, r, legend)
}

// baseURL is this server's address as the client sees it.
func baseURL(r *http.Request) string {
	scheme := "http"
	if clientOf(r).secure {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// writeJSON writes an answer with its tag, and 304 where the client has it. The
// tag is weak: the same one stands for the compressed answer.
func (s *Server) writeJSON(w http.ResponseWriter, r *http.Request, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	tag := tiles.ETag(body)
	h := w.Header()
	h.Set("ETag", "W/"+tag)
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Content-Type", "application/json")
	s.markStale(h)
	if matches(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	_, err = w.Write(body)
	return clientGone(err)
}

// clientGone drops the error of writing to a client that left: there is
// nobody to tell.
func clientGone(error) error { return nil }
