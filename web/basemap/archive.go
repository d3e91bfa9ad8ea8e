package basemap

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"reli/geo/tile"
	"reli/schemas"
	"reli/tiles/pmtiles"
)

// archiveEnding tells an archive from a template.
const archiveEnding = ".pmtiles"

// archive is a PMTiles archive of raster tiles.
type archive struct {
	file *os.File
	tile func(tile.ID) ([]byte, string, error)
}

func openArchive(path string) (*archive, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, schemas.BadParameter("basemap", "the archive cannot be opened: %s", withoutPath(err))
	}
	a, err := readArchive(file)
	if err != nil {
		return nil, errors.Join(schemas.BadParameter("basemap", "the archive cannot be used: %s", err), file.Close())
	}
	return a, nil
}

func readArchive(file *os.File) (*archive, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, withoutPath(err)
	}
	tiles, err := pmtiles.Open(file, info.Size())
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(tiles.ContentType(), "image/") {
		return nil, fmt.Errorf("its tiles are %s, and a base map is made of pictures", tiles.ContentType())
	}
	return &archive{file: file, tile: func(id tile.ID) ([]byte, string, error) {
		body, ok, err := tiles.Tile(id)
		switch {
		case err != nil:
			return nil, "", away(err)
		case !ok:
			return nil, "", missing()
		}
		return body, tiles.ContentType(), nil
	}}, nil
}

// withoutPath leaves out where the file is.
func withoutPath(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
