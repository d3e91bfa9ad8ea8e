package backtest

import (
	"fmt"
	"strings"

	"reli/analytics/forecast"
)

// Markdown renders the report for people. It speaks of expected counts and
// risk ranking, never of predicting disputes.
func (r *Report) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Backtest\n\n%d weeks, the last %d held out; %d series known before, %d events. ", r.Weeks, r.Holdout, r.Series, r.Events)
	fmt.Fprintf(&b, "In the holdout %.3f events a series and week, %.1f %% zeros, %.2f %% of the events outside known cells.\n\n", r.MeanRate, 100*r.Zeros, 100*r.Outside)
	b.WriteString("Reported incidents are not true incidence: they depend on who reports and where people look. The numbers are expected counts and a ranking of risk.\n\n")
	r.structure(&b)
	for _, h := range r.Horizons {
		h.markdown(&b)
	}
	r.verdicts(&b)
	if r.Detection != nil {
		r.Detection.markdown(&b)
	}
	return b.String()
}

func (r *Report) structure(b *strings.Builder) {
	c := r.Choice
	fmt.Fprintf(b, "Chosen on the weeks before the holdout: half-life %g weeks; season %s, level %s, long memory %s, self-exciting %s, neighbours %s", c.HalfLife, yes(c.Season), halfLife(c.Level), yes(c.LongMemory), yes(c.SelfExciting), yes(c.Neighbours))
	if c.Default {
		b.WriteString(" (the history is too short for a choice)")
	}
	b.WriteString(".\n\n")
	for _, g := range r.Gaps {
		fmt.Fprintf(b, "- group %d: weeks %d–%d taken as missing, not as zero\n", g.Group, g.From, g.To-1)
	}
}

func halfLife(weeks float64) string {
	if weeks == 0 {
		return "no"
	}
	return fmt.Sprintf("%g weeks", weeks)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func (h HorizonReport) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "\n## %s, %d cases\n\n| method | logS | RPS | pinball | cov90 | expected/actual | hit@1/2/5/10/20 %% | hit@5 %% interval | PAI@5 %% | PEI@5 %% |\n|---|---|---|---|---|---|---|---|---|---|\n", h.Horizon, h.Cases)
	for _, m := range h.Methods {
		rates := make([]string, len(m.Hits))
		for i, hit := range m.Hits {
			rates[i] = fmt.Sprintf("%.3f", hit.Rate)
		}
		five := m.Hits[2]
		fmt.Fprintf(b, "| %s | %.4f | %.4f | %.4f | %.3f | %.3f | %s | %.3f–%.3f | %.1f | %.3f |\n", m.Method, m.LogScore, m.RPS, m.Pinball, m.Coverage, m.Bias, strings.Join(rates, " "), five.Interval.Low, five.Interval.High, five.PAI, five.PEI)
	}
	b.WriteString("\n| coverage of 90 % by predicted rate |")
	for _, bin := range h.Methods[0].Bins {
		fmt.Fprintf(b, " %s |", bin.Rate)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", forecast.RateBins) + "\n")
	for _, m := range h.Methods {
		fmt.Fprintf(b, "| %s |", m.Method)
		for _, bin := range m.Bins {
			if bin.Cases == 0 {
				b.WriteString(" – |")
				continue
			}
			fmt.Fprintf(b, " %.3f (%d) |", bin.Coverage, bin.Cases)
		}
		b.WriteString("\n")
	}
}

func (r *Report) verdicts(b *strings.Builder) {
	b.WriteString("\n## Verdicts, one week ahead\n\n| group | verdict | gain in logS a week | standard error | MASE of totals |\n|---|---|---|---|---|\n")
	for _, g := range r.Groups {
		mase := "–"
		if g.MASE != nil {
			mase = fmt.Sprintf("%.3f", *g.MASE)
		}
		fmt.Fprintf(b, "| %d | %s | %.3f | %.3f | %s |\n", g.Group, g.Reason, g.Gain, g.Error, mase)
	}
	fmt.Fprintf(b, "\nPlaces: %d better than the best baseline, %d not, %d with too few weeks.\n", r.PlacesBetter, r.PlacesNot, r.PlacesFew)
}
