package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"

	"reli/internal/clickhouse"
	"reli/schemas"
)

// Request is the idempotency key of an input. An input whose key was answered
// before is not taken in again: with the same body it gets the first answer,
// with another one a *schemas.Problem with the code idempotency_mismatch. Only
// a request that was answered without an error is remembered, for three days.
type Request struct {
	key string // SHA-256 of who asks and of his key
	of  string // how the body is to be read: part of what has to be the same
}

// NewRequest makes a Request. who is whoever asks: the keys of two callers
// have nothing to do with each other. of says how the body is to be read. The
// error is a *schemas.Problem about a key that is none.
func NewRequest(who, key, of string) (*Request, error) {
	if key == "" || len(key) > maxKeyBytes {
		return nil, schemas.BadParameter("Idempotency-Key", "want 1 to %d bytes", maxKeyBytes)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s%s", len(who), who, key))
	return &Request{key: hex.EncodeToString(sum[:]), of: of}, nil
}

// body begins the hash of the request's body.
func (q *Request) body() hash.Hash {
	h := sha256.New()
	fmt.Fprintf(h, "%d %s", len(q.of), q.of)
	return h
}

// repeat gives the answer that is kept to a request whose body has the hash.
func (q *Request) repeat(kept clickhouse.BatchAnswer, body string) (Report, error) {
	report := Report{Errors: []RowError{}, Replayed: true}
	if kept.Body != body {
		return report, &schemas.Problem{Code: schemas.CodeKeyMismatch, Status: 409, Field: "Idempotency-Key",
			Detail: "the key was used before for another body or another way to read it; use a new key for a new request"}
	}
	if err := json.Unmarshal([]byte(kept.Answer), &report); err != nil {
		return report, fmt.Errorf("read the first answer: %w", err)
	}
	return report, nil
}

// answer is what is kept of a request that was answered.
func (q *Request) answer(body string, report Report) (clickhouse.BatchAnswer, error) {
	text, err := json.Marshal(report)
	return clickhouse.BatchAnswer{Request: q.key, Body: body, Answer: string(text)}, err
}

// requestsUnderWay are the keys of requests that have no answer yet.
type requestsUnderWay struct {
	mu   sync.Mutex
	keys map[string]bool
}

func (u *requestsUnderWay) begin(q *Request) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.keys[q.key] {
		return inProgress()
	}
	if u.keys == nil {
		u.keys = map[string]bool{}
	}
	u.keys[q.key] = true
	return nil
}

func inProgress() error {
	return &schemas.Problem{Code: schemas.CodeInProgress, Status: 409, Field: "Idempotency-Key",
		Detail: "a request with this key is being worked on; send it again in a moment"}
}

func (u *requestsUnderWay) end(q *Request) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.keys, q.key)
}

// runRequest is runInput, once for each request. The caller has the turn.
func (in *Ingester) runRequest(ctx context.Context, input Input) (Report, error) {
	q, none := input.Request, Report{Errors: []RowError{}}
	if err := in.requests.begin(q); err != nil {
		return none, err
	}
	defer in.requests.end(q)
	kept, err := in.opt.Store.BatchAnswers(ctx, []string{q.key})
	if err != nil {
		return none, err
	}
	sum := q.body()
	if len(kept) > 0 {
		if _, err := io.Copy(sum, input.Reader); err != nil {
			return none, inputError(err)
		}
		return q.repeat(kept[0], hex.EncodeToString(sum.Sum(nil)))
	}
	body := io.TeeReader(input.Reader, sum)
	input.Reader = body
	report, err := in.runInput(ctx, input)
	if err != nil {
		return report, err
	}
	if _, err := io.Copy(io.Discard, body); err != nil { // a decoder need not read to the end
		return report, inputError(err)
	}
	row, err := q.answer(hex.EncodeToString(sum.Sum(nil)), report)
	return report, errors.Join(err, in.opt.Store.SaveBatchAnswers(ctx, row))
}

// queueFull is the refusal of what would have to wait behind too many others.
func queueFull() error {
	return &schemas.Problem{Code: schemas.CodeBusy, Status: 503, Detail: "too many uploads wait; send it again in a moment"}
}
