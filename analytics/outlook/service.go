package outlook

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"reli/analytics/cube"
	"reli/analytics/forecast/backtest"
	"reli/analytics/hotspot/scan"
	"reli/geo/area"
	"reli/internal/clickhouse"
	"reli/schemas"
)

// ModelVersion names the way forecasts are made; it changes with it.
const ModelVersion = "eb-gamma-poisson-4"

// Limits of one answer.
const (
	// maxPlaces of a layer: more hexagons than that are a choice of resolution
	// nobody reads.
	maxPlaces = 200_000
	// keptAnswers of each kind, for the choices that pages ask for.
	keptAnswers = 24
	// keptFits are models with all their places.
	keptFits = 12
	// keptScans are small: those of every category on three layers.
	keptScans = 96
	// keptWalks are the expectations of all places at all origins of a backtest.
	keptWalks = 4
)

// Service computes and keeps answers. It is safe for concurrent use.
type Service struct {
	store *cube.Store

	now       func() time.Time
	archive   archive
	computing sync.Mutex // one pass at a time

	tallies    *memo[*tally]
	fits       *memo[*fitted]
	walks      *memo[expectations]
	backtests  *memo[*judged]
	detections *memo[*backtest.DetectionReport]
	forecasts  *memo[*layerForecast]
	warnings   *memo[*Warnings]
	hotspots   *memo[*Hotspots]
	scans      *memo[*scan.Result]

	mu      sync.Mutex
	borders map[borderKey][][]int // of the newest tree only
}

type borderKey struct {
	tree  *area.Tree
	level area.Level
}

// New makes a Service that stores nothing; now is the time that answers carry.
// It starts nothing.
func New(store *cube.Store, now func() time.Time) *Service {
	return &Service{store: store, now: now, tallies: newMemo[*tally](keptFits), fits: newMemo[*fitted](keptFits),
		walks: newMemo[expectations](keptWalks), backtests: newMemo[*judged](keptAnswers),
		forecasts: newMemo[*layerForecast](keptAnswers), warnings: newMemo[*Warnings](keptAnswers),
		hotspots: newMemo[*Hotspots](keptAnswers), scans: newMemo[*scan.Result](keptScans),
		detections: newMemo[*backtest.DetectionReport](keptAnswers), borders: map[borderKey][][]int{}}
}

// Open makes a Service that shows the answers stored in db where they are of
// the newest data, and can store new ones: see Compute and Keep.
func Open(ctx context.Context, store *cube.Store, db *clickhouse.DB, now func() time.Time) (*Service, error) {
	s := New(store, now)
	s.archive.db = db
	return s, s.archive.restore(ctx)
}

// Layer is what places an answer is about: hexagons of a resolution or the
// areas of a level.
type Layer struct {
	Name       string // hex, grid, village, township or county
	Resolution int    // of hexagons
}

// LayerHex is the name of the layer of hexagons.
const LayerHex = "hex"

// Resolutions of hexagons that a layer may have: from a few of them in a county
// to the stored ones.
const (
	minResolution     = 5
	DefaultResolution = 8
)

// ParseLayer checks a layer's name and resolution; res 0 means the default.
func ParseLayer(name string, res int) (Layer, error) {
	if name != LayerHex {
		if _, err := area.ParseLevel(name); err != nil {
			return Layer{}, schemas.BadParameter("level", "want hex, grid, village, township or county")
		}
		return Layer{Name: name}, nil
	}
	if res == 0 {
		res = DefaultResolution
	}
	if res < minResolution || res > cube.StorageResolution {
		return Layer{}, schemas.BadParameter("res", "want a resolution from %d to %d", minResolution, cube.StorageResolution)
	}
	return Layer{LayerHex, res}, nil
}

func (l Layer) String() string {
	if l.Name == LayerHex {
		return fmt.Sprintf("hex%d", l.Resolution)
	}
	return l.Name
}

func (l Layer) level() area.Level {
	level, err := area.ParseLevel(l.Name)
	if err != nil {
		return area.Unknown
	}
	return level
}

func (l Layer) dimension() cube.Dimension {
	if l.Name == LayerHex {
		return cube.DimensionCell
	}
	return cube.Dimension(l.Name)
}

// key of an answer: equal keys mean equal answers.
func key(snap *cube.Snapshot, parts ...any) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d", snap.Version)
	for _, p := range parts {
		fmt.Fprintf(&b, "|%v", p)
	}
	return b.String()
}

// sortedCodes makes equal sets of codes equal texts.
func sortedCodes(codes []string) []string {
	sorted := append([]string{}, codes...)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}
