package area

import (
	"runtime"
	"sync"
)

// leastPart is the number of areas for which a goroutine of its own pays.
const leastPart = 500

// partsOf gives the number of parts that inParts cuts n areas into.
func partsOf(n int) int { return max(1, min(runtime.GOMAXPROCS(0), n/leastPart)) }

// inParts cuts 0 … n-1 into runs and works on them at the same time. It returns
// when all are done.
func inParts(n int, do func(part, from, to int)) {
	parts := partsOf(n)
	var all sync.WaitGroup
	for part := range parts {
		all.Go(func() { do(part, part*n/parts, (part+1)*n/parts) })
	}
	all.Wait()
}
