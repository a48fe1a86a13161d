package forwarder

import (
	"sync"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// job is what one worker delivers.
type job struct {
	unit  []*leasedMessage // the messages of the next request
	later []*leasedMessage // the messages of the same group that have to be sent after them, one by one
	tries int              // failed attempts
}

// rest returns what is left of a job when its unit is settled.
func (j job) rest() job {
	n := min(1, len(j.later))
	return job{unit: j.later[:n], later: j.later[n:]}
}

// pool is the set of goroutines that send, as many as the limiter allows. They are reused: a new goroutine for each
// message would have to grow its stack each time, which takes a twelfth of the whole CPU time.
type pool struct {
	work func(job)
	jobs chan job // has room for every message that may be in flight, so that put never blocks

	mu      sync.Mutex
	limiter *limiter
	size    int // workers, busy and idle
}

func newPool(maxJobs int, l *limiter, work func(job)) *pool {
	return &pool{limiter: l, work: work, jobs: make(chan job, maxJobs)}
}

// put queues a job, which a worker does as soon as one is free. A job without messages is ignored.
func (p *pool) put(j job) {
	if len(j.unit) == 0 {
		return
	}
	p.jobs <- j
	if len(p.jobs) > 0 {
		p.mu.Lock()
		p.grow()
		p.mu.Unlock()
	}
}

// grow starts another worker if the limit allows it and a job is waiting, which is so only when no worker is idle.
func (p *pool) grow() {
	if len(p.jobs) > 0 && p.size < p.limiter.limit {
		p.size++
		go p.run()
	}
}

// learn passes the outcome of a request to the limiter, and returns how many requests may now run at once.
func (p *pool) learn(v sink.Verdict, took time.Duration) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limiter.learn(v, took, len(p.jobs) > 0)
	p.grow()
	return p.limiter.limit
}

// run is a worker. It ends when there are too many workers, or no more jobs.
func (p *pool) run() {
	for j := range p.jobs {
		p.work(j)
		if p.shrink() {
			return
		}
	}
}

// shrink reports whether a worker must end because there are too many. It no longer counts that worker.
func (p *pool) shrink() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	tooMany := p.size > p.limiter.limit
	if tooMany {
		p.size--
	}
	return tooMany
}
