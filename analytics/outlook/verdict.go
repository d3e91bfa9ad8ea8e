package outlook

import (
	"fmt"

	"reli/analytics/cube"
	"reli/analytics/forecast"
	"reli/analytics/forecast/backtest"
)

// Verdict says in words how good the model was here in the backtest.
type Verdict struct {
	forecast.Verdict
	Zh string `json:"zh"`
	En string `json:"en"`
}

// What an answer advises to use.
const (
	useModel    = "model"
	useBaseline = "baseline"
)

func verdictOf(v forecast.Verdict) Verdict {
	switch v.Reason {
	case forecast.ReasonBetter:
		return Verdict{v, "优于基线", "better than the baseline"}
	case forecast.ReasonNotBetter:
		return Verdict{v, "不优于基线", "not better than the baseline"}
	}
	return Verdict{v, "历史太短，无法判断是否优于基线", "too little history to tell whether it is better than the baseline"}
}

// useOf advises the baseline wherever the model has not shown to be better.
func useOf(v Verdict) string {
	if v.Better {
		return useModel
	}
	return useBaseline
}

// Skill is how good the forecasts of a layer and category were in the weeks of
// the last backtest: “how good was this here”. A place's own is its verdict.
type Skill struct {
	Made
	HistoryTo cube.Day  `json:"history_to"` // end of the weeks it was measured on
	Holdout   int       `json:"holdout_weeks"`
	Horizons  []SkillAt `json:"horizons"`
	Zh        string    `json:"zh"`
	En        string    `json:"en"`
}

// SkillAt compares what is given with the best baseline over one horizon.
// Skill is the share by which the log score lies below the baseline's: positive
// is better.
type SkillAt struct {
	Horizon          string  `json:"horizon"`
	Cases            int     `json:"cases"`
	Skill            float64 `json:"skill"`
	LogScore         float64 `json:"log_score"`
	BaselineLogScore float64 `json:"baseline_log_score"`
	Baseline         string  `json:"baseline"`
	RPS              float64 `json:"rps"`
	BaselineRPS      float64 `json:"baseline_rps"`
	Coverage90       float64 `json:"coverage_90"`
	Hit5             float64 `json:"hit_5"`
	BaselineHit5     float64 `json:"baseline_hit_5"`
}

// shareShown is the share of the places whose hits stand for the whole curve.
const shareShown = .05

// skillOf compares the methods of each horizon.
func skillOf(r *backtest.Report) []SkillAt {
	var out []SkillAt
	for _, h := range r.Horizons {
		best, given := bestOf(h), h.Methods[len(h.Methods)-1]
		at := SkillAt{Horizon: h.Horizon, Cases: h.Cases, LogScore: round(given.LogScore), BaselineLogScore: round(best.LogScore),
			Baseline: best.Method, RPS: round(given.RPS), BaselineRPS: round(best.RPS), Coverage90: round(given.Coverage),
			Hit5: hitAt(given), BaselineHit5: hitAt(best)}
		if best.LogScore > 0 {
			at.Skill = round(1 - given.LogScore/best.LogScore)
		}
		out = append(out, at)
	}
	return out
}

func hitAt(m backtest.MethodReport) float64 {
	for _, h := range m.Hits {
		if h.Share == shareShown {
			return round(h.Rate)
		}
	}
	return 0
}

// bestOf is the baseline with the better log score.
func bestOf(h backtest.HorizonReport) (best backtest.MethodReport) {
	for _, m := range h.Methods {
		if (m.Method == backtest.GammaPoisson || m.Method == backtest.Mean52) && (best.Method == "" || m.LogScore < best.LogScore) {
			best = m
		}
	}
	return best
}

// sentence says a skill in words.
func (s *Skill) sentence() {
	if len(s.Horizons) == 0 {
		return
	}
	at := s.Horizons[0]
	zh, en := "优于", "better than"
	if at.Skill <= 0 {
		zh, en = "不优于", "not better than"
	}
	s.Zh = fmt.Sprintf("最近 %d 周回测（提前一周）：对数得分 %.4g，基线 %.4g，%s基线（%+.1f%%）；90%% 区间实际覆盖 %.0f%%",
		s.Holdout, at.LogScore, at.BaselineLogScore, zh, 100*at.Skill, 100*at.Coverage90)
	s.En = fmt.Sprintf("backtest of the last %d weeks, one week ahead: log score %.4g, baseline %.4g, %s the baseline (%+.1f %%); the 90 %% interval covered %.0f %%",
		s.Holdout, at.LogScore, at.BaselineLogScore, en, 100*at.Skill, 100*at.Coverage90)
}
