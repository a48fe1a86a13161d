package chaos

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
)

// world is a queue, a receiver and two forwarders, as a plan has them.
type world struct {
	*plan
	t        *testing.T
	program  string
	dir      string // of logs
	ledger   *ledger
	receiver *receiver
	watch    *watch
	http     *http.Server
	jobs     *queuetest.Queue
	dead     *queuetest.Queue

	context context.Context // of the plan's steps
	quiet   chan struct{}   // closed when all is off the queue, or never will be

	mu      sync.Mutex
	story   []string // what was done, when
	started []*running
}

// patience is how long a world may go on without progress.
const patience = 40 * time.Second

func newWorld(t *testing.T, p *plan, program string) *world {
	t.Helper()
	w := &world{
		plan: p, t: t, program: program, dir: t.TempDir(), ledger: newLedger(p), quiet: make(chan struct{}),
		context: t.Context(),
	}
	server := queuetest.New()
	server.SetFaults(p.chances())
	w.watch = &watch{plan: p, server: server, ledger: w.ledger, dice: newDice(p.seed, 3)}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server.URL = "http://" + listener.Addr().String()
	w.watch.keys.Store(1)
	w.http = &http.Server{Handler: w.watch}
	served := make(chan struct{})
	go func() {
		defer close(served)
		if err := w.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			w.ledger.wronged(-1, "the queue's server ended: %v", err)
		}
	}()
	t.Cleanup(func() {
		_ = w.http.Close() // the listener's error
		<-served
		w.watch.calls.Wait()
	})
	w.receiver = newReceiver(p, w.ledger, w.dir)
	if err := w.receiver.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.receiver.close)
	w.create(server)
	return w
}

func (w *world) create(server *queuetest.Server) {
	suffix, fifo := "", w.groups > 0
	if fifo {
		suffix = ".fifo"
	}
	w.dead = server.Create("dead"+suffix, queuetest.Queue{FIFO: fifo})
	w.jobs = server.Create("jobs"+suffix, queuetest.Queue{
		FIFO: fifo, VisibilityTimeout: int(w.visibility / time.Second), DeadLetter: w.dead, MaxReceiveCount: w.maxReceives,
		StaleHandleWorks: w.stale,
	})
}

func (w *world) environment(number int) []string {
	env := []string{
		"AWS_ENDPOINT_URL=" + w.watch.server.URL, "AWS_SHARED_CREDENTIALS_FILE=" + w.credentialsOf(number),
		"AWS_CONFIG_FILE=/nonexistent", "AWS_EC2_METADATA_DISABLED=true",
		"QUEUE_URL=" + w.jobs.URL, "DEAD_LETTER_QUEUE_URL=" + w.dead.URL, "ORG=" + nameOf(number), "FORMAT=" + w.format,
		"ADMIN_ADDR=", "LOG_FORMAT=json", "DURATION=2", "LINGER=" + w.linger.String(),
		"SINK_TIMEOUT=" + w.sinkTimeout.String(),
		"SHUTDOWN_TIMEOUT=" + w.shutdown.String(), "MAX_IN_FLIGHT=" + strconv.Itoa(w.inFlight),
		"MAX_POLLERS=" + strconv.Itoa(w.pollers),
	}
	switch w.format {
	case "dispatch":
		return append(env, "DISPATCH_API_ENDPOINT="+w.receiver.address, "AUTH_TOKEN=token")
	case "dispatch-sidecar":
		return append(env, "DISPATCH_API_ENDPOINT="+w.receiver.address)
	}
	if w.receiver.roots != "" {
		return append(env, "SINK_URL=https://"+w.receiver.address+"/", "SINK_CA_FILE="+w.receiver.roots)
	}
	return append(env, "SINK_URL=http://"+w.receiver.address+"/")
}

func (w *world) credentialsOf(number int) string {
	return filepath.Join(w.dir, nameOf(number)+".credentials")
}

// giveCredentials writes a forwarder's credentials file, whole or not at all, as those who rotate them do.
func (w *world) giveCredentials(number int) {
	file := w.credentialsOf(number)
	text := fmt.Sprintf("[default]\naws_access_key_id = %sv%d\naws_secret_access_key = secret\n", nameOf(number),
		w.watch.keys.Load())
	err := os.WriteFile(file+".new", []byte(text), 0o600)
	if err == nil {
		err = os.Rename(file+".new", file)
	}
	if err != nil {
		w.ledger.wronged(-1, "%v", err)
	}
}

// tell adds to the story that is printed when something is wrong.
func (w *world) tell(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.story = append(w.story, fmt.Sprintf("+%.3fs %s", w.ledger.now().Seconds(), fmt.Sprintf(format, args...)))
}

// run does what the plan says until everything is off the queue and the forwarders are stopped.
func (w *world) run() {
	var tracks sync.WaitGroup
	for slot := range w.forwarders {
		tracks.Go(func() { w.keep(w.forwarders[slot]) })
	}
	tracks.Go(w.failReceiver)
	tracks.Go(w.failQueue)
	tracks.Go(w.tellProgress)
	tracks.Go(func() { w.ledger.feel(w.quiet) })
	w.put()
	w.drain()
	close(w.quiet)
	tracks.Wait()
}

func (w *world) tellProgress() {
	for !w.isQuiet() {
		w.pause(2 * time.Second)
		visible, inFlight := w.jobs.Depth()
		w.ledger.count(func(c *counts) {
			w.tell("%d of %d events are off the queue, %d are visible, %d in flight; %d delivered", w.ledger.settled, w.events,
				visible, inFlight, c.accepted)
		})
	}
}

func (w *world) isQuiet() bool {
	select {
	case <-w.quiet:
		return true
	default:
		return false
	}
}

// put sends the events to the queue.
func (w *world) put() {
	next := 0
	for _, s := range w.bursts {
		select {
		case <-w.ledger.reach(s.after):
		case <-time.After(patience):
			return // drain says so
		}
		w.pause(s.pause)
		messages := make([]queuetest.Message, s.count)
		for k := range messages {
			messages[k].Body = body(next)
			if w.groups > 0 {
				messages[k].Group, messages[k].Dedup = strconv.Itoa(next%w.groups), strconv.Itoa(next)
			}
			next++
		}
		w.jobs.Put(messages...)
		w.tell("%d events are sent", s.count)
	}
}

// drain waits until nothing is on the queue, as long as there is progress.
func (w *world) drain() {
	for was := -1; ; {
		ctx, cancel := context.WithTimeout(w.t.Context(), patience)
		err := w.jobs.Wait(ctx, queuetest.Drained)
		cancel()
		visible, inFlight := w.jobs.Depth()
		if err == nil || visible+inFlight == was {
			return
		}
		was = visible + inFlight
	}
}
