package inbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"

	"reli/ingest/privacy"
	"reli/schemas"
)

// When a file is complete, and how often the folder is looked at.
const (
	// restTime is how long size and time of a file must not change: copying
	// over a network pauses for less.
	restTime = 2 * time.Second
	// emptyRest is the same for a file without a byte: some programs make the
	// file first and write it later.
	emptyRest = time.Minute
	// pollEvery is how often the folder is looked at without a word from the
	// system: file systems of other machines send none.
	pollEvery = 30 * time.Second
	// gather is how long words of the system are gathered before a look: a
	// file that is being written sends thousands.
	gather = 200 * time.Millisecond
)

// Options say what is watched. All but Poll must be set.
type Options struct {
	Dir    string
	Now    func() time.Time
	Logger *slog.Logger
	// Take takes a file in. A *schemas.Problem of status 400, 413, 415 or 422 is
	// the file's fault and ends its stay; after any other error the file is
	// taken again later.
	Take func(context.Context, File) (Outcome, error)
	// Ready is called once, when files are looked for.
	Ready func()
	// Poll leaves the system's words out; for file systems that send wrong ones.
	Poll bool
}

// Outcome is what became of a file.
type Outcome struct {
	Profile string
	Ingest  any // the report on its rows
}

type watcher struct {
	Options
	events  *fsnotify.Watcher // nil when only looking
	watched map[string]bool
	seen    map[string]sight
}

// sight is how a file was when it last changed, or when it may be tried again.
type sight struct {
	size  int64
	mtime time.Time
	since time.Time
	again time.Time // zero: not tried yet
}

// Watch takes files in until ctx ends, which is no error. It is one when the
// folder cannot be read at the start.
func Watch(ctx context.Context, opt Options) (err error) {
	w := &watcher{Options: opt, watched: map[string]bool{}, seen: map[string]sight{}}
	if _, err := os.ReadDir(opt.Dir); err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	var words <-chan fsnotify.Event
	if !opt.Poll {
		if w.events, err = fsnotify.NewWatcher(); err != nil {
			opt.Logger.Warn("no words from the file system; looking now and then", "error", err, "every", pollEvery)
		} else {
			defer func() { err = errors.Join(err, w.events.Close()) }()
			words = w.events.Events
		}
	}
	for first := true; ; first = false {
		wait := w.look(ctx)
		if first {
			opt.Ready()
		}
		if ctx.Err() != nil {
			return nil
		}
		w.idle(ctx, wait, words)
	}
}

// idle waits until there may be something to do.
func (w *watcher) idle(ctx context.Context, wait time.Duration, words <-chan fsnotify.Event) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case <-words:
			words = nil // the others may wait: the look sees what they are about
			timer.Reset(min(wait, gather))
		case err := <-w.faults():
			w.Logger.Warn("words from the file system were lost", "error", err)
			timer.Reset(gather)
		}
	}
}

func (w *watcher) faults() <-chan error {
	if w.events == nil {
		return nil
	}
	return w.events.Errors
}

// look takes every file that is complete and gives the time until another may
// be.
func (w *watcher) look(ctx context.Context) time.Duration {
	files, folders, err := list(w.Dir)
	if err != nil {
		w.Logger.Warn("the folder cannot be read; trying again", "error", err)
		return pollEvery
	}
	w.listen(folders)
	wait, still := pollEvery, map[string]sight{}
	for _, f := range files {
		if ctx.Err() != nil {
			return 0
		}
		now := w.Now()
		s, known := w.seen[f.Path]
		if !known || s.size != f.size || !s.mtime.Equal(f.mtime) {
			s = sight{size: f.size, mtime: f.mtime, since: now}
		}
		ripe := s.since.Add(restTime)
		if f.size == 0 {
			ripe = s.since.Add(emptyRest)
		}
		if s.again.After(ripe) {
			ripe = s.again
		}
		if now.Before(ripe) {
			wait = min(wait, ripe.Sub(now))
		} else if w.take(ctx, f) {
			continue
		} else {
			s.again = w.Now().Add(pollEvery)
		}
		still[f.Path] = s
	}
	w.seen = still
	return wait
}

// listen asks the system for words about folders it was not asked about.
func (w *watcher) listen(folders []string) {
	if w.events == nil {
		return
	}
	now := map[string]bool{}
	for _, folder := range folders {
		now[folder] = true
		if w.watched[folder] {
			continue
		}
		if err := w.events.Add(folder); err != nil {
			w.Logger.Warn("no words about a folder; looking now and then", "error", err, "every", pollEvery)
		}
	}
	w.watched = now
}

// refusal tells a file that cannot be taken from a bad moment.
func refusal(err error) *schemas.Problem {
	problem, ok := schemas.AsProblem(err)
	if ok && slices.Contains([]int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity}, problem.Status) {
		return problem
	}
	return nil
}

// take takes a file and moves it; false when it stays.
func (w *watcher) take(ctx context.Context, f File) (moved bool) {
	outcome, err := w.Take(ctx, f)
	shown := privacy.Mask(f.Name)
	problem := refusal(err)
	switch {
	case ctx.Err() != nil:
		return false
	case err != nil && problem == nil:
		w.Logger.Warn("a file could not be taken; trying again", "file", shown, "error", err, "in", pollEvery)
		return false
	case !f.same():
		w.Logger.Info("a file changed while it was read; taking it again", "file", shown)
		return false
	}
	r := Report{File: f.Name, State: Done, Profile: outcome.Profile, At: w.Now().UTC().Truncate(time.Second), Ingest: outcome.Ingest}
	if problem != nil {
		r.State, r.Error = Failed, &Fault{Code: problem.Code, Field: problem.Field, Detail: problem.Detail}
		w.Logger.Warn("a file was refused", "file", shown, "code", problem.Code)
	}
	if err := move(f, r); err != nil {
		w.Logger.Warn("a file was taken and stays where it is; trying again", "file", shown, "error", err)
		return false
	}
	return true
}
