// Package basemap fetches the raster tiles that a county lays under its map:
// from a WMTS or XYZ server inside its network, from a PMTiles archive, or from
// a folder. The address
// with its key stays here: no answer, no error and no redirect carries it.
//
// Without a configured base map nothing is ever asked for. It draws nothing
// and caches nothing; only package web may call it.
package basemap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"reli/geo/tile"
	"reli/schemas"
)

// Limits of a fetch.
const (
	fetchTimeout = 10 * time.Second
	// maxTile bounds a raster tile; 512-pixel PNGs are below half of it.
	maxTile = 2 << 20
	// levels is the number of subdomains that {s} runs over, t0 to t7.
	levels = 8
)

// Source is one layer of raster tiles.
type Source struct {
	template string
	client   *http.Client
	archive  *archive // instead of both
}

// New reads a template: http(s)://… or a path of a folder, with {z}, {x}, {y}
// and, where the server has subdomains 0 to 7, {s}; or the path of an archive,
// which ends in .pmtiles and is open until Close. A Tianditu-like WMTS is
// http://t{s}.example/vec_w/wmts?…&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=KEY.
func New(template string) (*Source, error) {
	if strings.HasSuffix(template, archiveEnding) {
		a, err := openArchive(template)
		return &Source{archive: a}, err
	}
	for _, want := range []string{"{z}", "{x}", "{y}"} {
		if !strings.Contains(template, want) {
			return nil, schemas.BadParameter("basemap", "the template lacks %s", want)
		}
	}
	if u, err := url.Parse(strings.NewReplacer("{", "", "}", "").Replace(template)); err != nil ||
		(u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https") {
		return nil, schemas.BadParameter("basemap", "want http(s)://… or a path")
	}
	return &Source{template: template, client: &http.Client{Timeout: fetchTimeout,
		// A redirect could lead out of the network and would show the key there.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, nil
}

// Tile fetches one tile: its bytes and its content type. The errors are
// *schemas.Problem without a word of the address.
func (s *Source) Tile(ctx context.Context, id tile.ID) (body []byte, contentType string, err error) {
	if s.archive != nil {
		return s.archive.tile(id)
	}
	address := strings.NewReplacer("{z}", strconv.Itoa(int(id.Z)), "{x}", strconv.Itoa(int(id.X)), "{y}", strconv.Itoa(int(id.Y)),
		"{s}", strconv.Itoa(int(id.X+id.Y)%levels)).Replace(s.template)
	if !strings.HasPrefix(address, "http://") && !strings.HasPrefix(address, "https://") {
		return readFile(address)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, "", away(errors.New("the address cannot be read"))
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, "", away(withoutAddress(err))
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNotFound {
		return nil, "", missing()
	}
	contentType = resp.Header.Get("Content-Type")
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(contentType, "image/") {
		return nil, "", away(fmt.Errorf("answered %d with %q", resp.StatusCode, contentType))
	}
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxTile+1))
	if err != nil {
		return nil, "", away(withoutAddress(err))
	}
	if len(body) > maxTile {
		return nil, "", away(errors.New("the tile is too large"))
	}
	return body, contentType, nil
}

// Close closes an archive.
func (s *Source) Close() error {
	if s.archive == nil {
		return nil
	}
	return s.archive.file.Close()
}

func readFile(path string) ([]byte, string, error) {
	body, err := os.ReadFile(filepath.Clean(path))
	if errors.Is(err, os.ErrNotExist) {
		return nil, "", missing()
	}
	if err != nil {
		return nil, "", away(errors.New("the file cannot be read"))
	}
	contentType := http.DetectContentType(body)
	if !strings.HasPrefix(contentType, "image/") {
		return nil, "", away(errors.New("the file is no image"))
	}
	return body, contentType, nil
}

// withoutAddress drops the address from a transport error, so that a key does
// not reach the log either.
func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

func missing() error {
	return &schemas.Problem{Code: schemas.CodeNotFound, Status: http.StatusNotFound, Detail: "the base map has no such tile"}
}

func away(err error) error {
	return &schemas.Problem{Code: schemas.CodeUnavailable, Status: http.StatusBadGateway, Detail: "the base map does not answer", Err: err}
}
