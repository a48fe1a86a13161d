package forwarder

import (
	"sync"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink"
)

// job is what one worker delivers: messages that go together in one request, or one after another.
type job struct {
	messages []*lease
	together bool
	tries    int // that failed
}

// next is what the job's next request holds.
func (j job) next() []*lease {
	if j.together {
		return j.messages
	}
	return j.messages[:1]
}

// after is what is left of a job when its first n messages are settled.
func (j job) after(n int) job { return job{messages: j.messages[n:], together: j.together} }

// pool are the goroutines that send, as many as the limiter allows. They are used again: a goroutine for each message
// would grow its stack each time, which takes a twelfth of the whole CPU time.
type pool struct {
	work func(job)
	jobs chan job // has room for all that may be in flight, so that put never blocks

	mu      sync.Mutex
	limiter *limiter
	size    int // workers, busy and idle
	idle    int
}

// maxIdle bounds the workers kept when there is nothing to do: each holds the memory of a grown stack.
const maxIdle = firstLimit

func newPool(maxJobs int, l *limiter, work func(job)) *pool {
	return &pool{limiter: l, work: work, jobs: make(chan job, maxJobs)}
}

// put has a job done, now or when a worker is free. A job without messages is done already.
func (p *pool) put(j job) {
	if len(j.messages) == 0 {
		return
	}
	p.jobs <- j
	p.mu.Lock()
	p.grow()
	p.mu.Unlock()
}

// grow starts a worker if a job waits for one and there may be one more. The new one does the same when it takes a job.
func (p *pool) grow() {
	if len(p.jobs) > p.idle && p.size < p.limiter.limit {
		p.size++
		go p.run()
	}
}

// learn tells the limiter what came of a request, and returns how many may be under way now.
func (p *pool) learn(v sink.Verdict, took time.Duration) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limiter.learn(v, took, len(p.jobs) > 0)
	p.grow()
	return p.limiter.limit
}

// run is a worker, until it is no longer needed.
func (p *pool) run() {
	for p.stays() {
		j, ok := <-p.jobs
		p.mu.Lock()
		p.idle--
		p.grow() // what came since the job was put counted this worker as idle
		p.mu.Unlock()
		if !ok {
			return
		}
		p.work(j)
	}
}

// stays counts a worker as idle, or takes it away when there are too many.
func (p *pool) stays() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.size > p.limiter.limit || len(p.jobs) == 0 && p.idle >= maxIdle {
		p.size--
		return false
	}
	p.idle++
	return true
}
