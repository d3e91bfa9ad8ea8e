package web

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"reli/schemas"
	"reli/web/access"
)

// Limits on the rate of requests. A map page asks for some hundred tiles when
// it opens on a wall of screens, and for as many again with each step.
const (
	principalRate  = 200 // a second
	principalBurst = 2000
	// An address may stand for a whole office behind one router.
	addressRate  = 1000
	addressBurst = 5000
	// Sign-ins: an office in the morning, not a guesser; names lock by themselves.
	signInRate  = 1
	signInBurst = 30
)

const (
	mostLimiters = 50_000
	limiterLife  = 10 * time.Minute // unused for so long, any bucket here is full again
)

// limiters are the buckets of one kind by who they are for.
type limiters struct {
	rate  rate.Limit
	burst int
	now   func() time.Time

	mu  sync.Mutex
	all map[string]*limiterEntry
}

type limiterEntry struct {
	bucket *rate.Limiter
	seen   time.Time
}

func newLimiters(perSecond rate.Limit, burst int, now func() time.Time) *limiters {
	return &limiters{rate: perSecond, burst: burst, now: now, all: map[string]*limiterEntry{}}
}

// wait is how long a request of key has to; 0 lets it through.
func (l *limiters) wait(key string) time.Duration {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.all[key]
	if !ok {
		l.makeRoom(now)
		e = &limiterEntry{bucket: rate.NewLimiter(l.rate, l.burst)}
		l.all[key] = e
	}
	e.seen = now
	if e.bucket.AllowN(now, 1) {
		return 0
	}
	return time.Duration((1 - e.bucket.TokensAt(now)) / float64(l.rate) * float64(time.Second))
}

// makeRoom forgets full buckets, and all where that is not enough: a flood from
// so many addresses is not held by counting each.
func (l *limiters) makeRoom(now time.Time) {
	if len(l.all) < mostLimiters {
		return
	}
	for key, e := range l.all {
		if now.Sub(e.seen) > limiterLife {
			delete(l.all, key)
		}
	}
	if len(l.all) >= mostLimiters {
		clear(l.all)
	}
}

// rates are the limits of a server.
type rates struct{ principals, addresses, signIns *limiters }

func newRates(now func() time.Time) rates {
	return rates{newLimiters(principalRate, principalBurst, now), newLimiters(addressRate, addressBurst, now),
		newLimiters(signInRate, signInBurst, now)}
}

// limitRates refuses who asks too often. An open server and the commands on the
// same machine are not limited.
func (s *Server) limitRates(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wait := s.toWait(clientOf(r), access.From(r.Context())); wait > 0 {
			s.fail(w, r, tooMany(w, wait))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// toWait counts a request and tells how long it has to wait, 0 for not at all.
func (s *Server) toWait(c client, p access.Principal) time.Duration {
	if s.open() || c.local {
		return 0
	}
	wait := s.rates.addresses.wait(c.group())
	if wait == 0 && p.ID != "" {
		wait = s.rates.principals.wait(p.ID)
	}
	return wait
}

// limitSignIns is stricter, for what tries a secret.
func (s *Server) limitSignIns(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c := clientOf(r); !c.local {
			if wait := s.rates.signIns.wait(c.group()); wait > 0 {
				traceOf(r).skip = true // nothing was tried, and a flood fills no disk
				s.fail(w, r, tooMany(w, wait))
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

func tooMany(w http.ResponseWriter, wait time.Duration) error {
	w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
	return &schemas.Problem{Code: schemas.CodeTooMany, Status: http.StatusTooManyRequests, Detail: "too many requests; wait a moment"}
}
