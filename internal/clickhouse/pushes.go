package clickhouse

import "context"

// BatchAnswer is what a push with an idempotency key was answered.
type BatchAnswer struct {
	Request string // SHA-256 of who asked and of the key, hexadecimal
	Body    string // SHA-256 of what was sent
	Answer  string // the report, JSON
}

// SaveBatchAnswers keeps answers for three days, durably when it returns nil.
// The same again changes nothing.
func (db *DB) SaveBatchAnswers(ctx context.Context, rows ...BatchAnswer) error {
	var w rowBinary
	for _, r := range rows {
		for _, s := range []string{r.Request, r.Body, r.Answer} {
			w.string(s)
		}
	}
	return db.insert(ctx, `INSERT INTO batch_answers (request, body, answer)`, "", w.buf)
}

// BatchAnswers gives the answers that are kept for requests.
func (db *DB) BatchAnswers(ctx context.Context, requests []string) ([]BatchAnswer, error) {
	var out []BatchAnswer
	err := eachTexts(requests, func(some []string) error {
		return db.Each(ctx, `SELECT request, body, answer FROM batch_answers FINAL WHERE request IN {texts:Array(String)}`,
			func(scan func(...any) error) error {
				var a BatchAnswer
				if err := scan(&a.Request, &a.Body, &a.Answer); err != nil {
					return err
				}
				out = append(out, a)
				return nil
			}, Param("texts", some))
	})
	return out, err
}
