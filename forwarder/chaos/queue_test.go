package chaos

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/queue/queuetest"
	"github.com/dispatchframework/dispatch-events-aws/forwarder/sink/sinktest"
)

// watch stands between the forwarders and the queue's server: it tells the ledger what each call does, and cuts and
// delays calls.
type watch struct {
	plan   *plan
	server *queuetest.Server
	ledger *ledger
	dice   *dice
	away   atomic.Bool
	ahead  atomic.Int64 // of our clock: nanoseconds
	keys   atomic.Int64 // the generation of credentials that is accepted
	calls  sync.WaitGroup
}

// chances are those of single calls to the queue; cuts and delays come on top.
func (p *plan) chances() queuetest.Faults {
	d := newDice(p.seed, 5)
	return func(op string, entry int) *queuetest.Error {
		switch {
		case entry < 0 && d.chance(p.queueShare*2/3):
			throttled := one(d, queuetest.RequestThrottled, queuetest.ThrottlingException, queuetest.ServiceUnavailable)
			return one(d, throttled, queuetest.InternalError)
		case entry < 0 || !d.chance(p.queueShare/5):
			return nil
		case op == "ChangeMessageVisibilityBatch":
			return one(d, queuetest.InternalError, queuetest.RequestThrottled, invalidHandle)
		}
		return queuetest.InternalError
	}
}

type cut int

const (
	whole    cut = iota
	before       // the call is done
	after        // it is done
	truncate     // in the midst of the answer
)

const maxLate = 150 * time.Millisecond // a call or its answer

// request holds what a call may say.
type request struct {
	QueueURL    string `json:"QueueUrl"`
	MessageBody string
	Entries     []requestEntry
}

type requestEntry struct {
	ID                string `json:"Id"`
	ReceiptHandle     string
	VisibilityTimeout int // seconds
}

func (e *requestEntry) lasts() time.Duration { return time.Duration(e.VisibilityTimeout) * time.Second }

// answer holds what the server may say to it.
type answer struct {
	Messages   []struct{ Body, ReceiptHandle string }
	Successful []struct {
		ID string `json:"Id"`
	}
	Failed []struct {
		ID   string `json:"Id"`
		Code string
	}
}

func (w *watch) ServeHTTP(to http.ResponseWriter, r *http.Request) {
	w.calls.Add(1)
	defer w.calls.Done()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return // killed while it asked
	}
	fate := w.cut()
	if fate != whole || w.away.Load() {
		w.ledger.count(func(c *counts) { c.queueFaults++ })
	}
	if w.away.Load() {
		fate = before
	}
	late := w.lateness()
	if late < 0 {
		wait(r.Context().Done(), -late)
	}
	c := call{
		watch: w, number: numberOf(r.Header.Get("Authorization")),
		op: strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonSQS."),
	}
	_ = json.Unmarshal(text, &c.request) // the server refuses what is no JSON
	c.prepare()
	var out recorder
	if code := w.refusal(r); code != "" {
		out.refuse(code, time.Now().Add(time.Duration(w.ahead.Load())))
	} else if fate != before {
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
		w.server.ServeHTTP(&out, r)
	}
	c.conclude(&out, fate == whole && r.Context().Err() == nil)
	if late > 0 {
		wait(r.Context().Done(), late)
	}
	out.send(to, fate)
}

// invalidHandle is what SQS may say of a handle that was valid a moment ago.
var invalidHandle = &queuetest.Error{
	Status: http.StatusNotFound, Code: "ReceiptHandleIsInvalid",
	Message: "The input receipt handle is invalid.",
}

// signedWithin is how far a signature's time may be off. AWS allows a quarter of an hour.
const signedWithin = 5 * time.Minute

// refusal is the code of the error with which SQS refuses the signature, or nothing.
func (w *watch) refusal(r *http.Request) string {
	signed, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	off := time.Until(signed) - time.Duration(w.ahead.Load())
	switch {
	case err != nil || max(off, -off) > signedWithin:
		return "InvalidSignatureException"
	case generationOf(r.Header.Get("Authorization")) != int(w.keys.Load()):
		return "ExpiredTokenException"
	}
	return ""
}

// refuse writes an error as SQS does.
func (r *recorder) refuse(code string, now time.Time) {
	r.Header().Set("Content-Type", "application/x-amz-json-1.0")
	r.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	r.WriteHeader(http.StatusForbidden)
	_, _ = r.WriteString(`{"__type":"com.amazon.coral.service#` + code + `","message":"refused at ` +
		now.UTC().Format(time.RFC3339) + `"}`)
}

func (w *watch) cut() cut {
	if !w.dice.chance(w.plan.queueShare) {
		return whole
	}
	return one(w.dice, before, before, after, after, truncate)
}

// lateness is how late the call is, below 0, or its answer, above.
func (w *watch) lateness() time.Duration {
	if !w.dice.chance(w.plan.queueShare) {
		return 0
	}
	return w.dice.time(-maxLate, maxLate)
}

func wait(done <-chan struct{}, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-done:
	}
}

// numberOf finds the process in a signature: Credential=forwarder-3v1/….
func numberOf(authorization string) int {
	_, after, _ := strings.Cut(authorization, namePrefix)
	digits, _, _ := strings.Cut(after, "v")
	n, _ := strconv.Atoi(digits)
	return n
}

// generationOf finds the generation of the credentials in it.
func generationOf(authorization string) int {
	_, after, _ := strings.Cut(authorization, namePrefix)
	key, _, _ := strings.Cut(after, "/")
	_, digits, _ := strings.Cut(key, "v")
	n, _ := strconv.Atoi(digits)
	return n
}

// recorder keeps an answer until it is known what becomes of it.
type recorder struct {
	header http.Header
	status int
	bytes.Buffer
}

func (r *recorder) Header() http.Header {
	if r.header == nil {
		r.header = http.Header{}
	}
	return r.header
}

func (r *recorder) WriteHeader(status int) { r.status = status }

func (r *recorder) send(to http.ResponseWriter, fate cut) {
	if fate == before || fate == after {
		sinktest.Cut(to)
		return
	}
	for name, values := range r.header {
		to.Header()[name] = values
	}
	to.WriteHeader(r.status)
	if fate == truncate {
		_, _ = to.Write(r.Bytes()[:r.Len()/2]) // cut off anyway
		_ = http.NewResponseController(to).Flush()
		sinktest.Cut(to)
		return
	}
	_, _ = to.Write(r.Bytes()) // who has gone does not read it
}
