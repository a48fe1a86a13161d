package forwarder

import (
	"sync"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// job is what one worker delivers: messages that go together in one request, or one after another.
type job struct {
	messages []*held
	together bool
	tries    int // that failed
}

// crew are the goroutines that send, as many as the limiter allows. They are used again: a goroutine for each message would
// grow its stack anew each time, which took a twelfth of the whole when it was so.
type crew struct {
	work func(job)

	mu      sync.Mutex
	limiter *limiter
	size    int // workers, busy and idle
	idle    int
	backlog []job
	next    chan job // to an idle worker
}

// maxIdle bounds the workers kept when there is nothing to do: each holds the memory of a grown stack.
const maxIdle = firstLimit

func newCrew(l *limiter, work func(job)) *crew {
	return &crew{limiter: l, work: work, next: make(chan job)}
}

// put has a job done, now or when a worker is free. It does not block.
func (c *crew) put(j job) {
	c.mu.Lock()
	switch {
	case c.idle > 0:
		c.idle--
		c.mu.Unlock()
		c.next <- j // somebody is on the way to receive it
		return
	case c.size < c.limiter.limit:
		c.size++
		go c.run(j)
	default:
		c.backlog = append(c.backlog, j)
	}
	c.mu.Unlock()
}

// learn tells the limiter what came of a request.
func (c *crew) learn(v sink.Verdict, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.limiter.learn(v, took, len(c.backlog) > 0)
	for len(c.backlog) > 0 && c.size < c.limiter.limit {
		c.size++
		go c.run(c.pop())
	}
}

func (c *crew) run(j job) {
	for ok := true; ok; j, ok = c.another() {
		c.work(j)
	}
}

// another waits for a worker's next job; it returns false when the worker is no longer needed.
func (c *crew) another() (job, bool) {
	c.mu.Lock()
	switch {
	case c.size > c.limiter.limit, len(c.backlog) == 0 && c.idle >= maxIdle:
		c.size--
		c.mu.Unlock()
		return job{}, false
	case len(c.backlog) > 0:
		defer c.mu.Unlock()
		return c.pop(), true
	}
	c.idle++
	c.mu.Unlock()
	j, ok := <-c.next
	return j, ok
}

func (c *crew) pop() job {
	j := c.backlog[0]
	c.backlog[0] = job{} // what is done can be freed
	c.backlog = c.backlog[1:]
	return j
}

// end dismisses the workers; there must be no job left.
func (c *crew) end() { close(c.next) }
