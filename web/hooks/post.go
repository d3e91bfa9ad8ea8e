package hooks

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"reli/internal/clickhouse"
)

// Message is the body of a push: a tip as it was made. It is the same at every
// attempt, byte for byte.
type Message struct {
	ID       string `json:"id"`
	Number   string `json:"number"`
	Cause    string `json:"cause"`
	Day      string `json:"day"`
	MadeAt   string `json:"made_at"`
	AnswerBy string `json:"answer_by"`
	Area     string `json:"area"`
	Name     string `json:"name"`
	Tier     string `json:"tier"`
	Level    int    `json:"level"`
	Code     string `json:"code"`
	Numeral  string `json:"numeral"`
	Score    int    `json:"score"`
	BodyID   string `json:"body_id"`
	BodyZh   string `json:"body_zh"`
	BodyEn   string `json:"body_en"`
	TextZh   string `json:"text_zh"`
	TextEn   string `json:"text_en"`
	Policy   string `json:"policy"`
}

// post sends a tip once; an error says that it was not taken.
func (s *Sender) post(ctx context.Context, r Receiver, row clickhouse.OutboxRow) (status int, err error) {
	t, err := s.opt.Tips.Get(ctx, row.Tip)
	if err != nil {
		return 0, fmt.Errorf("read the tip: %w", err)
	}
	c := t.Level.Class()
	body, err := json.Marshal(Message{ID: t.ID, Number: t.Label(), Cause: t.Cause, Day: t.Day.String(), MadeAt: t.MadeAt.UTC().Format(time.RFC3339),
		AnswerBy: t.AnswerBy.String(), Area: t.Area, Name: s.opt.Name(t.Area), Tier: t.Tier.String(), Level: int(t.Level), Code: c.Code,
		Numeral: c.Numeral, Score: t.Score, BodyID: t.Body.ID, BodyZh: t.Body.Zh, BodyEn: t.Body.En, TextZh: t.TextZh, TextEn: t.TextEn, Policy: t.Policy})
	if err != nil {
		return 0, fmt.Errorf("write the tip: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.Address, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	key := fmt.Sprintf("reli-tip-%s-%d", t.ID, t.Seq) // numbers begin anew in another data directory, seqs do not
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "reli")
	req.Header.Set(HeaderEvent, "tip")
	req.Header.Set(HeaderKey, key)
	req.Header.Set(HeaderSignature, Sign(r.Secret, key, s.opt.Now(), body))
	resp, err := s.client.Do(req)
	if err != nil {
		return 0, withoutAddress(err)
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer) // so that the connection can be used again; what is said does not matter
	if resp.StatusCode/100 != 2 {
		return resp.StatusCode, fmt.Errorf("%w %d", errAnswer, resp.StatusCode)
	}
	return resp.StatusCode, nil
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 64 << 10
