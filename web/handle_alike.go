package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"

	"reli/analytics/cube"
	"reli/geo/area"
	"reli/schemas"
)

const (
	// leastAlike is the least incidents of a place whose mix is compared: below
	// it one report more or less changes every share by five points.
	leastAlike = 20
	mostAlike  = 20
)

type alikePlace struct {
	Key   string  `json:"key"`
	Zh    string  `json:"zh"`
	En    string  `json:"en"`
	Count int64   `json:"count"`
	Alike float64 `json:"alike"` // 0 to 1
}

// alikeBreakdown tells which places of an area's level have most nearly its
// mix of categories: the share of incidents that two mixes have in common, the
// sum over the categories of the lesser of the two shares.
func (s *Server) alikeBreakdown(w http.ResponseWriter, r *http.Request, sel cube.Selection, text string) error {
	most, err := strconv.Atoi(text)
	if err != nil || most < 1 || most > mostAlike {
		return schemas.BadParameter("alike", "must be a number of places, 1 to %d", mostAlike)
	}
	snap := s.opt.Store.Current()
	if sel.Area == "" || snap.Catalogue.Tree == nil {
		return schemas.BadParameter("area", "alike compares an area with those of its level")
	}
	place, _ := snap.Catalogue.Tree.Get(sel.Area)
	by := cube.Dimension(place.Level.String())
	mixes, err := s.mixes(r, snap, sel, by)
	if err != nil {
		return err
	}
	return s.writeJSON(w, r, map[string]any{"by": by, "area": place.Code, "least": leastAlike,
		"places": mostLike(mixes, snap.Catalogue.Tree, place.Code, most), "data_version": snap.Version})
}

// mixes counts the incidents of each place by category, in the catalogue's order.
func (s *Server) mixes(r *http.Request, snap *cube.Snapshot, sel cube.Selection, by cube.Dimension) (map[string][]int64, error) {
	codes := sel.Categories
	if len(codes) == 0 {
		for _, c := range snap.Catalogue.Categories {
			codes = append(codes, c.Code)
		}
	}
	sel.Area, sel.Measure = "", cube.MeasureCount
	out := map[string][]int64{}
	for i, code := range codes {
		sel.Categories = []string{code}
		tallies, _, err := s.opt.Store.Tallies(r.Context(), snap, cube.Query{Selection: sel, By: by})
		if err != nil {
			return nil, err
		}
		for _, t := range tallies {
			if out[t.Key] == nil {
				out[t.Key] = make([]int64, len(codes))
			}
			out[t.Key][i] = t.Count
		}
	}
	return out, nil
}

// mostLike gives the places most like one, the most alike first; none where
// there are too few incidents or one category alone.
func mostLike(mixes map[string][]int64, tree *area.Tree, code string, most int) []alikePlace {
	places := []alikePlace{}
	own := mixes[code]
	if len(own) < 2 || sumOf(own) < leastAlike {
		return places
	}
	for key, mix := range mixes {
		n := sumOf(mix)
		if key == "" || key == code || n < leastAlike {
			continue
		}
		a, _ := tree.Get(key)
		places = append(places, alikePlace{key, a.Name, a.Name, n, inCommon(own, mix)})
	}
	slices.SortFunc(places, func(a, b alikePlace) int {
		return cmp.Or(cmp.Compare(b.Alike, a.Alike), cmp.Compare(a.Key, b.Key))
	})
	return places[:min(most, len(places))]
}

// inCommon is the sum of the lesser of each two shares: 1 for equal mixes, 0
// for mixes without a category in common.
func inCommon(a, b []int64) float64 {
	na, nb, sum := float64(sumOf(a)), float64(sumOf(b)), 0.0
	for i := range a {
		sum += min(float64(a[i])/na, float64(b[i])/nb)
	}
	return sum
}

func sumOf(mix []int64) (n int64) {
	for _, c := range mix {
		n += c
	}
	return n
}
