package tiles

import "context"

// Warm prepares the geometry of every zoom of the newest data version, so
// that no client waits for it. The zooms that a map of a county opens with
// come first. It ends with ctx, at the next zoom.
func (s *Server) Warm(ctx context.Context) error {
	snap := s.store.Current()
	for _, zoom := range [MaxZoom + 1]uint32{8, 9, 10, 7, 11, 12, 13, 6, 5, 14, 4, 3, 2, 1, 0} {
		if err := ctx.Err(); err != nil {
			return err
		}
		s.hexes.at(zoom, snap.Cells(Resolution(zoom)))
		if snap.Catalogue.Tree == nil {
			continue
		}
		set, err := s.areas.at(snap.Catalogue.Tree)
		if err != nil {
			return err
		}
		for _, layer := range set.shapes {
			layer.Zoom(int(zoom))
		}
	}
	return nil
}
