package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// mostBreaks are listed; more are counted.
const mostBreaks = 20

// Break is a place where the log is not what was written.
type Break struct {
	File string // in the log's directory
	Line int    // from 1, 0 where it is about no line
	Seq  uint64 // the entry that is there, or has to be
	What string
}

// String names the place and the fault.
func (b Break) String() string {
	place := b.File
	if b.Line > 0 {
		place = fmt.Sprintf("%s:%d", b.File, b.Line)
	}
	return fmt.Sprintf("%s: entry %d: %s", place, b.Seq, b.What)
}

// Verified is what a verification found.
type Verified struct {
	Head          Head
	First         uint64 // oldest entry that is kept
	Files         int
	Entries       uint64
	Breaks        []Break // the first ones
	Broken        int     // all
	Notes         []string
	AnchorMatched bool // the anchor's entry is there, with its hash
}

// Anchor is a head that was written down elsewhere. Its hash may be the
// beginning alone.
type Anchor = Head

// Verification says what to verify.
type Verification struct {
	Dir      string
	Key      []byte
	Anchor   Anchor                  // the zero Anchor for none
	Progress func(done, total int64) // bytes; nil for none
}

// verifier is a verification at work.
type verifier struct {
	Verification
	out         Verified
	head        *headFile
	prev        Head
	prevKnown   bool
	start       Break // where the oldest entry is, if entries before it are gone
	startPrev   Head  // what the oldest entry says was before it
	tombstones  map[Head]bool
	done, total int64
}

// Verify reads the whole log, also of a running server, and holds every entry to
// its hash, its seal and the entry before. The error is about reading; what is
// wrong with the log is in the breaks.
func Verify(ctx context.Context, v Verification) (Verified, error) {
	w := &verifier{Verification: v, tombstones: map[Head]bool{}, prev: Head{Hash: origin}, prevKnown: true}
	if err := w.begin(); err != nil {
		return w.out, fmt.Errorf("audit: %w", err)
	}
	months, err := segments(v.Dir)
	if err != nil {
		return w.out, err
	}
	for _, month := range months {
		if info, err := os.Stat(segmentPath(v.Dir, month)); err == nil {
			w.total += info.Size()
		}
	}
	for i, month := range months {
		if err := w.segment(ctx, month, i == len(months)-1); err != nil {
			return w.out, fmt.Errorf("audit: %w", err)
		}
		w.out.Files++
	}
	w.finish()
	return w.out, nil
}

// begin reads the file head before anything else: all that it says was durable
// has to be there.
func (v *verifier) begin() error {
	err := errHead
	for try := 0; try < 3 && errors.Is(err, errHead); try++ { // a running server may be writing it
		v.head, err = readHead(v.Dir, v.Key)
	}
	if errors.Is(err, errHead) {
		v.fault(Break{File: headName, What: err.Error()})
		return nil
	}
	return err
}

func (v *verifier) fault(b Break) {
	if v.out.Broken++; len(v.out.Breaks) < mostBreaks {
		v.out.Breaks = append(v.out.Breaks, b)
	}
}

// segment verifies one file.
func (v *verifier) segment(ctx context.Context, month string, newest bool) error {
	f, err := os.Open(segmentPath(v.Dir, month))
	if err != nil {
		return err
	}
	defer f.Close()
	name := month + segmentSuffix
	l := newLines(f, 0)
	for n := 1; ; n++ {
		line, at, whole, err := l.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		v.done += int64(len(line)) + 1
		if v.Progress != nil && n%1024 == 0 {
			v.Progress(v.done, v.total)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		e, bad := parseLine(line, v.Key)
		switch {
		case newest && (bad != nil || !whole) && v.behindHead(month, at):
			v.tail(name, at)
			return nil
		case bad != nil:
			v.fault(Break{name, n, v.prev.Seq + 1, bad.Error()})
			v.prev, v.prevKnown = Head{Seq: v.prev.Seq + 1}, false
		case !whole:
			v.fault(Break{name, n, e.Seq, "the end of its line is missing"})
			v.follow(e, name, n)
		default:
			v.follow(e, name, n)
		}
	}
}

// behindHead reports whether a place is behind what was durable, so that what
// stands there was not acknowledged.
func (v *verifier) behindHead(month string, at int64) bool {
	return v.head != nil && (month > v.head.Segment || (month == v.head.Segment && at >= v.head.Size))
}

func (v *verifier) tail(name string, at int64) {
	v.out.Notes = append(v.out.Notes, fmt.Sprintf("%s: an unfinished tail from byte %d on, which was not acknowledged: it is being written, or the next start moves it away", name, at))
}

// follow holds an entry to the one before.
func (v *verifier) follow(e Entry, file string, line int) {
	here := Break{File: file, Line: line, Seq: e.Seq}
	switch {
	case v.out.Entries == 0 && v.prevKnown && e.Prev != origin && e.Seq > 1:
		v.start, v.startPrev = here, Head{e.Seq - 1, e.Prev} // a tombstone has to say so
	case e.Seq > v.prev.Seq+1:
		here.What = fmt.Sprintf("entries %d-%d before it are missing", v.prev.Seq+1, e.Seq-1)
		v.fault(here)
	case e.Seq <= v.prev.Seq && v.prev.Seq > 0:
		here.What = fmt.Sprintf("it stands behind entry %d", v.prev.Seq)
		v.fault(here)
	case v.prevKnown && e.Prev != v.prev.Hash:
		here.What = "the entry before it is not the one that it was written after"
		v.fault(here)
	}
	if v.out.Entries == 0 {
		v.out.First = e.Seq
	}
	v.out.Entries++
	v.prev, v.prevKnown = Head{e.Seq, e.Hash}, true
	v.note(e)
}

func (v *verifier) note(e Entry) {
	if last, hash, ok := retired(e); ok {
		v.tombstones[Head{last, hash}] = true
	}
	if e.Action == ActionRepair {
		v.out.Notes = append(v.out.Notes, fmt.Sprintf("entry %d: %s: %s", e.Seq, e.Object, e.Detail))
	}
	if e.Action == ActionBreak {
		v.fault(Break{File: e.Object, Seq: e.Seq, What: fmt.Sprintf("found at the start of %s: %s", e.Time.Format("2006-01-02 15:04:05Z07:00"), e.Detail)})
	}
	if e.Seq == v.Anchor.Seq && v.Anchor.Hash != "" {
		v.out.AnchorMatched = len(v.Anchor.Hash) <= len(e.Hash) && e.Hash[:len(v.Anchor.Hash)] == v.Anchor.Hash
	}
}

// finish holds the ends: what was before the oldest entry, what is behind the
// newest, and the anchor.
func (v *verifier) finish() {
	v.out.Head = v.prev
	if v.Progress != nil {
		v.Progress(v.total, v.total)
	}
	if v.startPrev.Seq > 0 && !v.tombstones[v.startPrev] {
		v.start.What = fmt.Sprintf("entries 1-%d before it are missing, and no entry says that they were deleted for their age", v.startPrev.Seq)
		v.out.Broken++
		v.out.Breaks = slices.Insert(v.out.Breaks, 0, v.start) // it stands before all others
	}
	switch {
	case v.head == nil && v.out.Broken == 0 && v.out.Entries > 0:
		v.fault(Break{File: headName, Seq: v.prev.Seq, What: "the file is missing"})
	case v.head != nil && v.head.Seq > v.prev.Seq:
		v.fault(Break{File: v.head.Segment + segmentSuffix, Seq: v.prev.Seq + 1,
			What: fmt.Sprintf("entries %d-%d are missing at the end", v.prev.Seq+1, v.head.Seq)})
	}
	if v.Anchor.Hash != "" && !v.out.AnchorMatched {
		v.fault(Break{File: "anchor", Seq: v.Anchor.Seq, What: "no entry with this number has the hash that was written down"})
	}
}
