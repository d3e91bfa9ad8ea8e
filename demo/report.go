package demo

import (
	"math"
	"math/rand/v2"

	"reli/schemas"
)

// report is one record of a source system before it is written.
type report struct {
	source, category int
	number           int64 // within the source
	matter           int64 // 0 when it stands alone
	grid             int
	where            spot
	ladder           rung
	occurred         int64 // unix seconds
	reported, due    int64
	scale            schemas.Scale
	people           int
	urgency          schemas.Urgency
	channel          string
}

// rung is the best place the record has.
type rung uint8

const (
	rungPoint rung = iota
	rungGrid
	rungVillage
	rungTownship
	rungNone
)

// rungShares: two in a hundred records have no place at all.
var rungShares = cumulative([]float64{rungPoint: 0.945, rungGrid: 0.020, rungVillage: 0.010, rungTownship: 0.005, rungNone: 0.020})

var scaleShares = cumulative([]float64{0, 0.93, 0.065, 0.005})
var urgencyShares = cumulative([]float64{0, 0.86, 0.11, 0.03})

// describe draws what does not depend on other reports.
func (r *report) describe(rng *rand.Rand) {
	r.scale = schemas.Scale(pick(scaleShares, rng.Float64()))
	r.urgency = schemas.Urgency(pick(urgencyShares, rng.Float64()))
	switch r.scale {
	case schemas.ScaleMassGroup:
		r.people = 31 + int(40*rng.ExpFloat64())
		r.urgency = max(r.urgency, schemas.UrgencyUrgent)
	case schemas.ScaleGroup:
		r.people = 5 + int(math.Min(25, 6*rng.ExpFloat64()))
	default:
		r.people = 1 + rng.IntN(4)
	}
}

// intake draws what the source adds: channel, rung of the location ladder and
// the date it is due.
func (r *report) intake(rng *rand.Rand) {
	src := &sources[r.source]
	u := rng.Float64()
	for _, c := range src.channel {
		r.channel = c.code
		if u -= c.share; u < 0 {
			break
		}
	}
	r.ladder = rung(pick(rungShares, rng.Float64()))
	limit := float64(src.days) * day
	switch r.urgency {
	case schemas.UrgencyCritical:
		limit = day
	case schemas.UrgencyUrgent:
		limit = math.Min(limit, 3*day)
	}
	r.due = r.reported + int64(limit)
}

// Reporting delay: most within hours, some within days, a few weeks late.
var delayShares = cumulative([]float64{0.72, 0.19, 0.07, 0.02})

const (
	sameDayMean, nextDaysMean, weekMean = 1.5 * hour, 20 * hour, 4 * day
	lateLeast, lateMost                 = 15 * day, 60 * day
	delayAttempts                       = 30
)

// reportDelay draws the seconds from the event to its record, less than room.
func reportDelay(room float64, rng *rand.Rand) float64 {
	for range delayAttempts {
		var d float64
		switch pick(delayShares, rng.Float64()) {
		case 0:
			d = sameDayMean * rng.ExpFloat64()
		case 1:
			d = nextDaysMean * rng.ExpFloat64()
		case 2:
			d = weekMean * rng.ExpFloat64()
		default:
			d = lateLeast + (lateMost-lateLeast)*rng.Float64()
		}
		if d < room-1 {
			return d
		}
	}
	return (room - 1) * rng.Float64()
}

// knownShare is the share of what happened room seconds ago that has been
// reported by now.
func knownShare(room float64) float64 {
	late := math.Min(1, math.Max(0, (room-lateLeast)/(lateMost-lateLeast)))
	return 0.72*(1-math.Exp(-room/sameDayMean)) + 0.19*(1-math.Exp(-room/nextDaysMean)) +
		0.07*(1-math.Exp(-room/weekMean)) + 0.02*late
}

// handlingLevel draws the level that resolves a matter: the grid for about
// 72 in 100 (DOMAIN.md 1.1, item 1.16), the rest mostly the village and the
// township. What concerns many people rises.
func handlingLevel(r *report, rng *rand.Rand) schemas.Level {
	atGrid := categories[r.category].atGrid
	switch r.scale {
	case schemas.ScaleGroup:
		atGrid *= 0.5
	case schemas.ScaleMassGroup:
		atGrid = 0
	}
	u := rng.Float64()
	if u < atGrid {
		return schemas.LevelGrid
	}
	rest := (u - atGrid) / (1 - atGrid)
	switch {
	case r.scale == schemas.ScaleMassGroup || rest > 0.88:
		return schemas.LevelCounty
	case rest > 0.55:
		return schemas.LevelTownship
	}
	return schemas.LevelVillage
}
