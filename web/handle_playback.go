package web

import (
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"reli/analytics/cube"
	"reli/schemas"
	"reli/tiles"
)

// playback gives all steps of a window at once.
func (s *Server) playback(w http.ResponseWriter, r *http.Request) error {
	sel, q, err := s.selection(r, "step", "z", "v")
	if err != nil {
		return err
	}
	layers, err := tiles.ParseLayers(chi.URLParam(r, "layer"))
	if err != nil || len(layers) != 1 {
		return notFound("want /v1/playback/{layer} with one layer")
	}
	step := cube.Step(q.Get("step"))
	if step == "" {
		step = cube.StepWeek
	}
	if !step.Valid() {
		return schemas.BadParameter("step", "want day, week or month")
	}
	zoom, err := zoomOf(q.Get("z"))
	if err != nil {
		return err
	}
	answer, err := s.opt.Tiles.Playback(r.Context(), sel, layers[0], zoom, step)
	if err != nil {
		return err
	}
	return s.writeJSON(w, r, answer)
}

// defaultZoom is the zoom of a request that names none: a county on a screen.
const defaultZoom = 9

func zoomOf(text string) (uint32, error) {
	if text == "" {
		return defaultZoom, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < tiles.MinZoom || n > 22 {
		return 0, schemas.BadParameter("z", "want a zoom from 0 to 22")
	}
	return uint32(n), nil
}
