package chaos

import (
	"math/rand/v2"
	"sync"
	"time"
)

// dice are random numbers for many goroutines. The same seed gives the same numbers in the same order.
type dice struct {
	mu sync.Mutex
	r  *rand.Rand
}

func newDice(seed, stream uint64) *dice { return &dice{r: rand.New(rand.NewPCG(seed, stream))} }

func (d *dice) chance(share float64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.r.Float64() < share
}

func (d *dice) number(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.r.IntN(n)
}

func (d *dice) time(from, to time.Duration) time.Duration {
	return from + time.Duration(d.number(int(to-from)))
}

// one returns a random element.
func one[T any](d *dice, of ...T) T { return of[d.number(len(of))] }
