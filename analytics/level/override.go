package level

import (
	"context"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"reli/geo/area"
	"reli/internal/clickhouse"
	"reli/schemas"
)

// Limits of an override.
const (
	maxReason   = 500 // characters
	maxOverride = 366 * 24 * time.Hour
)

// Override is a level set by hand, with its reason and its end.
type Override struct {
	ID     string    `json:"id"`
	Area   string    `json:"area"`
	Level  Level     `json:"level"`
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	MadeAt time.Time `json:"made_at"`
	EndsAt time.Time `json:"ends_at"`
	Lifted bool      `json:"lifted"` // this one ended the one before
	number uint64
}

// at reports whether the override holds at a time.
func (o Override) at(t time.Time) bool {
	return !o.Lifted && !t.Before(o.MadeAt) && t.Before(o.EndsAt)
}

func overrideOf(r clickhouse.OverrideRow) Override {
	return Override{strconv.FormatUint(r.ID, 10), r.Area, Level(r.Level), r.Reason, r.By, r.MadeAt, r.EndsAt, r.Lifted, r.ID}
}

// numbers are digits as in a telephone or an identity number.
var numbers = regexp.MustCompile(`[0-9]{11,}`)

// CheckWords wants text that is not too long and does not point at a person.
func CheckWords(field, text string) error {
	switch {
	case utf8.RuneCountInString(text) > maxReason:
		return schemas.BadParameter(field, "want at most %d characters", maxReason)
	case numbers.MatchString(text):
		return schemas.BadParameter(field, "it seems to hold a telephone or identity number; nothing about persons is kept")
	}
	return nil
}

func checkReason(text string) error {
	if strings.TrimSpace(text) == "" {
		return schemas.BadParameter("reason", "want the reason in words")
	}
	return CheckWords("reason", text)
}

// SetOverride puts an area at a level until a time, whatever the rules say. An
// area with too few people for a level cannot be put at it.
func (s *Service) SetOverride(ctx context.Context, code string, l Level, reason, by string, ends time.Time) (Override, error) {
	a, err := s.area(code)
	if err != nil {
		return Override{}, err
	}
	if err := checkReason(reason); err != nil {
		return Override{}, err
	}
	now := s.opt.Now().Truncate(time.Millisecond) // as it is stored
	switch {
	case l > Red:
		return Override{}, schemas.BadParameter("level", "want 0 to %d", Red)
	case l > None && a.Population > 0 && int(a.Population) < s.opt.Policy.plan.grades[l].Population:
		return Override{}, schemas.BadParameter("level", "the area has fewer people than the %d that the policy wants for this level", s.opt.Policy.plan.grades[l].Population)
	case !ends.After(now):
		return Override{}, schemas.BadParameter("ends_at", "want a time to come")
	case ends.Sub(now) > maxOverride:
		return Override{}, schemas.BadParameter("ends_at", "want at most a year")
	}
	return s.saveOverride(ctx, clickhouse.OverrideRow{Area: code, Level: uint8(l), Reason: reason, By: by, MadeAt: now, EndsAt: ends.Truncate(time.Millisecond)})
}

// LiftOverride gives an area back to the rules.
func (s *Service) LiftOverride(ctx context.Context, code, reason, by string) (Override, error) {
	if _, err := s.area(code); err != nil {
		return Override{}, err
	}
	if err := checkReason(reason); err != nil {
		return Override{}, err
	}
	now := s.opt.Now().Truncate(time.Millisecond) // as it is stored
	return s.saveOverride(ctx, clickhouse.OverrideRow{Area: code, Reason: reason, By: by, MadeAt: now, EndsAt: now, Lifted: true})
}

func (s *Service) saveOverride(ctx context.Context, r clickhouse.OverrideRow) (Override, error) {
	s.overriding.Lock()
	defer s.overriding.Unlock()
	r.ID = max(uint64(r.MadeAt.UnixNano()), s.lastOverride+1)
	if err := s.opt.DB.SaveOverride(ctx, r); err != nil {
		return Override{}, err
	}
	s.lastOverride = r.ID
	return overrideOf(r), nil
}

func (s *Service) area(code string) (area.Area, error) {
	if tree := s.opt.Store.Current().Catalogue.Tree; tree != nil {
		if a, ok := tree.Get(code); ok {
			return a, nil
		}
	}
	return area.Area{}, &schemas.Problem{Code: schemas.CodeUnknownArea, Status: http.StatusNotFound, Field: "area", Detail: "no such area"}
}

// Overrides lists those of an area, the newest last; all for "".
func (s *Service) Overrides(ctx context.Context, code string) ([]Override, error) {
	rows, err := s.opt.DB.Overrides(ctx, code)
	out := make([]Override, len(rows))
	for i, r := range rows {
		out[i] = overrideOf(r)
	}
	return out, err
}

// standingOverrides gives the newest override of each area.
func standingOverrides(all []Override) map[string]Override {
	out := map[string]Override{}
	for _, o := range all {
		out[o.Area] = o
	}
	return out
}
