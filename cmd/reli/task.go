package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"reli/schemas"
	"reli/web"
)

// A task is long work on the data that needs the process that owns them: the
// server where one runs, which is asked through its socket, or this one. Its
// answer comes after any number of steps, one JSON value a line.
type task struct {
	path string // on the socket
	run  func(ctx context.Context, a *app, form json.RawMessage, report func(step)) (any, error)
}

// step says how far a task is.
type step struct {
	Stage string `json:"stage"`
	Unit  string `json:"unit"`
	Done  int64  `json:"done"`
	Total int64  `json:"total"`
}

// taskLine is a line of a task's answer: one of the three.
type taskLine struct {
	Step    *step           `json:"step,omitempty"`
	Answer  json.RawMessage `json:"answer,omitempty"`
	Problem *taskProblem    `json:"problem,omitempty"`
}

type taskProblem struct {
	Code   string `json:"code"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

// tasks are what the commands may ask of the server.
func tasks() []task {
	return []task{backupTask(), verifyTask(), retentionTask(), linkTask()}
}

// perform runs a task where it belongs and shows how far it is.
func perform(p *process, t task, form, answer any) error {
	text, err := json.Marshal(form)
	if err != nil {
		return err
	}
	shown := &stages{p: p}
	defer shown.finish()
	if o := findOwner(p.ctx, p.config.Data); o != nil {
		return o.perform(p.ctx, t, text, shown.show, answer)
	}
	a, err := openApp(p, newLogger(p))
	if err != nil {
		return err
	}
	defer a.close()
	result, err := a.work(p.ctx, t, text, shown.show)
	if err != nil {
		return err
	}
	if text, err = json.Marshal(result); err != nil {
		return err
	}
	return json.Unmarshal(text, answer)
}

// perform asks the serving process for a task.
func (o *owner) perform(ctx context.Context, t task, form []byte, report func(step), answer any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://reli"+t.path, bytes.NewReader(form))
	if err != nil {
		return err
	}
	resp, err := o.client.Do(req)
	if err != nil {
		return fmt.Errorf("the serving process: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the serving process answered %s; is it of this version?", resp.Status)
	}
	lines := json.NewDecoder(bufio.NewReader(resp.Body))
	for {
		var line taskLine
		if err := lines.Decode(&line); err != nil {
			return fmt.Errorf("the serving process ended in the middle: %w", err)
		}
		switch {
		case line.Step != nil:
			report(*line.Step)
		case line.Problem != nil:
			return &schemas.Problem{Code: line.Problem.Code, Status: line.Problem.Status, Detail: line.Problem.Detail}
		default:
			return json.Unmarshal(line.Answer, answer)
		}
	}
}

// local answers the tasks that come over the socket in the data directory: who
// gets there is the data's owner. All else goes on to next.
func (a *app) local(next http.Handler) http.Handler {
	known := map[string]task{}
	for _, t := range tasks() {
		known[t.path] = t
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t, ok := known[r.URL.Path]
		if !ok || !web.Local(r.Context()) || r.Method != http.MethodPost {
			next.ServeHTTP(w, r)
			return
		}
		a.answer(w, r, t)
	})
}

// maxForm bounds what a task is asked with.
const maxForm = 1 << 20

func (a *app) answer(w http.ResponseWriter, r *http.Request, t task) {
	var form json.RawMessage
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxForm)).Decode(&form); err != nil {
		http.Error(w, "want JSON", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	out := http.NewResponseController(w)
	var writing sync.Mutex // steps may be reported by another goroutine
	write := func(line taskLine) {
		writing.Lock()
		defer writing.Unlock()
		if json.NewEncoder(w).Encode(line) == nil {
			_ = out.Flush() // a client that went away ends the context
		}
	}
	result, err := a.work(r.Context(), t, form, func(s step) { write(taskLine{Step: &s}) })
	if err == nil {
		form, err = json.Marshal(result)
	}
	if err == nil {
		write(taskLine{Answer: form})
		return
	}
	a.logger.ErrorContext(r.Context(), "task failed", "task", t.path, "error", err)
	said := &taskProblem{Code: schemas.CodeInternal, Status: http.StatusInternalServerError, Detail: err.Error()}
	var p *schemas.Problem
	if errors.As(err, &p) {
		said.Code, said.Status, said.Detail = p.Code, p.Status, p.Detail
	}
	write(taskLine{Problem: said})
}

// stages shows the steps of a task as one progress bar a stage.
type stages struct {
	p     *process
	stage string
	bar   *progress
}

func (s *stages) show(at step) {
	if s.bar == nil || at.Stage != s.stage {
		s.finish()
		s.stage, s.bar = at.Stage, newProgress(s.p.stderr, s.p.now, at.Stage, at.Unit, at.Total)
	}
	s.bar.set(at.Done, at.Total)
}

func (s *stages) finish() {
	if s.bar != nil {
		s.bar.finish()
		s.bar = nil
	}
}
