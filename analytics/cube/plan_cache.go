package cube

import "sync"

// maxPlans bounds the compiled plans kept: the Selections of the viewports
// that are looked at just now. A plan is 2 KB and a byte for each day of its
// window.
const maxPlans = 512

// planCache keeps compiled plans, so that the tiles of one viewport share
// one.
type planCache struct {
	mu    sync.Mutex
	plans map[planKey]*plan
}

type planKey struct {
	codes     *codebook // of one version: a new one has a codebook of its own
	selection string
}

func (c *planCache) compile(snap *Snapshot, sel Selection, weights weightTable) *plan {
	key := planKey{snap.resident.codes, sel.Canonical()}
	c.mu.Lock()
	defer c.mu.Unlock()
	if p, ok := c.plans[key]; ok {
		return p
	}
	if len(c.plans) >= maxPlans || c.plans == nil {
		c.plans = make(map[planKey]*plan, maxPlans)
	}
	p := compilePlan(sel, snap.resident, weights)
	c.plans[key] = p
	return p
}
