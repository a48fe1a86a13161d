package chaos

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

// receiver is one of the real ones, played by sinktest, that fails as the dice fall and tells the ledger what it takes.
type receiver struct {
	plan    *plan
	ledger  *ledger
	dice    *dice
	kit     *sinktest.Receiver
	away    atomic.Pointer[action]
	dead    atomic.Int64 // connections from before this time, in nanoseconds, get no answer any more
	address string
	roots   string // file of what vouches for it; empty without TLS
	tls     *tls.Config
	server  *http.Server
	calls   sync.WaitGroup
}

func newReceiver(p *plan, l *ledger, dir string) *receiver {
	r := &receiver{plan: p, ledger: l, dice: newDice(p.seed, 4)}
	if p.tls {
		r.roots = filepath.Join(dir, "roots.pem")
	}
	r.kit = &sinktest.Receiver{Dialect: p.dialect, Limit: 1, OnRecord: r.onRecord}
	return r
}

// accepted is when a connection was. A request's time begins with it when there was no request before: it covers the
// handshake.
type accepted struct {
	at   time.Time
	used atomic.Bool
}

type acceptedKey struct{}

func began(req *http.Request) time.Time {
	if a := req.Context().Value(acceptedKey{}).(*accepted); !a.used.Swap(true) {
		return a.at
	}
	return time.Now()
}

// open lets the receiver be reached, always at the same address. An address of the loopback network that nobody else
// uses keeps its port free while the receiver is away; where there is but one loopback address, that has to do.
func (r *receiver) open(ctx context.Context) error {
	var listen net.ListenConfig
	address := r.address
	if address == "" {
		address = fmt.Sprintf("127.%d.%d.%d:0", 2+r.plan.seed%250, r.plan.seed>>8%250, 2+r.dice.number(250))
	}
	l, err := listen.Listen(ctx, "tcp", address)
	if err != nil && r.address == "" {
		l, err = listen.Listen(ctx, "tcp", "127.0.0.1:0")
	}
	if err != nil {
		return fmt.Errorf("listen for the receiver: %w", err)
	}
	if r.address == "" {
		r.address = l.Addr().String()
	}
	if r.roots != "" && r.tls == nil {
		if r.tls, err = certify(r.address, r.roots); err != nil {
			return err
		}
	}
	if r.tls != nil {
		l = tls.NewListener(l, r.tls)
	}
	r.server = &http.Server{
		Handler: r, ErrorLog: log.New(io.Discard, "", 0), // handshakes that are cut off
		ConnContext: func(ctx context.Context, _ net.Conn) context.Context {
			return context.WithValue(ctx, acceptedKey{}, &accepted{at: time.Now()})
		},
	}
	go func(s *http.Server) {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			r.ledger.wronged(-1, "the receiver's server ended: %v", err)
		}
	}(r.server)
	return nil
}

// shut cuts all connections and refuses new ones.
func (r *receiver) shut() {
	_ = r.server.Close() // an error is the listener's, which is done with
	r.ledger.cutOff()
}

func (r *receiver) close() {
	r.shut()
	r.calls.Wait()
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.calls.Add(1)
	defer r.calls.Done()
	fault, away := r.dice.fault(r.plan.share, r.plan.sinkTimeout), r.away.Load()
	switch none := fault == (sinktest.Fault{}); {
	case away != nil:
		fault = away.fault()
	case r.dead.Load() > req.Context().Value(acceptedKey{}).(*accepted).at.UnixNano():
		fault = sinktest.Fault{Kind: sinktest.Stall}
	case none && r.plan.slow > 0 && !r.ledger.isSettled(r.plan.slowUntil):
		fault = sinktest.Fault{Delay: r.plan.slow}
	case !none:
		r.ledger.count(func(c *counts) { c.receiverFaults++ })
	}
	a := &reply{
		ResponseWriter: w, receiver: r, began: began(req), fault: fault,
		process: numberOf(req.Header.Get("X-Dispatch-Org")),
	}
	var text []byte
	if fault.Kind != sinktest.Reset { // which cuts before the body is read
		var err error
		if text, err = io.ReadAll(req.Body); err != nil {
			return // killed while it sent
		}
		a.events = numbers(string(text))
		if away == nil {
			a.fault = r.special(a.events, fault)
		}
		req.Body = io.NopCloser(bytes.NewReader(text))
	}
	r.kit.ServeFault(a, req, a.fault)
	if !a.answered {
		r.ledger.noteAll(a.events, a.process, "hangs up before the answer", 0)
	}
}

// special is the fault of events that the receiver treats in a way of their own.
func (r *receiver) special(events []int, fault sinktest.Fault) sinktest.Fault {
	for _, i := range events {
		if r.ledger.isHeldBack(i) {
			return sinktest.Fault{Kind: sinktest.Status, Status: http.StatusInternalServerError, Body: "not yet"}
		}
	}
	for _, i := range events {
		if r.plan.refused(i) {
			return sinktest.Fault{Kind: sinktest.Status, Status: refusals[i%len(refusals)], Body: "never"}
		}
	}
	return fault
}

// onRecord is called before the answer.
func (r *receiver) onRecord(e sinktest.Record) {
	if e.Refused {
		return
	}
	found := numbers(string(e.Data))
	number := numberOf(e.Header.Get("X-Dispatch-Org"))
	if len(found) != 1 || string(e.Data) != body(found[0]) ||
		!strings.HasSuffix(e.ID, fmt.Sprintf("-%0*d", numberDigits, found[0])) {
		r.ledger.wronged(-1, "%s delivers as %s what was not sent: %.200s", nameOf(number), e.ID, e.Data)
		return
	}
	r.ledger.accept(number, found[0])
}

// reply is told of an answer before it leaves.
type reply struct {
	http.ResponseWriter
	*receiver
	began    time.Time
	process  int
	events   []int
	fault    sinktest.Fault
	answered bool
}

// WriteHeader implements http.ResponseWriter.
func (a *reply) WriteHeader(status int) {
	a.answered = true
	asked := a.fault.Kind == sinktest.Status || a.fault.Kind == sinktest.BrokerDown
	if status >= http.StatusMultipleChoices && !asked {
		a.ledger.wronged(a.events[0], "the receiver finds a request by %s malformed: status %d", nameOf(a.process), status)
	}
	a.ledger.answer(a.process, a.events, status, a.began, true)
	a.ResponseWriter.WriteHeader(status)
}

// Hijack implements http.Hijacker: this is how a receiver cuts, and answers by halves.
func (a *reply) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	a.answered = true
	switch a.fault.Kind {
	case sinktest.Half, sinktest.Slow:
		a.ledger.answer(a.process, a.events, http.StatusOK, a.began, false)
	default:
		a.ledger.noteAll(a.events, a.process, "is cut off: "+string(a.fault.Kind), 0)
	}
	return http.NewResponseController(a.ResponseWriter).Hijack()
}
