package report

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"reli/analytics/indicator"
	"reli/geo/area"
	"reli/schemas"
)

// petitionSource is the source whose rates the notice is about.
const petitionSource = "petition"

// Threshold is the rate, in per cent, below which a township is listed.
type Threshold struct {
	Code string // of the indicator
	Rate float64
}

// DefaultThresholds are ours: no paper at hand gives numbers. A county sets its
// own in the configuration.
func DefaultThresholds() []Threshold {
	return []Threshold{{"acceptance_in_time", 95}, {"answer_in_time", 95}, {"satisfaction", 85}}
}

// ParseThresholds reads the three rates in the order of DefaultThresholds,
// joined by commas.
func ParseThresholds(text string) ([]Threshold, error) {
	out := DefaultThresholds()
	list := strings.Split(text, ",")
	if len(list) != len(out) {
		return nil, schemas.BadParameter("petition-rates", "want %d rates in per cent, joined by commas", len(out))
	}
	for i, rate := range list {
		v, err := strconv.ParseFloat(strings.TrimSpace(rate), 64)
		if err != nil || !(v >= 0 && v <= 100) {
			return nil, schemas.BadParameter("petition-rates", "want rates from 0 to 100 per cent")
		}
		out[i].Rate = v
	}
	return out, nil
}

// Verdict says what a township's rate calls for.
type Verdict string

// Verdicts.
const (
	VerdictNone      Verdict = ""
	VerdictNotice    Verdict = "通报"     // below the set rate
	VerdictSupervise Verdict = "挂牌督办候选" // the whole interval is below it: no chance of a few cases
)

// Judge compares a rate with the set one.
func Judge(v indicator.Value, t Threshold) Verdict {
	switch {
	case v.State != indicator.StateOK || v.Value >= t.Rate:
		return VerdictNone
	case v.High < t.Rate:
		return VerdictSupervise
	}
	return VerdictNotice
}

// petitionRates lists the townships below a set rate, and then all of them.
func (s *Service) petitionRates(ctx context.Context, j job, d *Document) error {
	codes := make([]string, len(s.thresholds))
	for i, t := range s.thresholds {
		codes[i] = t.Code
	}
	r := j.request(area.Township, nil, codes...)
	r.Selection.Sources = []string{petitionSource}
	a, err := s.Indicators.Indicators(ctx, r)
	if err != nil {
		return err
	}
	d.DataVersion = a.DataVersion
	listed := Table{Code: "listed", Zh: "低于设定值的乡镇（街道）", En: "Townships below a set rate", Columns: []Column{
		{Code: "area", Zh: "乡镇（街道）", En: "Township", Kind: ColumnText},
		{Code: "indicator", Zh: "指标", En: "Rate", Kind: ColumnText},
		{Code: "value", Zh: "本期", En: "Now", Kind: ColumnShare, Decimals: 2},
		{Code: "threshold", Zh: "设定值", En: "Set", Kind: ColumnShare, Decimals: 2},
		{Code: "numerator", Zh: "分子", En: "Numerator", Kind: ColumnCount},
		{Code: "n", Zh: "分母 n", En: "n", Kind: ColumnCount},
		{Code: "interval", Zh: "95%区间", En: "95 % interval", Kind: ColumnText},
		{Code: "verdict", Zh: "结论", En: "Verdict", Kind: ColumnText},
	}}
	whole3 := Table{Code: "all", Zh: "各乡镇（街道）信访三项比率", En: "All townships", Columns: []Column{{Code: "area", Zh: "乡镇（街道）", En: "Township", Kind: ColumnText}}}
	for i := range a.Indicators {
		whole3.Columns = append(whole3.Columns, columnOf(&a.Indicators[i]),
			Column{Code: a.Indicators[i].Code + "_n", Zh: "n", En: "n", Kind: ColumnCount},
			Column{Code: a.Indicators[i].Code + "_interval", Zh: "95%区间", En: "95 % interval", Kind: ColumnText})
	}
	for _, place := range a.Areas {
		row := Row{Cells: []Cell{word(place.Name)}}
		for i := range a.Indicators {
			def, v := &a.Indicators[i], place.Values[i]
			row.Cells = append(row.Cells, figure(def, v), whole(v.Denominator), interval(def, v))
			if verdict := Judge(v, s.thresholds[i]); verdict != VerdictNone {
				listed.Rows = append(listed.Rows, Row{Cells: []Cell{word(place.Name), word(def.Zh), figure(def, v),
					sharePercent(s.thresholds[i].Rate, def.Decimals), whole(v.Numerator), whole(v.Denominator), interval(def, v), word(string(verdict))}})
			}
		}
		whole3.Rows = append(whole3.Rows, row)
	}
	d.Tables = append(d.Tables, listed, whole3)
	d.Notes = append(d.Notes, notesOf(a.Indicators)...)
	d.Notes = append(d.Notes, Note{"结论", fmt.Sprintf("低于设定值的列入通报；95%% 区间上限也低于设定值的为挂牌督办候选。设定值由县里确定，现为 %g%%、%g%%、%g%%",
		s.thresholds[0].Rate, s.thresholds[1].Rate, s.thresholds[2].Rate),
		"Listed where below the set rate; a candidate for supervision where the whole interval is. The county sets the rates"}, smallNote())
	return nil
}

func sharePercent(v float64, decimals int) Cell {
	c := decimal(v, decimals)
	c.Text, c.Share = c.Text+"%", true
	return c
}
