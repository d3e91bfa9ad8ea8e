package tiles

import (
	"context"
	"encoding/json"
	"iter"

	"reli/analytics/cube"
	"reli/geo/tile"
	"reli/tiles/pmtiles"
)

// Export asks for an archive of all tiles of a Selection.
type Export struct {
	Layers    []Layer
	Selection cube.Selection
	MaxZoom   uint32
	Progress  func(done, total int) // tiles; may be nil
}

// Export writes a PMTiles archive to path, whole or not at all, of one data
// version: a map for places without a server.
func (s *Server) Export(ctx context.Context, e Export, path string) (pmtiles.Summary, error) {
	snap := s.store.Current()
	spec := s.TileJSON(e.Selection, e.Layers, "")
	metadata, err := json.Marshal(map[string]any{"name": spec.Name, "description": spec.Description, "type": "overlay",
		"vector_layers": spec.VectorLayers, "selection": e.Selection.Canonical(), "data_version": snap.Version,
		"data_date": snap.Catalogue.Last})
	if err != nil {
		return pmtiles.Summary{}, err
	}
	ids, err := s.candidates(ctx, snap, e)
	if err != nil {
		return pmtiles.Summary{}, err
	}
	info := pmtiles.Info{Bounds: frame(snap.Catalogue, e.Selection.Scope), Metadata: metadata}
	return pmtiles.Write(ctx, path, info, s.exported(ctx, snap, e, ids))
}

// candidates lists the tiles that may hold something, in archive order.
func (s *Server) candidates(ctx context.Context, snap *cube.Snapshot, e Export) ([]tile.ID, error) {
	seen := map[tile.ID]bool{}
	for zoom := range min(e.MaxZoom, MaxZoom) + 1 {
		for _, layer := range e.Layers {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if layer == LayerHex {
				hexes := s.hexes.at(zoom, snap.Cells(Resolution(zoom)))
				for key := range hexes.touching {
					seen[tile.ID{Z: zoom, X: uint32(key >> 32), Y: uint32(key)}] = true
				}
			} else if snap.Catalogue.Tree != nil {
				for _, id := range tile.Covering(snap.Catalogue.Bounds, int(zoom)) {
					seen[id] = true
				}
			}
		}
	}
	ids := make([]tile.ID, 0, len(seen))
	for id := range seen {
		ids = append(ids, id)
	}
	pmtiles.Sort(ids)
	return ids, nil
}

func (s *Server) exported(ctx context.Context, snap *cube.Snapshot, e Export, ids []tile.ID) iter.Seq2[pmtiles.Tile, error] {
	return func(yield func(pmtiles.Tile, error) bool) {
		for n, id := range ids {
			body, _, _, err := s.draw(ctx, snap, Request{Layers: e.Layers, Tile: id, Selection: e.Selection})
			if !yield(pmtiles.Tile{ID: id, Data: body}, err) || err != nil {
				return
			}
			if e.Progress != nil {
				e.Progress(n+1, len(ids))
			}
		}
	}
}
