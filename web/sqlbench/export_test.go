package sqlbench

import "time"

// SetWait sets how long a query waits for a slot.
func (b *Bench) SetWait(d time.Duration) { b.wait = d }

// Fill takes all slots, and with queue all places to wait in.
func (b *Bench) Fill(queue bool) (free func()) {
	for range running {
		b.slots <- struct{}{}
		b.places <- struct{}{}
	}
	taken := 0
	if queue {
		for range waiting {
			b.places <- struct{}{}
			taken++
		}
	}
	return func() {
		for range running {
			<-b.slots
			<-b.places
		}
		for range taken {
			<-b.places
		}
	}
}
