package demo

import (
	"hash/fnv"
	"math/rand/v2"
)

// stream gives the random numbers of one purpose. Purposes do not share a
// stream, so that a change in one leaves the others as they were.
func stream(seed uint64, purpose string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(purpose))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}
